"""NDJSON is cut after each line."""

from hypothesis import given
from hypothesis import strategies as st

from llmcassette import streams
from llmcassette.streams import NdjsonLine

NDJSON = "application/x-ndjson"


def test_a_line_is_a_chunk_with_its_end():
    assert streams.split(b'{"a":1}\n{"a":2}\r\n{"a":3}', NDJSON) == [
        b'{"a":1}\n',
        b'{"a":2}\r\n',
        b'{"a":3}',
    ]


def test_a_final_line_end_opens_no_empty_chunk():
    assert streams.split(b"{}\n", NDJSON) == [b"{}\n"]
    assert streams.split(b"", NDJSON) == []


def test_lines_have_their_place_and_blank_ones_are_left_out():
    assert list(streams.ndjson_lines(b'\n{"a":1} \r\n{"b":2}')) == [
        NdjsonLine(data=b'{"a":1}', offset=1, size=10),
        NdjsonLine(data=b'{"b":2}', offset=11, size=7),
    ]


@given(st.lists(st.sampled_from([b"{}", b"\n", b"\r", b"x"])).map(b"".join))
def test_the_chunks_joined_are_the_body_and_one_line_each(body):
    chunks = streams.split(body, NDJSON)
    assert b"".join(chunks) == body
    assert all(chunk.endswith(b"\n") and chunk.count(b"\n") == 1 for chunk in chunks[:-1])
