"""In what pieces a body comes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

import llmcassette
from llmcassette import Chunk, Headers, Response, use_cassette
from llmcassette.recorder.chunking import CHUNKINGS, cut
from tests.control.sdks import SDKS
from tests.control.wires import cassette, interaction

BODY = 'data: {"text":"grüße"}\n\ndata: [DONE]\n\n'.encode()
RESPONSE = Response(
    code=200,
    headers=Headers({"content-type": "text/event-stream"}),
    body=BODY,
    chunks=(Chunk(10, 0), Chunk(len(BODY) - 10, 0)),
)


@pytest.mark.parametrize("chunking", [*CHUNKINGS, "bytes:3", "random:99", "random:0"])
@given(body=st.binary(max_size=200))
def test_the_pieces_are_the_body(chunking, body):
    response = Response(code=200, headers=RESPONSE.headers, body=body)
    pieces = cut(response, chunking)
    assert b"".join(pieces) == body
    assert all(pieces)


@pytest.mark.parametrize(
    ("chunking", "pieces"),
    [
        ("recorded", [BODY[:10], BODY[10:]]),
        ("event", [BODY[:26], BODY[26:]]),
        ("line", [BODY[:25], b"\n", b"data: [DONE]\n", b"\n"]),
        ("whole", [BODY]),
        ("bytes:30", [BODY[:30], BODY[30:]]),
    ],
)
def test_each_cuts_where_it_says(chunking, pieces):
    assert cut(RESPONSE, chunking) == pieces


def test_recorded_is_by_event_where_nothing_was_recorded():
    response = Response(code=200, headers=RESPONSE.headers, body=BODY)
    assert cut(response, "recorded") == [BODY[:26], BODY[26:]]


def test_a_seed_always_gives_the_same_pieces_and_another_gives_others():
    long = Response(code=200, body=bytes(10_000))
    assert cut(long, "random:1") == cut(long, "random:1") != cut(long, "random:2")


def test_some_of_them_cut_inside_a_character():
    def broken(piece):
        try:
            piece.decode()
        except UnicodeDecodeError:
            return True
        return False

    assert any(map(broken, cut(RESPONSE, "bytes:1")))


def test_every_chunking_is_there_to_parametrize_with():
    assert llmcassette.CHUNKINGS == CHUNKINGS
    assert {each.partition(":")[0] for each in CHUNKINGS} == {
        "recorded",
        "event",
        "line",
        "whole",
        "bytes",
        "random",
    }


@pytest.mark.parametrize("sdk", SDKS, ids=lambda sdk: sdk.name)
def test_the_sdks_read_the_same_whatever_the_chunks(sdk, tmp_path):
    path = cassette(tmp_path / "a.yaml", interaction(sdk.wire))
    seen = []
    for chunking in CHUNKINGS:
        with use_cassette(path, match_on=["method", "url"], chunking=chunking):
            seen.append(sdk.ask(0, []))
    assert all(each == seen[0] for each in seen)
    assert seen[0].text == "Let me look."
