"""The chunks in which a body arrived, as one line of text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmcassette.formats.chunks import format_chunks, parse_chunks, parse_sizes
from llmcassette.model import Chunk
from tests.formats.strategies import chunks


def test_bytes_at_seconds():
    assert format_chunks([Chunk(312, 0.213), Chunk(87, 0.011), Chunk(40, 2)]) == (
        "312@0.213 87@0.011 40@2"
    )


def test_equal_neighbours_are_counted():
    assert format_chunks([Chunk(5, 0.0)] * 3 + [Chunk(5, 1e-6)]) == "5x3@0 5@0.000001"


def test_gaps_are_rounded_to_microseconds_and_never_negative():
    assert format_chunks([Chunk(1, 0.12345678), Chunk(1, -0.5), Chunk(1, 120.0)]) == (
        "1@0.123457 1@0 1@120"
    )


def test_no_chunks_is_no_text():
    assert format_chunks([]) == ""
    assert parse_chunks("") == ()


@given(st.lists(chunks))
def test_every_line_reads_back(found):
    assert parse_chunks(format_chunks(found)) == tuple(found)


@pytest.mark.parametrize(
    "word",
    ["5", "@1", "5@", "5@-1", "5@1s", "-5@1", "5x@1", "5x0@1", "5@1.1234567", "5@1e3", "٥@1"],
)
def test_no_chunk(word):
    with pytest.raises(ValueError, match=r"is not a chunk; write bytes@seconds, for example 312"):
        parse_chunks(f"1@0 {word} 1@0")


def test_a_line_cannot_ask_for_boundless_memory():
    with pytest.raises(ValueError, match=r"^stands for more than 10000000 chunks$"):
        parse_chunks(" ".join(["1x9999999@0"] * 100))


@pytest.mark.parametrize("chunk", [Chunk(-1, 0), Chunk(1, float("nan")), Chunk(1, float("inf"))])
def test_what_is_no_chunk_is_not_written(chunk):
    with pytest.raises(ValueError, match=r"s is not a chunk$"):
        format_chunks([chunk])


@given(st.lists(chunks, min_size=1))
def test_sizes_alone_read_back(found):
    assert parse_sizes(format_chunks(found)) == [chunk.size for chunk in found]


@pytest.mark.parametrize(
    "line",
    ["", " 1@0", "1@0 ", "1@0  1@0", "1@0\n1@0", "5", "@1", "5@", "5@-1", "5x@1", "5x0@1", "٥@1"],
)
def test_sizes_alone_are_read_only_from_a_line_as_it_is_written(line):
    with pytest.raises(ValueError, match=r"is not as format_chunks writes it$"):
        parse_sizes(line)


def test_sizes_alone_may_not_begin_with_a_zero():
    with pytest.raises(ValueError, match="leading zero"):
        parse_sizes("007@1")


def test_sizes_alone_cannot_ask_for_boundless_memory_either():
    with pytest.raises(ValueError, match=r"^stands for more than 10000000 chunks$"):
        parse_sizes(" ".join(["1x9999999@0"] * 100))
