"""The text of a changed cassette."""
# ruff: noqa: E501 - messages are asserted whole

from __future__ import annotations

from dataclasses import replace

import pytest

from llmcassette.errors import CassetteError
from llmcassette.formats import CHARM, Dialect, dialect_of, emit, read, write
from llmcassette.model import Cassette, Chunk, Headers, Interaction, Request, Response
from tests.formats.strategies import DIALECTS, plain, values
from tests.formats.test_bad_input import GOOD, SECOND

NEW = Interaction(
    7,
    Request(
        method="POST",
        url="https://api.example.com/v1/chat",
        headers=Headers({"Accept": "*/*", "Content-Type": ["application/json"]}),
        body=b'{"stream":true}',
        content_length=15,
    ),
    Response(
        code=200,
        status="200 OK",
        headers=Headers({"Content-Type": "text/event-stream"}),
        body=b"data: {}\n\ndata: [DONE]\n\n",
        duration=0.25,
        transfer_encoding=("chunked",),
        uncompressed=True,
        chunks=(Chunk(10, 0.3), Chunk(14, 0.0)),
        ended="closed",
    ),
)
CHARM_TEXT = """\
---
version: 2
interactions:
- id: 0
  request:
    proto: HTTP/1.1
    proto_major: 1
    proto_minor: 1
    content_length: 15
    host: ""
    body: '{"stream":true}'
    headers:
      Accept:
      - '*/*'
      Content-Type:
      - application/json
    url: https://api.example.com/v1/chat
    method: POST
  response:
    proto: HTTP/1.1
    proto_major: 1
    proto_minor: 1
    transfer_encoding:
    - chunked
    content_length: -1
    uncompressed: true
    body: |+
      data: {}

      data: [DONE]

    headers:
      Content-Type:
      - text/event-stream
    status: 200 OK
    code: 200
    duration: 250ms
    chunks: 10@0.3 14@0
    ended: closed
"""
OLD_TEXT = """\
---
version: 2
interactions:
    - id: 0
      request:
        proto: HTTP/1.1
        proto_major: 1
        proto_minor: 1
        content_length: 0
        transfer_encoding: []
        trailer: {}
        host: ""
        remote_addr: ""
        request_uri: ""
        body: ""
        form: {}
        headers: {}
        url: https://example.com/
        method: GET
      response:
        proto: HTTP/1.1
        proto_major: 1
        proto_minor: 1
        transfer_encoding:
            - gzip
        trailer: {}
        content_length: -1
        uncompressed: false
        body: |-
            a
            b
        headers: {}
        status: 200 OK
        code: 200
        duration: 0s
"""


def test_a_new_cassette_is_written_as_charm_does():
    assert write(Cassette(interactions=(NEW,))) == CHARM_TEXT


def test_a_new_cassette_without_interactions():
    assert write(Cassette()) == "---\nversion: 2\ninteractions: []\n"


def test_empty_fields_are_written_where_the_file_writes_them():
    found = [plain(response_body="a\nb", transfer_encoding=("gzip",))]

    assert emit(found, DIALECTS["go-vcr to 2024"]) == OLD_TEXT


def test_goccy_quotes_as_go_does():
    text = emit([plain('{"a":1}'), plain(), binary(b"\xff"), binary(b"\x85")], DIALECTS["goccy"])

    assert r'body: "{\"a\":1}"' in text
    assert r'body: "\xff"' in text
    assert "body: !!binary hQ==" in text  # "\x85" alone could be a character
    assert "'" not in text


def binary(body):
    return Interaction(0, Request(method="GET", url="/"), Response(code=200, body=body))


def test_bytes_are_wrapped_base64():
    text = emit([binary(b"\xff" * 60)], CHARM)

    assert "    body: !!binary |\n      " + "/" * 70 + "\n      " + "/" * 10 + "\n" in text


def test_a_name_too_long_for_a_simple_key_is_an_explicit_one():
    form = Headers([("x" * 200, "1"), ("y" * 1500, ())])
    request = Request(method="GET", url="/", form=form)
    text = emit([Interaction(0, request, Response(code=200))], CHARM)

    assert (
        f'      ? {"x" * 200}\n      :\n        - "1"\n      ? {"y" * 1500}\n      : []\n' in text
    )
    assert read(text).interactions[0].request.form == form


@pytest.mark.parametrize("dialect", DIALECTS.values(), ids=DIALECTS)
def test_a_dialect_is_detected_from_its_own_text(dialect):
    assert dialect_of(read(emit([NEW, NEW], dialect))) == dialect


def test_a_file_without_lists_tells_its_columns_by_its_writer():
    text = emit([plain("{}")], DIALECTS["go-vcr"])

    assert dialect_of(read(text)) == DIALECTS["go-vcr"]


@pytest.mark.parametrize(
    "text",
    [
        "version: 2\ninteractions: [{request: {url: /, method: GET}, response: {code: 200}}]\n",
        "version: 2\ninteractions:\n-\n  request: {url: /, method: GET}\n  response: {code: 200}\n",
    ],
)
def test_another_layout_is_written_anew_when_it_changes(text):
    cassette = read(text)
    changed = replace(cassette, interactions=(*cassette.interactions, NEW))

    assert write(cassette) == text
    assert write(changed) == emit(changed.interactions, replace(CHARM, document_start=False))


