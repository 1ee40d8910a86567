"""ollama (httpx), chat: NDJSON, recorded from a local Ollama by a Go program.

Reworded, as the Python SDK says the same otherwise: an empty list of tools where there are none,
and of a tool's JSON schema only the keywords it knows.
"""

from __future__ import annotations

import json

import ollama

from llmcassette import load, use_cassette
from tests.corpus import CORPUS, needs_corpus
from tests.sdks.answers import Answer
from tests.sdks.rewriting import asked, reworded

pytestmark = needs_corpus

SCOREBOARD = CORPUS / "go-vcr-v2/genai/providers/ollama/testdata/TestClient/Scoreboard"
WHOLE = SCOREBOARD / "gemma4-e2b/GenSync-Citations-text-markdown.yaml"
STREAMED = SCOREBOARD / "gemma4-e2b_thinking/GenStream-Tools-SquareRoot-1-any.yaml"
HOST = "http://localhost"


def in_python(path, folder):
    def body(fields):
        for tool in fields.setdefault("tools", []):
            for keyword in ("$schema", "additionalProperties"):
                del tool["function"]["parameters"][keyword]
        return fields

    return reworded(path, folder, body=body)


def keywords(path):
    [interaction] = load(path).interactions
    return asked(interaction.request)


def recorded(path):
    [interaction] = load(path).interactions
    lines = [json.loads(line) for line in interaction.response.body.splitlines()]
    return Answer(
        "".join(line["message"]["content"] for line in lines),
        [
            (None, call["function"]["name"], call["function"]["arguments"])
            for line in lines
            for call in line["message"].get("tool_calls", [])
        ],
        (lines[-1]["prompt_eval_count"], lines[-1]["eval_count"]),
    )


def given(*responses):
    return Answer(
        "".join(response.message.content for response in responses),
        [
            (None, call.function.name, call.function.arguments)
            for response in responses
            for call in response.message.tool_calls or []
        ],
        (responses[-1].prompt_eval_count, responses[-1].eval_count),
    )


def test_a_whole_answer(tmp_path):
    path = in_python(WHOLE, tmp_path)

    with use_cassette(path) as recorder:
        answer = given(ollama.Client(host=HOST).chat(**keywords(path)))

    assert answer == recorded(WHOLE)
    assert answer.text == "The capital of Quackiland is **Quack**."
    assert not recorder.unplayed


async def test_an_async_whole_answer(tmp_path):
    path = in_python(WHOLE, tmp_path)

    with use_cassette(path):
        response = await ollama.AsyncClient(host=HOST).chat(**keywords(path))

    assert given(response) == recorded(WHOLE)


def test_a_stream(tmp_path):
    path = in_python(STREAMED, tmp_path)

    with use_cassette(path):
        pieces = list(ollama.Client(host=HOST).chat(**keywords(path)))

    assert given(*pieces) == recorded(STREAMED)
    assert given(*pieces).calls == [(None, "square_root", {"number": 132413})]
    assert len(pieces) > 100


async def test_an_async_stream(tmp_path):
    path = in_python(STREAMED, tmp_path)

    with use_cassette(path):
        stream = await ollama.AsyncClient(host=HOST).chat(**keywords(path))
        pieces = [piece async for piece in stream]

    assert given(*pieces) == recorded(STREAMED)
