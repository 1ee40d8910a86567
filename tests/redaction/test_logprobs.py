"""Log probabilities spell an answer once more: those of a secret are emptied."""

import json

import pytest

from llmcassette.redaction import scan, seal
from tests.redaction.texts import KEY, NO_SECRETS, SECRETS, SSE, interaction, sse, sse_data

TOKENS = ["Use", " ", KEY[:3], KEY[3:9], KEY[9:], " now"]


def token(text, **more):
    return {"token": text, "logprob": -0.5, "bytes": list(text.encode()), **more}


def chat(content, logprobs):
    return {"choices": [{"index": 0, "message": {"content": content}, "logprobs": logprobs}]}


def delta(content, logprobs, index=0):
    return {"choices": [{"index": index, "delta": {"content": content}, "logprobs": logprobs}]}


def sealed_json(value):
    recorded = interaction(response=json.dumps(value).encode())
    sealed = seal(recorded, SECRETS).interaction
    assert scan(sealed, SECRETS) == ()
    return json.loads(sealed.response.body)


def test_of_an_openai_answer():
    top = [token("x"), token("y")]
    content = {"content": [token(text, top_logprobs=top) for text in TOKENS], "refusal": None}
    assert sealed_json(chat("".join(TOKENS), content)) == chat("Use [REDACTED] now", None)


@pytest.mark.parametrize(
    ("logprobs", "left"),
    [
        ([token(text) for text in TOKENS], []),
        ({"tokens": TOKENS, "token_logprobs": [-1] * 6, "text_offset": list(range(6))}, None),
        ({"content": [{"bytes": list(text.encode())} for text in TOKENS]}, None),
        ([{"text": text, "logprobs": [-1], "token_ids": [1]} for text in TOKENS], []),
    ],
    ids=["Responses", "legacy completions", "bytes alone", "Cohere"],
)
def test_of_other_apis(logprobs, left):
    assert sealed_json({"logprobs": logprobs, "id": "1"}) == {"logprobs": left, "id": "1"}


def test_of_gemini():
    chosen = [{"token": text, "logProbability": -1, "tokenId": 1} for text in TOKENS]
    result = {"topCandidates": [{"candidates": chosen[:1]}], "chosenCandidates": chosen}
    value = {"candidates": [{"content": {"parts": [{"text": "a"}]}, "logprobsResult": result}]}
    emptied = {"candidates": [{"content": {"parts": [{"text": "a"}]}, "logprobsResult": None}]}
    assert sealed_json(value) == emptied


def test_without_a_secret_they_stay():
    value = chat("Hello there", {"content": [token("Hello"), token(" there")]})
    assert sealed_json(value) == value


@pytest.mark.parametrize("content", [str, lambda _: ""], ids=["with the text", "by themselves"])
def test_of_a_stream_only_the_events_of_the_secret_are_emptied(content):
    events = [delta(content(text), {"content": [token(text)]}) for text in TOKENS]
    sealed = seal(interaction(response=sse(*events), response_headers=SSE), SECRETS).interaction
    choices = [event["choices"][0] for event in sse_data(sealed.response.body)]
    for at, (choice, event) in enumerate(zip(choices, events, strict=True)):
        kept = event["choices"][0]["logprobs"]
        assert choice["logprobs"] == (None if at in (2, 3, 4) else kept)
    assert scan(sealed, SECRETS) == ()


def test_of_two_answers_that_alternate():
    events = [
        delta("", {"content": [token(text)]}, index)
        for text, other in zip(TOKENS, "abcdef", strict=True)
        for index, text in enumerate((text, other))
    ]
    sealed = seal(interaction(response=sse(*events), response_headers=SSE), SECRETS).interaction
    left = [event["choices"][0]["logprobs"] is None for event in sse_data(sealed.response.body)]
    assert left == [False] * 4 + [True, False] * 3 + [False] * 2


def test_a_key_that_is_known_by_its_form_alone():
    key = "sk-ant-" + "api03-" + "q7Rk-W_z9" * 5
    pieces = [key[at : at + 4] for at in range(0, len(key), 4)]
    value = chat("?", {"content": [token(piece) for piece in pieces]})
    sealed = seal(interaction(response=json.dumps(value).encode()), NO_SECRETS).interaction
    assert json.loads(sealed.response.body) == chat("?", None)