def test_flow_mappings_in_a_block_list_keep_their_text():
    text = "version: 2\ninteractions:\n- {request: {url: /, method: GET}, response: {code: 200}}\n"
    cassette = read(text)

    written = write(replace(cassette, interactions=(*cassette.interactions, NEW)))

    assert written.startswith(text)
    assert values(read(written).interactions) == values((*cassette.interactions, NEW))


def test_taking_every_interaction_leaves_an_empty_list():
    assert write(replace(read(GOOD), interactions=())) == "---\nversion: 2\ninteractions: []\n"


def test_what_stands_around_the_interactions_stays():
    text = f"# mine\n{GOOD}    note: 1 # kept\nrecorder: me\n# end\n"
    cassette = read(text)

    written = write(replace(cassette, interactions=(NEW, *cassette.interactions)))

    head, body = text.split("- id: 0\n")
    assert written.startswith(head + "- id: 0\n")
    assert written.endswith("- id: 1\n" + body)


def test_a_replaced_interaction_leaves_the_others_bytes():
    cassette = read(GOOD.replace("hello", '"hello" # odd') + SECOND)
    first, second = cassette.interactions
    changed = Interaction(1, second.request, NEW.response)

    written = write(replace(cassette, interactions=(first, changed)))

    assert written.startswith(GOOD.replace("hello", '"hello" # odd'))
    assert values(read(written).interactions) == values((first, changed))


def test_ids_the_file_has_are_left_where_positions_stay():
    cassette = read(GOOD.replace("id: 0", "id: 5"))

    written = write(replace(cassette, interactions=(*cassette.interactions, NEW)))

    assert [interaction.id for interaction in read(written).interactions] == [5, 1]


def test_an_id_that_is_not_the_first_key_is_renumbered_by_writing_anew():
    late = GOOD.replace("- id: 0\n  request:", "- request:") + "  id: 0\n"
    cassette = read(late)

    written = write(replace(cassette, interactions=(NEW, *cassette.interactions)))

    assert [interaction.id for interaction in read(written).interactions] == [0, 1]


def test_an_interaction_that_is_there_twice():
    cassette = read(GOOD)

    written = write(replace(cassette, interactions=cassette.interactions * 2))

    assert written == GOOD + SECOND


def test_an_alias_whose_anchor_goes_is_written_out():
    text = GOOD.replace("headers: {}", "headers: &h {A: [b]}") + SECOND.replace(
        "headers: {}", "headers: *h"
    )
    cassette = read(text)

    kept = write(replace(cassette, interactions=(*cassette.interactions, NEW)))
    lost = write(replace(cassette, interactions=cassette.interactions[1:]))

    assert kept.startswith(text)
    assert values(read(lost).interactions) == values(cassette.interactions[1:])


def test_a_file_without_a_last_line_end_gets_one_where_something_follows():
    cassette = read(GOOD.removesuffix("\n"))

    assert write(cassette) == GOOD.removesuffix("\n")
    written = write(replace(cassette, interactions=cassette.interactions * 2))
    assert written == (GOOD + SECOND).removesuffix("\n")


def test_a_block_that_ends_with_the_file_keeps_its_value():
    text = GOOD.replace("    body: hello\n", "") + "    body: |+\n      hello"
    cassette = read(text)
    assert cassette.interactions[0].response.body == b"hello"

    written = write(replace(cassette, interactions=(*cassette.interactions, NEW)))

    assert values(read(written).interactions) == values((*cassette.interactions, NEW))


def test_line_ends_and_mark_are_the_file_s():
    text = "\ufeff" + GOOD.replace("\n", "\r\n")
    cassette = read(text)

    written = write(replace(cassette, interactions=(*cassette.interactions, NEW)))

    assert written.startswith(text)
    assert written.count("\n") == written.count("\r\n")


@pytest.mark.parametrize(
    ("interaction", "message"),
    [
        (Interaction(0, Request(method="", url="/"), Response(code=200)), "interaction 0, request.method: is empty; a request has one"),
        (Interaction(0, Request(method="GET", url=""), Response(code=200)), "interaction 0, request.url: is empty; a request has one"),
        (Interaction(0, Request(method="GET", url="/\ud800"), Response(code=200)), "interaction 0, request.url: has half a surrogate pair, which is not text"),
        (Interaction(0, Request(method="GET", url="/"), Response(code=10**20)), "interaction 0, response.code: 1e+20 does not fit 64 bits"),
        (plain(duration=float("nan")), "interaction 0, response.duration: nan s is not a duration that Go can represent"),
        (plain(chunks=(Chunk(-1, 0.0),)), "interaction 0, response.chunks: -1 bytes after 0.0 s is not a chunk"),
    ],
)  # fmt: skip
def test_what_could_not_be_read_back_is_not_written(interaction, message):
    with pytest.raises(CassetteError) as caught:
        write(Cassette(interactions=(interaction,)))

    assert str(caught.value) == message


def test_unread_broken_responses_pass_through_untouched():
    broken = GOOD.replace("1.5s", "soon")
    cassette = read(broken, lazy=True)

    assert write(replace(cassette, interactions=(*cassette.interactions, NEW))).startswith(broken)


def test_a_cassette_from_no_file_is_in_charm_s_dialect():
    assert dialect_of(Cassette(interactions=(NEW,))) == CHARM == Dialect()
