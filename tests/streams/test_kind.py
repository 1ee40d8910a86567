"""The content type decides the format of a body; without one its bytes do."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmcassette import streams
from llmcassette.model import Headers, Response
from tests.corpus import needs_corpus
from tests.streams.bodies import answers

FRAME = streams.encode_message({}, b"{}")


@pytest.mark.parametrize(
    ("content_type", "expected"),
    [
        ("text/event-stream", "sse"),
        ("Text/Event-Stream;charset=UTF-8", "sse"),
        ("text/event-stream, text/event-stream", "sse"),
        ("application/x-ndjson", "ndjson"),
        ("application/jsonl", "ndjson"),
        ("application/stream+json", "ndjson"),
        ("application/vnd.amazon.eventstream", "eventstream"),
        ("application/json; charset=utf-8", "json"),
        ("application/problem+json", "json"),
        ("text/plain", "other"),
        ("image/png", "other"),
    ],
)
def test_the_content_type_decides(content_type, expected):
    assert streams.kind(b"anything\n\n", content_type) == expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"data: 1\n\n", "sse"),
        (b": note\n\ndata: 1\n\n", "sse"),
        (b"event: a\r\ndata: 1\r\n\r\n", "sse"),
        (b"\xef\xbb\xbfid: 1\rdata: 1\r\r", "sse"),
        (b"id: 1\nname: x\n", "other"),
        (b"data 1\n\n", "other"),
        (b'{"a": 1}\n{"a": 2}\n', "ndjson"),
        (b'{"a": 1}\r\n\r\n{"a": 2}', "ndjson"),
        (b'{"a": 1}\n', "json"),
        (b'{"a": {}}\nno\n{}', "json"),
        (b'{"a" 1}\n{"a": 2}', "json"),
        (b'{"a":' + b"[" * 100_000 + b"}\n{}", "json"),
        (b'{\n"a": 1\n}', "json"),
        (b"\n  [1, 2] \n", "json"),
        (FRAME, "eventstream"),
        (FRAME[:-1], "eventstream"),
        (FRAME[:11], "other"),
        (b"hello", "other"),
        (b"", "other"),
    ],
)
@pytest.mark.parametrize("content_type", [None, "", " "])
def test_without_a_content_type_the_shape_decides(body, expected, content_type):
    assert streams.kind(body, content_type) == expected


@given(
    st.binary(max_size=60),
    st.sampled_from(
        [
            None,
            "text/event-stream",
            "application/x-ndjson",
            "application/vnd.amazon.eventstream",
            "application/json",
        ]
    ),
)
def test_any_bytes_joined_are_the_body(body, content_type):
    assert b"".join(streams.split(body, content_type)) == body


def test_what_is_no_stream_is_one_chunk():
    assert streams.split(b'{"a":\n\n1}', "application/json") == [b'{"a":\n\n1}']
    assert streams.split(b"data: 1\n\ndata: 2\n\n", "text/plain") == [b"data: 1\n\ndata: 2\n\n"]


def test_a_response_is_cut_by_its_content_type():
    body = b"data: 1\n\ndata: 2\n\n"
    response = Response(code=200, headers=Headers({"Content-Type": "text/plain"}), body=body)
    assert streams.chunks(response) == [body]
    assert streams.chunks(Response(code=200, body=body)) == [b"data: 1\n\n", b"data: 2\n\n"]


@needs_corpus
def test_the_corpus_holds_streams_of_all_kinds():
    kinds = Counter(streams.kind(answer.body, answer.content_type) for answer in answers())
    assert kinds["sse"] >= 100
    assert kinds["eventstream"] >= 6
    assert kinds["ndjson"] >= 3
    assert kinds["json"] >= 250
