"""Cuts that do not depend on the format, and recorded ones."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmcassette import streams
from llmcassette.model import Chunk, Response


def test_by_line_cuts_after_each_kind_of_line_end():
    assert streams.by_line(b"a\nb\r\nc\rd\n\n") == [b"a\n", b"b\r\n", b"c\r", b"d\n", b"\n"]


def test_by_size_leaves_a_shorter_last_chunk():
    assert streams.by_size(b"abcde", 2) == [b"ab", b"cd", b"e"]


def test_by_size_needs_a_size():
    with pytest.raises(ValueError, match="the size of a chunk must be at least 1 byte, not 0"):
        streams.by_size(b"abc", 0)


def test_at_random_is_the_same_for_the_same_seed_everywhere():
    body = bytes(range(256)) * 8
    sizes = [len(chunk) for chunk in streams.at_random(body, 3)]
    assert sizes == [5, 10, 17, 1, 2, 1927, 86]
    assert streams.at_random(body, 4) != streams.at_random(body, 3)


def test_at_random_cuts_inside_a_character_for_some_seed():
    body = "é".encode() * 20
    assert any(len(chunk) % 2 for seed in range(5) for chunk in streams.at_random(body, seed))


@given(st.binary(max_size=200), st.integers(), st.integers(1, 50))
def test_the_pieces_joined_are_the_body_and_none_is_empty(body, seed, size):
    for pieces in (
        streams.by_line(body),
        streams.by_size(body, size),
        streams.at_random(body, seed),
    ):
        assert b"".join(pieces) == body
        assert all(pieces)


def answer(*sizes: int) -> Response:
    return Response(
        code=200,
        body=b"data: 1\n\ndata: 2\n\n",
        chunks=tuple(Chunk(size=size, gap=0.0) for size in sizes),
    )


def test_recorded_chunks_are_given_as_they_came():
    response = answer(4, 12, 0, 2)
    assert streams.recorded(response) == [b"data", b": 1\n\ndata: 2", b"", b"\n\n"]
    assert streams.chunks(response) == streams.recorded(response)


@pytest.mark.parametrize("sizes", [(4, 13), (4, 15), (20, -2), ()])
def test_chunks_that_do_not_add_up_are_not_used(sizes):
    assert streams.recorded(answer(*sizes)) is None
    assert streams.chunks(answer(*sizes)) == [b"data: 1\n\n", b"data: 2\n\n"]


@pytest.mark.parametrize("sizes", [[], [0], [3], [1, 2], [1, 0, 2], [2], [4], [4, -1]])
def test_by_sizes_cuts_what_they_add_up_to(sizes):
    fits = sum(sizes) == 3 and min(sizes) >= 0
    pieces = streams.by_sizes(b"abc", sizes)
    assert (pieces is not None) == fits
    assert not fits or [len(piece) for piece in pieces] == sizes


def test_nothing_recorded_is_none():
    assert streams.recorded(Response(code=200, body=b"x")) is None


def test_an_empty_body_recorded_without_chunks_has_none():
    assert streams.recorded(Response(code=204, chunks=())) == []
