"""Whole interactions: functions, lengths and chunks; and the same object if nothing changes."""

import json
from dataclasses import replace

import pytest

from llmcassette.errors import CassetteError
from llmcassette.model import Chunk, Headers, Interaction, Request, Response
from llmcassette.redaction import Redaction, redact_interaction, redact_request, redact_response

DEFAULT = Redaction()


def test_what_holds_no_secret_is_the_same_object():
    interaction = Interaction(
        3,
        Request(method="GET", url="https://a.test/", headers=Headers({"User-Agent": "a"})),
        Response(code=200, body=b'{"a":1}', chunks=(Chunk(7, 0.1),)),
    )
    assert redact_interaction(interaction, DEFAULT) is interaction


def test_both_halves_are_redacted_and_the_id_is_kept():
    interaction = Interaction(
        3,
        Request(method="GET", url="https://a.test/?key=1"),
        Response(code=200, body=b'{"secret":"x"}'),
    )
    assert redact_interaction(interaction, DEFAULT) == Interaction(
        3,
        Request(method="GET", url="https://a.test/?key=[REDACTED]"),
        Response(code=200, body=b'{"secret":"[REDACTED]"}'),
    )


def test_content_length_follows_where_it_was_right():
    body = b'{"secret":"x"}'
    right = Request(method="POST", url="https://a.test", body=body, content_length=len(body))
    assert redact_request(right, DEFAULT).content_length == len(b'{"secret":"[REDACTED]"}')
    unknown = Response(code=200, body=body, content_length=-1)
    assert redact_response(unknown, DEFAULT).content_length == -1


def test_chunks_are_of_the_redacted_body():
    body = b'{"secret":"a long one, cut in two"}'
    response = Response(code=200, body=body, chunks=(Chunk(20, 0.1), Chunk(len(body) - 20, 0.2)))
    redacted = redact_response(response, DEFAULT)
    assert redacted.body == b'{"secret":"[REDACTED]"}'
    assert redacted.chunks == (Chunk(15, 0.1), Chunk(8, 0.2))


def upper(message):
    return replace(message, body=message.body.upper())


def shorter(message):
    return replace(message, body=message.body.replace(b"hunter2", b"*"))


def test_functions_run_in_turn_before_the_rest():
    request = Request(method="POST", url="https://a.test", body=b'{"secret":"77","b":"hunter2"}')
    redacted = redact_request(request, Redaction(functions=[shorter, upper]))
    assert redacted.body == b'{"SECRET":"[REDACTED]","B":"*"}'


def test_what_a_function_puts_in_the_place_of_a_secret_stays():
    def fake(message):
        body = message.body.replace(b"real-token", b"fake-token")
        headers = Headers([("Set-Cookie", ("sid=fake-sid; Max-Age=9", "csrf=tok-1"))])
        return replace(message, body=body, headers=headers)

    response = Response(
        code=200,
        headers=Headers([("Set-Cookie", ("sid=real-sid; Max-Age=9", "csrf=tok-1"))]),
        body=b'{"access_token":"real-token","id_token":"another"}',
    )
    redacted = redact_response(response, Redaction(functions=[fake]))
    assert redacted.body == b'{"access_token":"fake-token","id_token":"[REDACTED]"}'
    assert redacted.headers.get_list("set-cookie") == ("sid=fake-sid", "csrf=[REDACTED]")


def test_a_function_that_writes_the_body_anew_spares_no_secret():
    def anew(message):
        return replace(message, body=json.dumps(json.loads(message.body)).encode())

    response = Response(code=200, body='{"password":"größer"}'.encode())
    redacted = redact_response(response, Redaction(functions=[anew]))
    assert redacted.body == b'{"password": "[REDACTED]"}'


def test_a_function_cannot_bring_a_credential_header_back():
    def add(message):
        return replace(message, headers=Headers({"Authorization": "Bearer x"}))

    request = Request(method="GET", url="https://a.test")
    assert redact_request(request, Redaction(functions=[add])).headers == Headers()


def test_chunks_and_length_follow_a_function_that_changes_the_body():
    body = b"aaaahunter2bbbb"
    response = Response(
        code=200, body=body, content_length=len(body), chunks=(Chunk(5, 0.1), Chunk(10, 0.2))
    )
    redacted = redact_response(response, Redaction(functions=[shorter]))
    assert redacted.body == b"aaaa*bbbb"
    assert redacted.content_length == 9
    assert redacted.chunks == (Chunk(4, 0.1), Chunk(5, 0.2))


def test_chunks_that_a_function_sets_are_its_own():
    def rechunk(response):
        return replace(response, body=b"ab", chunks=(Chunk(1, 0.0), Chunk(1, 0.0)))

    response = Response(code=200, body=b"abc", chunks=(Chunk(3, 0.1),))
    redacted = redact_response(response, Redaction(functions=[rechunk]))
    assert redacted.chunks == (Chunk(1, 0.0), Chunk(1, 0.0))


def test_a_function_that_returns_nothing_is_an_error_that_names_it():
    def forgetful(message):
        return None

    with pytest.raises(CassetteError) as caught:
        redact_request(Request(method="GET", url="/"), Redaction(functions=[forgetful]))
    name = forgetful.__qualname__
    assert str(caught.value) == (
        f"the redaction function {name} returned NoneType for a Request; it must return the"
        " Request, changed or not"
    )


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        ({"body": "text"}, "body is a str; it must be bytes"),
        ({"headers": {}}, "headers is a dict; it must be llmcassette.Headers"),
        ({"headers": Headers({"a": [b"b"]})},
         "headers contains what is no text; names and values must be str"),
        ({"code": "200"}, "code is a str; it must be int"),
        ({"chunks": 7}, "chunks is a int; it must be tuple[Chunk, ...] | None"),
    ],
)  # fmt: skip
def test_a_function_that_returns_a_wrong_type_in_a_field_is_named(change, wrong):
    def careless(message):
        return replace(message, **change)

    with pytest.raises(CassetteError) as caught:
        redact_response(Response(code=200), Redaction(functions=[careless]))
    name = careless.__qualname__
    assert str(caught.value) == (f"the redaction function {name} returned a Response whose {wrong}")


def test_a_function_that_fails_is_named_without_what_it_said():
    def failing(message):
        raise ValueError("cannot read s3cret")

    with pytest.raises(CassetteError) as caught:
        redact_response(Response(code=200), Redaction(functions=[failing]))
    assert str(caught.value) == (
        f"the redaction function {failing.__qualname__} failed with ValueError; nothing was written"
    )
