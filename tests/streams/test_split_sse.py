"""An SSE body is cut after each event; the pieces joined are the body."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from openai._streaming import SSEDecoder

from llmcassette import streams
from tests.streams.bodies import answers

SSE = "text/event-stream"

LINES = st.sampled_from(
    [
        b"data: x",
        b"data",
        b"data:",
        b"event: ping",
        b"id: 1",
        b"retry: 10",
        b": note",
        b":",
        b"unknown: x",
        b"database: x",
        b"\xff",
        b"",
        b"",
    ]
)
NEWLINES = st.sampled_from([b"\n", b"\r\n", b"\r"])
BODIES = st.builds(
    lambda bom, lines, end: bom + b"".join(line + newline for line, newline in lines) + end,
    st.sampled_from([b"", b"\xef\xbb\xbf"]),
    st.lists(st.tuples(LINES, NEWLINES), max_size=12),
    st.sampled_from([b"", b"data: cut", b": cut", b"da"]),
)


def blank_lines_that_end_an_event(body: bytes) -> int:
    """Counted line by line, as WHATWG HTML reads the stream."""
    found = 0
    pending = False
    for line in body.removeprefix(b"\xef\xbb\xbf").splitlines():
        if not line:
            found += pending
            pending = False
        elif line.partition(b":")[0] in (b"data", b"event", b"id", b"retry"):
            pending = True
    return found


@pytest.mark.parametrize("newline", [b"\n", b"\r\n", b"\r"], ids=["LF", "CRLF", "CR"])
def test_an_event_ends_with_its_blank_line(newline):
    body = newline.join([b"event: a", b"data: 1", b"", b"data: 2", b"data: 3", b"", b""])
    assert streams.split(body, SSE) == [
        newline.join([b"event: a", b"data: 1", b"", b""]),
        newline.join([b"data: 2", b"data: 3", b"", b""]),
    ]


@pytest.mark.parametrize(
    ("body", "chunks"),
    [
        (b"data: 1\r\n\ndata: 2\n\r\ndata: 3\r\rdata: 4\n\rdata: 5\n\n", 5),
        (b"data: 1\r\ndata: still 1\r\n\r\n", 1),
    ],
)
def test_line_ends_may_be_mixed(body, chunks):
    assert len(streams.split(body, SSE)) == chunks


def test_comments_and_stray_blank_lines_stay_with_the_event_they_precede():
    assert streams.split(b": hello\n\n\ndata: 1\n\n\n: wait\n\ndata: 2\n\n", SSE) == [
        b": hello\n\n\ndata: 1\n\n",
        b"\n: wait\n\ndata: 2\n\n",
    ]


def test_comments_and_blank_lines_behind_the_last_event_stay_with_it():
    assert streams.split(b"data: 1\n\ndata: 2\n\n\n: bye\n\n", SSE) == [
        b"data: 1\n\n",
        b"data: 2\n\n\n: bye\n\n",
    ]


def test_an_event_that_was_cut_off_is_the_last_chunk():
    assert streams.split(b"data: 1\n\ndata: 2\n", SSE) == [b"data: 1\n\n", b"data: 2\n"]
    assert streams.split(b"data: 1\n\n: note\nda", SSE) == [b"data: 1\n\n", b": note\nda"]


def test_an_event_without_data_is_a_chunk():
    assert streams.split(b"retry: 10\n\nevent: end\n\n", SSE) == [
        b"retry: 10\n\n",
        b"event: end\n\n",
    ]


def test_a_field_that_is_none_of_the_formats_own_makes_no_event():
    assert streams.split(b"database: 1\n\ndata: 1\n\n", SSE) == [b"database: 1\n\ndata: 1\n\n"]


def test_a_byte_order_mark_belongs_to_the_first_event():
    assert streams.split(b"\xef\xbb\xbfdata: 1\n\ndata: 2\n\n", SSE) == [
        b"\xef\xbb\xbfdata: 1\n\n",
        b"data: 2\n\n",
    ]


def test_a_body_of_comments_only_is_one_chunk():
    assert streams.split(b": a\n\n: b\n\n", SSE) == [b": a\n\n: b\n\n"]


def test_a_json_error_answered_as_an_event_stream_is_one_chunk():
    body = b'\n{"error": {"message": "x\\n\\n"},\n\n"data": 1}\n\n'
    assert streams.kind(body, SSE) == "json"
    assert streams.split(body, SSE) == [body]


def test_an_empty_body_has_no_chunks():
    assert streams.split(b"", SSE) == []
    assert streams.split(b"") == []


def test_line_separators_of_unicode_end_no_line():
    body = "data: a\u2028\u2028b\x85\x85c\n\n".encode()
    assert streams.split(body, SSE) == [body]


@settings(max_examples=300)
@given(BODIES)
@example(b"data: x\r\n")
def test_the_chunks_joined_are_the_body_and_none_is_empty(body):
    chunks = streams.split(body, SSE)
    assert b"".join(chunks) == body
    assert all(chunks)


@settings(max_examples=300)
@given(BODIES)
def test_every_chunk_but_perhaps_the_last_ends_exactly_one_event(body):
    *complete, last = streams.split(body, SSE) or [b""]
    assert all(chunk.endswith((b"\n\n", b"\r\n", b"\r\r", b"\n\r")) for chunk in complete)
    for chunk in complete:
        assert blank_lines_that_end_an_event(chunk) == 1
    assert blank_lines_that_end_an_event(last) <= 1
    assert blank_lines_that_end_an_event(body) == sum(
        map(blank_lines_that_end_an_event, [*complete, last])
    )


@settings(max_examples=200)
@given(BODIES, BODIES.filter(lambda body: not body.startswith(b"\xef")))
def test_what_follows_does_not_move_the_cuts_before(body, more):
    complete = streams.split(body, SSE)[:-1]
    assert streams.split(body + more, SSE)[: len(complete)] == complete


@settings(max_examples=100)
@given(BODIES)
def test_a_chunk_cannot_be_cut_again(body):
    for chunk in streams.split(body, SSE):
        assert streams.split(chunk, SSE) == [chunk]


def test_every_recorded_stream_has_as_many_chunks_as_events():
    seen = 0
    for answer in answers():
        if streams.kind(answer.body, answer.content_type) == "sse":
            seen += 1
            chunks = streams.split(answer.body, answer.content_type)
            events = [
                event
                for event in SSEDecoder().iter_bytes(iter([answer.body]))
                if event.data or event.event
            ]
            assert b"".join(chunks) == answer.body, answer[:2]
            assert len(chunks) == len(events), answer[:2]
    assert seen


@pytest.mark.parametrize("line", [b"data: x\n", b": note\n", b"\n", b"\r", b"id\r\n"])
def test_a_long_body_without_an_event_end_takes_linear_time(line):
    body = line * 1_000_000
    assert streams.split(body, SSE) == [body]


def test_a_long_event_that_was_cut_takes_linear_time():
    whole, cut = b"data: x\n\n", b"event: data:image/png\n" * 1_000_000
    assert streams.split(whole + cut, SSE) == [whole, cut]


LINES = st.lists(st.sampled_from([b"data: a", b"data:", b"event: e", b": c", b"id: 1", b" x", b""]))


@settings(max_examples=300)
@given(LINES, st.integers(0, 9))
@example([b"data: a", b"", b"data: b", b""], 8)
@example([b"data: a", b"", b"", b"data: b", b""], 8)
@example([b"data: a", b"event: e", b"", b"data: b", b""], 8)
def test_an_indented_body_is_cut_as_the_body_is_or_not_at_all(lines, margin):
    body = b"".join(line + b"\n" for line in lines)
    text = b"".join(b" " * margin * bool(line) + line + b"\n" for line in lines)

    pieces = streams.split_indented(b"before\n" + text + b"behind", 7, 7 + len(text), margin)

    assert pieces in (None, streams.split(body, SSE))


def test_an_indented_body_of_data_lines_is_cut_without_a_copy_of_it():
    text = b"    data: a\n\n    data: b\n\n"

    assert streams.split_indented(text, 0, len(text), 4) == [b"data: a\n\n", b"data: b\n\n"]
