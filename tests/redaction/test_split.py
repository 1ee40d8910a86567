"""A secret that a stream delivers in pieces is found, wherever it is cut."""

import json

import pytest

from llmcassette.redaction import Redaction, collect_secrets, scan, seal
from tests.redaction.texts import (
    KEY,
    NO_SECRETS,
    PROVIDER_KEYS,
    SECRETS,
    SSE,
    chunked,
    interaction,
    sse,
    sse_data,
)

SECRET_TEXT = f"Use {KEY} now"


def openai_chat(piece):
    return {"choices": [{"index": 0, "delta": {"content": piece}}]}


def openai_tool(piece):
    call = {"index": 0, "function": {"arguments": piece}}
    return {"choices": [{"index": 0, "delta": {"tool_calls": [call]}}]}


def openai_responses(piece):
    return {"type": "response.output_text.delta", "item_id": "msg_1", "delta": piece}


def anthropic_text(piece):
    delta = {"type": "text_delta", "text": piece}
    return {"type": "content_block_delta", "index": 0, "delta": delta}


def anthropic_tool(piece):
    delta = {"type": "input_json_delta", "partial_json": piece}
    return {"type": "content_block_delta", "index": 1, "delta": delta}


def gemini(piece):
    return {"candidates": [{"content": {"parts": [{"text": piece}], "role": "model"}}]}


def cohere(piece):
    return {"type": "content-delta", "delta": {"message": {"content": {"text": piece}}}}


def ollama(piece):
    return {"model": "llama3", "message": {"role": "assistant", "content": piece}, "done": False}


SHAPES = [
    openai_chat,
    openai_tool,
    openai_responses,
    anthropic_text,
    anthropic_tool,
    gemini,
    cohere,
    ollama,
]


def ndjson(*events):
    return b"".join(json.dumps(event).encode() + b"\n" for event in events)


def array(*events):
    return b"[" + b"\n,\r\n".join(json.dumps(event).encode() for event in events) + b"]\n"


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.__name__)
def test_a_secret_cut_at_any_position_is_gone_from_every_provider_s_stream(shape):
    start = SECRET_TEXT.index(KEY)
    for cut in range(1, len(SECRET_TEXT)):
        body = sse(shape(SECRET_TEXT[:cut]), shape(SECRET_TEXT[cut:]))
        recorded = interaction(response=body, response_headers=SSE, chunks=chunked(body, 40))
        sealed, findings = seal(recorded, SECRETS)
        first, second = SECRET_TEXT[:cut], SECRET_TEXT[cut:]
        if cut <= start:
            second = second.replace(KEY, "[REDACTED]")
        elif cut >= start + len(KEY):
            first = first.replace(KEY, "[REDACTED]")
        else:
            first = first[:start] + "[REDACTED]"
            second = " now"
        assert sealed.response.body == sse(shape(first), shape(second))
        assert sum(chunk.size for chunk in sealed.response.chunks) == len(sealed.response.body)
        assert [finding.kind for finding in findings] == ["the value of VAULT_API_KEY"]


@pytest.mark.parametrize("write", [sse, ndjson, array])
def test_a_secret_sent_letter_by_letter(write):
    letters = [ollama(letter) for letter in SECRET_TEXT]
    sealed = seal(interaction(response=write(*letters), response_headers={}), SECRETS).interaction
    blanked = ["U", "s", "e", " ", "[REDACTED]", *[""] * (len(KEY) - 1), " ", "n", "o", "w"]
    assert sealed.response.body == write(*map(ollama, blanked))


def test_a_secret_of_pieces_that_are_all_equal():
    secrets = collect_secrets(
        {"VAULT_API_KEY": "x7_x7_x7_x7_"}, None, Redaction(secret_env=("VAULT_API_KEY",))
    )
    body = sse(*[openai_chat("x7_")] * 4)
    sealed = seal(interaction(response=body, response_headers=SSE), secrets).interaction
    contents = [event["choices"][0]["delta"]["content"] for event in sse_data(sealed.response.body)]
    assert contents == ["[REDACTED]", "", "", ""]


@pytest.mark.parametrize("kind", PROVIDER_KEYS)
def test_an_unknown_key_in_pieces(kind):
    key = PROVIDER_KEYS[kind]
    pieces = [key[start : start + 5] for start in range(0, len(key), 5)]
    body = sse(*(openai_chat(piece) for piece in ["It is ", *pieces, "."]))
    sealed = seal(interaction(response=body, response_headers=SSE), NO_SECRETS).interaction
    contents = [event["choices"][0]["delta"]["content"] for event in sse_data(sealed.response.body)]
    assert "".join(contents) == "It is [REDACTED]."


