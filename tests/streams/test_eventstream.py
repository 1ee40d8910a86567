"""Amazon's event stream frames: cut, verified, parsed and encoded."""

import json
import struct
from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID
from zlib import crc32

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmcassette import streams
from llmcassette.streams import EventStreamError, EventStreamMessage
from tests.corpus import needs_corpus
from tests.streams.bodies import answers

AWS = "application/vnd.amazon.eventstream"

EMPTY = bytes.fromhex("000000100000000005c248eb7d98c8ff")
"""The specification's example of a message without headers and payload."""

HEADERS = st.dictionaries(
    st.text(st.characters(codec="ascii"), max_size=20),
    st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.binary(max_size=40)
    | st.text(max_size=40)
    | st.uuids()
    | st.datetimes(timezones=st.just(UTC)).map(
        lambda when: when.replace(microsecond=when.microsecond // 1000 * 1000)
    ),
    max_size=5,
)


def frame(headers: bytes, payload: bytes = b"") -> bytes:
    """A frame around a raw block of headers."""
    prelude = struct.pack(">II", 16 + len(headers) + len(payload), len(headers))
    message = prelude + struct.pack(">I", crc32(prelude)) + headers + payload
    return message + struct.pack(">I", crc32(message))


def problem(body: bytes) -> str:
    with pytest.raises(EventStreamError) as caught:
        list(streams.eventstream_messages(body))
    return str(caught.value)


def test_the_smallest_message_is_the_specifications():
    assert streams.encode_message({}, b"") == EMPTY
    assert list(streams.eventstream_messages(EMPTY)) == [EventStreamMessage({}, b"", 0, 16)]


@settings(max_examples=100)
@given(HEADERS, st.binary(max_size=100))
def test_a_message_read_is_the_message_written(headers, payload):
    body = EMPTY + streams.encode_message(headers, payload)
    _, message = streams.eventstream_messages(body)
    assert message == EventStreamMessage(headers, payload, 16, len(body) - 16)
    assert {name: type(value) for name, value in message.headers.items()} == {
        name: type(value) for name, value in headers.items()
    }


def test_numbers_of_every_width_are_read():
    block = b"\x01a\x02\xff" + b"\x01b\x03\xff\xfe" + b"\x01c\x04\xff\xff\xff\xfd"
    block += b"\x01d\x05" + b"\xff" * 7 + b"\xfc"
    (message,) = streams.eventstream_messages(frame(block))
    assert message.headers == {"a": -1, "b": -2, "c": -3, "d": -4}


def test_a_timestamp_is_in_milliseconds_and_utc():
    when = datetime(2026, 11, 5, 14, 30, 0, 123999, tzinfo=timezone(timedelta(hours=2)))
    (message,) = streams.eventstream_messages(streams.encode_message({"at": when}, b""))
    assert message.headers == {"at": datetime(2026, 11, 5, 12, 30, 0, 123000, tzinfo=UTC)}


def test_each_frame_is_a_chunk():
    one = streams.encode_message({":event-type": "chunk"}, b'{"a":1}')
    assert streams.split(one + EMPTY + one, AWS) == [one, EMPTY, one]


@pytest.mark.parametrize(
    "rest", [EMPTY[:5], EMPTY[:-1], b"\x01" + EMPTY[1:], frame(b"")[:8] + b"\0\0\0\0" + EMPTY]
)
def test_a_frame_that_is_cut_or_broken_is_one_chunk_with_all_behind_it(rest):
    assert streams.split(EMPTY + rest, AWS) == [EMPTY, rest]


def test_a_changed_payload_moves_no_cut():
    changed = streams.encode_message({}, b"secret").replace(b"secret", b"......")
    assert streams.split(changed + EMPTY, AWS) == [changed, EMPTY]


def test_messages_before_the_broken_one_are_given():
    messages = streams.eventstream_messages(EMPTY + b"\0\0")
    assert next(messages).size == 16
    with pytest.raises(EventStreamError) as caught:
        next(messages)
    assert caught.value.offset == 16
    assert str(caught.value) == (
        "event stream frame at byte 16: cut after 2 of the 12 bytes of its prelude"
    )


def test_a_cut_message_says_how_much_is_there():
    assert problem(EMPTY[:-1]) == "event stream frame at byte 0: cut after 15 of 16 bytes"


def test_a_wrong_checksum_is_named():
    assert problem(EMPTY[:8] + bytes(4) + EMPTY[12:]) == (
        "event stream frame at byte 0: the prelude checksum is 00000000, but should be 05c248eb"
    )
    assert problem(EMPTY[:-4] + bytes(4)) == (
        "event stream frame at byte 0: the message checksum is 00000000, but should be 7d98c8ff"
    )


def test_a_frame_too_short_for_its_headers_is_named():
    prelude = struct.pack(">II", 16, 1)
    assert problem(prelude + struct.pack(">I", crc32(prelude)) + bytes(4)) == (
        "event stream frame at byte 0: 16 bytes are too short for 1 bytes of headers"
    )


@pytest.mark.parametrize(
    ("block", "reason"),
    [
        (b"\x09a", "9 bytes expected, 1 left"),
        (b"\x01a", "index out of range"),
        (b"\x01a\x0a", "unknown type 10"),
        (b"\x01a\x07\0\5ab", "5 bytes expected, 2 left"),
        (b"\x01a\x07\0", "unpack_from requires"),
        (b"\x01a\x07\0\1\xff", "can't decode byte 0xff"),
        (b"\x01a\x09" + bytes(15), "16 bytes expected, 15 left"),
        (b"\x01a\x08\x7f" + bytes(7), "too large"),
        (b"\x01a\x08\0\x01" + bytes(6), "date value out of range"),
    ],
)
def test_headers_that_cannot_be_read_are_an_error_with_the_reason(block, reason):
    message = problem(frame(block))
    assert message.startswith("event stream frame at byte 0: invalid headers (")
    assert reason in message


@pytest.mark.parametrize(
    "headers",
    [
        {"n" * 256: True},
        {"n": 2**63},
        {"n": "x" * 65536},
        {"n": b"x" * 65536},
        {"n": datetime(2026, 1, 1)},
    ],
    ids=["name", "number", "text", "bytes", "naive datetime"],
)
def test_a_header_the_format_cannot_hold_is_refused(headers):
    with pytest.raises(ValueError, match=r"a header"):
        streams.encode_message(headers, b"")


def test_a_uuid_is_sixteen_bytes():
    uuid = UUID(int=1)
    assert streams.encode_message({"u": uuid}, b"")[12:-4] == b"\x01u\x09" + bytes(15) + b"\x01"


@needs_corpus
def test_recorded_bedrock_streams_read_and_write_back_to_the_byte():
    bodies = [answer.body for answer in answers() if answer.content_type == AWS]
    assert len(bodies) >= 6
    for body in bodies:
        messages = list(streams.eventstream_messages(body))
        chunks = streams.split(body, AWS)
        assert len(chunks) == len(messages) > 1
        assert [streams.encode_message(m.headers, m.payload) for m in messages] == chunks
        assert all(isinstance(json.loads(message.payload), dict) for message in messages)
