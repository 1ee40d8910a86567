"""cassetter's files, as its release 0.16 writes them."""

from __future__ import annotations

import json

import pytest

from llmcassette.errors import CassetteError
from llmcassette.formats.importing import import_text
from llmcassette.model import Headers, Interaction, Request, Response

HEAD = """\
version: 1
interactions:
- request:
    method: POST
    uri: https://api.example/v1?key=[FILTERED]
    headers:
      accept:
      - "*/*"
      x-b:
      - "1"
      - "2"
    body:
      type: json
      content:
        model: gpt
        messages: []
        "no": no
  response:
    status: 200
    headers:
      content-type:
      - application/json
    body:
      type: %s
  recorded_at: 2026-11-20T16:49:05.428059+00:00
"""


def test_an_interaction() -> None:
    got = import_text(HEAD % "text\n      content: |+\n        data: hi\n")
    assert got.format == "cassetter"
    assert got.left_out == ("recorded_at",)
    assert got.cassette.interactions == (
        Interaction(
            0,
            Request(
                method="POST",
                url="https://api.example/v1?key=[FILTERED]",
                host="api.example",
                headers=Headers({"accept": "*/*", "x-b": ["1", "2"]}),
                body=b'{"model":"gpt","messages":[],"no":"no"}',
                content_length=39,
            ),
            Response(
                code=200,
                status="200",
                headers=Headers({"content-type": "application/json"}),
                body=b"data: hi\n\n",
            ),
        ),
    )


def test_a_date_header_says_when_it_was_recorded() -> None:
    text = (HEAD % "none").replace("content-type:", "date:")
    assert import_text(text).left_out == ()


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("none", b""),
        ('binary\n      content: "ff00"', b"\xff\x00"),
        ("binary\n      content: 6100", b"a\x00"),
        ("text\n      content: 'true'", b"true"),
        ("json\n      content: null", b"null"),
        (
            "json\n      content: [1:30, 2020-01-01, =, <<, no, ~, 1.0e+300, -0.0, 1_0, 0o17]",
            b'["1:30","2020-01-01","=","<<","no",null,1.0e+300,-0.0,"1_0",15]',
        ),
        (
            "json\n      content: [0x1F, +1, 007, .5, 1., .inf, -.INF, True, 18446744073709551616]",
            b"[31,1,7,0.5,1.0,Infinity,-Infinity,true,18446744073709551616]",
        ),
    ],
)
def test_a_body(body: str, expected: bytes) -> None:
    (interaction,) = import_text(HEAD % body).cassette.interactions
    assert interaction.response.body == expected


def test_toml_says_the_same() -> None:
    text = """\
version = 1
[[interactions]]
recorded_at = "2026-11-20T16:49:05Z"
[interactions.request]
method = "POST"
uri = "http://a/"
body_type = "json"
body_content = '{"b": 1.50, "a": "\\ud83d\\ude00"}'
[interactions.request.headers]
accept = ["a", "b"]
[interactions.response]
status = 200
body_type = "none"
[interactions.response.headers]
date = ["Fri, 20 Nov 2026 16:49:05 GMT"]
"""
    got = import_text(text, notation="toml")
    (interaction,) = got.cassette.interactions
    assert (got.format, got.left_out) == ("cassetter", ())
    assert interaction.request.body == b'{"b": 1.50, "a": "\\ud83d\\ude00"}'
    assert json.loads(interaction.request.body) == {"b": 1.5, "a": "😀"}
    assert interaction.request.headers.get_list("accept") == ("a", "b")
    assert interaction.response.code == 200


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            HEAD % "frob\n      content: a",
            "line 25: interaction 0, response.body.content: the body type 'frob' is not known",
        ),
        (
            HEAD % "binary\n      content: xyz",
            "line 25: interaction 0, response.body.content: is not hexadecimal, as the type"
            " binary requires",
        ),
        (
            "version: 1\ninteractions: []\nws_interactions:\n- uri: wss://a/b\n",
            "line 4: has 1 WebSocket interactions of cassetter; a go-vcr cassette can have only"
            " HTTP",
        ),
    ],
)
def test_what_cannot_be_kept_is_refused(text: str, message: str) -> None:
    with pytest.raises(CassetteError) as caught:
        import_text(text)
    assert str(caught.value) == message


def test_toml_that_is_none() -> None:
    with pytest.raises(CassetteError, match="not TOML: "):
        import_text("=", notation="toml")


def test_toml_of_another_kind_is_no_cassette() -> None:
    with pytest.raises(CassetteError, match="Is this a cassette"):
        import_text('interactions = ["a"]', notation="toml")


def test_a_cassette_without_interactions() -> None:
    got = import_text("version: 1\ninteractions: []\n")
    assert (got.format, got.cassette.interactions) == ("empty", ())


def test_a_version_2_file_is_read_as_it_is() -> None:
    text = "---\nversion: 2\ninteractions: []\n"
    got = import_text(text)
    assert (got.format, got.cassette.interactions) == ("go-vcr 2", ())