def test_two_answers_and_two_tool_calls_that_alternate_are_kept_apart():
    def event(index, piece):
        return {"choices": [{"delta": {"content": piece}, "index": index}]}

    body = sse(event(0, KEY[:8]), event(1, "other"), event(0, KEY[8:]), event(1, " text"))
    sealed = seal(interaction(response=body, response_headers=SSE), SECRETS).interaction
    assert sealed.response.body == sse(
        event(0, "[REDACTED]"), event(1, "other"), event(0, ""), event(1, " text")
    )


def test_pieces_that_are_escaped_are_read_and_blanked_soundly():
    first = '{"a":"x\\n' + KEY[:5] + f'\\u{ord(KEY[5]):04x}"}}'
    second = '{"a":"' + KEY[6:] + '\\ty"}'
    body = f"data: {first}\n\ndata: {second}\n\n".encode()
    sealed = seal(interaction(response=body, response_headers=SSE), SECRETS).interaction
    assert sse_data(sealed.response.body) == [{"a": "x\n[REDACTED]"}, {"a": "\ty"}]


def test_text_that_is_streamed_as_it_is():
    body = f"data: Use {KEY[:8]}\n\ndata: {KEY[8:]} now\n\n".encode()
    sealed = seal(interaction(response=body, response_headers=SSE), SECRETS).interaction
    assert sealed.response.body == b"data: Use [REDACTED]\n\ndata:  now\n\n"


def test_text_that_is_streamed_as_it_is_with_pieces_that_begin_as_numbers_do():
    pieces = [KEY[at : at + 2] for at in range(0, len(KEY), 2)]
    assert {"7-", "83"} & {*pieces}
    body = "".join(f"data: {piece}\n\n" for piece in ["Use ", *pieces, " now"]).encode()
    sealed = seal(interaction(response=body, response_headers=SSE), SECRETS).interaction
    kept = b"data: Use \n\ndata: [REDACTED]\n\n" + b"data: \n\n" * (len(pieces) - 1)
    assert sealed.response.body == kept + b"data:  now\n\n"


def test_an_event_over_several_data_lines():
    body = f'data: {{"a":\ndata: "{KEY[:8]}"}}\n\ndata: {{"a":"{KEY[8:]}"}}\n\n'.encode()
    sealed = seal(interaction(response=body, response_headers=SSE), SECRETS).interaction
    assert sealed.response.body == b'data: {"a":\ndata: "[REDACTED]"}\n\ndata: {"a":""}\n\n'


def test_a_secret_in_base64_in_pieces():
    encoded = "eHl6WnE3LXZhdWx0LTgza2RfUFEueHh0YWls"
    body = sse(openai_chat(encoded[:11]), openai_chat(encoded[11:]))
    sealed = seal(interaction(response=body, response_headers=SSE), SECRETS).interaction
    assert scan(sealed, SECRETS) == ()
    contents = [event["choices"][0]["delta"]["content"] for event in sse_data(sealed.response.body)]
    assert contents == ["eHl6[REDACTED]", "YWls"]


def test_the_finding_tells_where_the_first_piece_is():
    body = sse(openai_chat("x"), openai_chat(KEY[:8]), openai_chat(KEY[8:]))
    (finding,) = scan(interaction(response=body, response_headers=SSE), SECRETS)
    assert str(finding) == (
        f"interaction 0, response.body, line 3 (byte {body.index(KEY[:8].encode())}):"
        " the value of VAULT_API_KEY"
    )


def test_a_key_in_one_block_leaves_the_next_block_alone():
    key = PROVIDER_KEYS["an Anthropic key"]
    body = json.dumps({"content": [{"text": f"Use {key}"}, {"text": "And so on"}]}).encode()
    sealed = seal(interaction(response=body), NO_SECRETS).interaction
    assert json.loads(sealed.response.body) == {
        "content": [{"text": "Use [REDACTED]"}, {"text": "And so on"}]
    }


def test_each_piece_of_a_request_is_marked_so_that_it_matches():
    body = json.dumps({"content": [{"text": f"Use {KEY[:8]}"}, {"text": f"{KEY[8:]} now"}]})
    sealed = seal(interaction(request=body.encode()), SECRETS).interaction
    assert json.loads(sealed.request.body) == {
        "content": [{"text": "Use [REDACTED]"}, {"text": "[REDACTED] now"}]
    }
