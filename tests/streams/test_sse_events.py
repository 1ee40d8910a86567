"""Events as WHATWG HTML interprets them, with their positions in the body."""

import json

import pytest
from hypothesis import given, settings
from openai._streaming import SSEDecoder

from llmcassette import streams
from llmcassette.streams import SseEvent
from tests.corpus import SAMPLES
from tests.streams.bodies import answers, read
from tests.streams.test_split_sse import BODIES


def only(body: bytes) -> SseEvent:
    (event,) = streams.sse_events(body)
    return event


def test_an_event_has_type_data_id_retry_and_place():
    body = b": hi\n\nevent: add\ndata: 1\nid: 7\nretry: 1500\n\ndata: 2\n\n"
    assert list(streams.sse_events(body)) == [
        SseEvent(event="add", data="1", id="7", retry=1500, offset=0, size=44),
        SseEvent(event="message", data="2", id="7", retry=None, offset=44, size=9),
    ]


@pytest.mark.parametrize(
    ("lines", "data"),
    [
        (b"data: a\ndata: b\n\n", "a\nb"),
        (b"data:a\n\n", "a"),
        (b"data:  a \n\n", " a "),
        (b"data: a: b\n\n", "a: b"),
        (b"data\n\n", ""),
        (b"data:\ndata\n\n", "\n"),
        (b"other: x\ndata: a\n: note\n\n", "a"),
        ("data: é\u2028ü\n\n".encode(), "é\u2028ü"),
        (b"data: \xff\n\n", "\ufffd"),
        (b"\xef\xbb\xbfdata: a\n\n", "a"),
    ],
)
def test_data_lines_are_joined_and_lose_one_leading_space(lines, data):
    assert only(lines).data == data


def test_only_the_first_byte_order_mark_is_dropped():
    assert [event.data for event in streams.sse_events(b"data: 1\n\n\xef\xbb\xbfdata: 2\n\n")] == [
        "1"
    ]


def test_an_event_without_data_is_not_dispatched_and_its_type_is_forgotten():
    assert only(b"event: a\n\ndata: 1\n\n").event == "message"


def test_an_unfinished_event_is_not_dispatched():
    assert list(streams.sse_events(b"data: 1\n")) == []


@pytest.mark.parametrize("value", [b"", b"-1", b"1.5", b"1s", b"9" * 5000])
def test_a_retry_that_is_no_number_of_milliseconds_is_ignored(value):
    assert only(b"retry: " + value + b"\ndata: 1\n\n").retry is None


def test_an_id_with_a_null_is_ignored_and_an_empty_one_resets():
    body = b"id: 1\ndata: a\n\nid: 2\0\ndata: b\n\nid\ndata: c\n\n"
    assert [event.id for event in streams.sse_events(body)] == ["1", "1", ""]


@settings(max_examples=200)
@given(BODIES)
def test_an_events_place_is_a_chunk_of_split(body):
    chunks = streams.split(body, "text/event-stream")
    for event in streams.sse_events(body):
        assert body[event.offset : event.offset + event.size] in chunks


def test_recorded_streams_read_as_the_openai_sdk_reads_them():
    for answer in answers():
        if streams.kind(answer.body, answer.content_type) == "sse":
            expected = [
                (event.event or "message", event.data)
                for event in SSEDecoder().iter_bytes(iter([answer.body]))
                if event.data
            ]
            found = [(event.event, event.data) for event in streams.sse_events(answer.body)]
            assert found == expected, answer[:2]


def test_the_events_of_a_sample_are_json_but_for_the_last():
    for answer in read(SAMPLES / "tool_streaming.yaml"):
        *events, last = streams.sse_events(answer.body)
        assert all(isinstance(json.loads(event.data), dict) for event in events)
        assert last.data == "[DONE]"
