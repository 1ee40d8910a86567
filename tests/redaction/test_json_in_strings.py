"""Names of fields count in strings that are JSON themselves, as arguments of tool calls are."""

import json

import pytest

from llmcassette.model import Headers, Response
from llmcassette.redaction import Redaction, find_secrets, redact_response
from tests.redaction.test_agreement import kinds
from tests.redaction.test_fields import redacted
from tests.redaction.texts import NO_SECRETS, interaction

SSE = "text/event-stream"


def in_strings(value, depth):
    for _ in range(depth):
        value = {"arguments": json.dumps(value)}
    return json.dumps(value).encode()


@pytest.mark.parametrize("depth", [1, 2, 3])
def test_strings_and_numbers_at_any_depth(depth):
    arguments = {"user": "me", "password": 'hunt"er\\2', "pin": 1234, "a": [{"secret": "x"}]}
    wanted = arguments | {"password": "[REDACTED]", "pin": "[REDACTED]"}
    wanted["a"] = [{"secret": "[REDACTED]"}]
    assert redacted(in_strings(arguments, depth), fields=["pin"]) == in_strings(wanted, depth)


def test_names_with_escapes_and_space_before_the_colon():
    body = b'{"a":"\\n [{\\"pass\\\\u0077ord\\" : \\"x\\"}, {\\"api_key\\" :\\t2}]"}'
    assert redacted(body) == (
        b'{"a":"\\n [{\\"pass\\\\u0077ord\\" : \\"[REDACTED]\\"},'
        b' {\\"api_key\\" :\\t\\"[REDACTED]\\"}]"}'
    )


@pytest.mark.parametrize(
    "text",
    [
        'the api_key: "x" of {"password": 1}',
        '{"password": "x"} is what the form sends',
        '{ if (name == "password") { return "secret": } }',
        '{"type":"object","properties":{"password":{"type":"string"}},"required":["password"]}',
        '{"password": null, "token": "Hello", "secret": ""}',
    ],
)
def test_other_texts_stay(text):
    body = json.dumps({"content": text}).encode()
    assert redacted(body) == body


def test_a_string_in_json_that_was_cut():
    assert redacted(b'{"a":"{\\"password\\":\\"hun') == b'{"a":"{\\"password\\":\\"[REDACTED]'


def openai(piece):
    delta = {"tool_calls": [{"index": 0, "function": {"arguments": piece}}]}
    return {"choices": [{"index": 0, "delta": delta}]}


def anthropic(piece):
    delta = {"type": "input_json_delta", "partial_json": piece}
    return {"type": "content_block_delta", "index": 1, "delta": delta}


@pytest.mark.parametrize("event", [openai, anthropic])
@pytest.mark.parametrize(
    ("pieces", "wanted"),
    [
        (
            ['{"us', 'er":"me","pass', 'word":"hun', "ter2-", 'x","n":1}'],
            ['{"us', 'er":"me","pass', 'word":"[REDACTED]', "", '","n":1}'],
        ),
        (['{"password":"', "hunter2", '"}'], ['{"password":"', "[REDACTED]", '"}']),
        (['{"password":', "12", "34", "}"], ['{"password":', '"[REDACTED]"', "", "}"]),
        (['{"password":"hun', "ter"], ['{"password":"[REDACTED]', ""]),
    ],
)
def test_arguments_that_the_events_of_a_stream_split(event, pieces, wanted):
    def stream(texts):
        return b"".join(b"data: %b\n\n" % json.dumps(event(one)).encode() for one in texts)

    response = Response(code=200, body=stream(pieces), headers=Headers({"content-type": SSE}))
    once = redact_response(response, Redaction())
    assert once.body == stream(wanted)
    assert redact_response(once, Redaction()) is once


def test_check_names_them():
    body = in_strings({"password": "c0rrect-H0rse-battery"}, 1)
    assert kinds(interaction(response=body)) == [
        ("response.body", "the value of the field password")
    ]
    assert find_secrets(interaction(response=redacted(body)), NO_SECRETS, Redaction()) == ()


def test_keep_fields_and_redact_fields_name_them_too():
    body = in_strings({"password": "kept", "door_code": "1"}, 1)
    wanted = in_strings({"password": "kept", "door_code": "[REDACTED]"}, 1)
    assert redacted(body, fields=["doorCode"], keep_fields=["password"]) == wanted
