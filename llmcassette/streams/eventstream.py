"""Amazon's event stream encoding (``application/vnd.amazon.eventstream``), used by Bedrock.

A frame consists of its length, the length of its headers, the CRC-32 of these eight bytes, headers,
payload, and the CRC-32 of everything before; numbers are big-endian. Source: "Event stream
encoding", Amazon Transcribe developer guide; and Smithy, "Amazon event stream specification".
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final
from uuid import UUID
from zlib import crc32

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = [
    "EventStreamError",
    "EventStreamMessage",
    "HeaderValue",
    "begins_with_frame",
    "encode_message",
    "eventstream_messages",
    "split_eventstream",
]

HeaderValue = bool | int | bytes | str | datetime | UUID

PRELUDE = struct.Struct(">III")
CHECKSUM = struct.Struct(">I")
OVERHEAD: Final = PRELUDE.size + CHECKSUM.size
"""Bytes of the smallest frame: no headers, no payload."""

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
MILLISECOND: Final = timedelta(milliseconds=1)

TRUE, FALSE, BYTE, SHORT, INTEGER, LONG, BYTES, STRING, TIMESTAMP, ID = range(10)
NUMBERS = {
    BYTE: struct.Struct(">b"),
    SHORT: struct.Struct(">h"),
    INTEGER: struct.Struct(">i"),
    LONG: struct.Struct(">q"),
    TIMESTAMP: struct.Struct(">q"),
}
LENGTH = struct.Struct(">H")


class EventStreamError(ValueError):
    """A frame is cut or broken. ``offset`` is its byte offset in the body."""

    def __init__(self, problem: str, offset: int) -> None:
        self.offset = offset
        super().__init__(f"event stream frame at byte {offset}: {problem}")


@dataclass(frozen=True, slots=True)
class EventStreamMessage:
    """One frame.

    Attributes:
        headers: by name, such as ``:event-type``. Numbers of all widths are ``int``; timestamps
            are aware ``datetime`` in UTC.
        payload: usually JSON.
        offset: byte offset of the frame in the body.
        size: bytes of the frame.
    """

    headers: dict[str, HeaderValue]
    payload: bytes
    offset: int
    size: int


def begins_with_frame(body: bytes) -> bool:
    """Whether a body starts with the prelude of a frame, including its checksum."""
    try:
        read_prelude(body, 0)
    except EventStreamError:
        return False
    return True


def split_eventstream(body: bytes) -> list[bytes]:
    """Cut after each frame.

    The rest from the first frame that is cut or has a broken prelude is the last chunk.
    """
    pieces = []
    start = 0
    while start < len(body):
        try:
            end = start + read_prelude(body, start)[0]
        except EventStreamError:
            end = len(body)
        pieces.append(body[start:end])
        start = end
    return pieces


def eventstream_messages(body: bytes) -> Iterator[EventStreamMessage]:
    """The frames of a body, with both checksums verified.

    Raises:
        EventStreamError: a frame is cut or broken; the frames before it are yielded first.
    """
    start = 0
    while start < len(body):
        length, headers_length = read_prelude(body, start)
        frame = body[start : start + length]
        if len(frame) < length:
            raise EventStreamError(f"cut after {len(frame)} of {length} bytes", start)
        verify(
            "message", frame[: -CHECKSUM.size], CHECKSUM.unpack(frame[-CHECKSUM.size :])[0], start
        )
        payload_at = PRELUDE.size + headers_length
        try:
            headers = read_headers(frame[PRELUDE.size : payload_at])
        except (ValueError, IndexError, struct.error, OverflowError) as error:
            raise EventStreamError(f"invalid headers ({error})", start) from error
        yield EventStreamMessage(headers, frame[payload_at : -CHECKSUM.size], start, length)
        start += length


def encode_message(headers: Mapping[str, HeaderValue], payload: bytes) -> bytes:
    """Encode a frame with valid checksums.

    An ``int`` takes 32 bits if it fits, else 64; a ``datetime`` is written in milliseconds.

    Raises:
        ValueError: a name or value is too long, a number too large, or a ``datetime`` naive.
    """
    try:
        block = b"".join(encode_header(name, value) for name, value in headers.items())
        prelude = struct.pack(">II", OVERHEAD + len(block) + len(payload), len(block))
    except struct.error as error:
        raise ValueError(f"a header does not fit the event stream format: {error}") from error
    message = prelude + CHECKSUM.pack(crc32(prelude)) + block + payload
    return message + CHECKSUM.pack(crc32(message))


def read_prelude(body: bytes, offset: int) -> tuple[int, int]:
    """Length of the frame at ``offset``, and of its headers. Verifies the prelude's checksum."""
    if len(body) - offset < PRELUDE.size:
        raise EventStreamError(
            f"cut after {len(body) - offset} of the {PRELUDE.size} bytes of its prelude", offset
        )
    length, headers_length, checksum = PRELUDE.unpack_from(body, offset)
    verify("prelude", body[offset : offset + 8], checksum, offset)
    if length < OVERHEAD + headers_length:
        raise EventStreamError(
            f"{length} bytes are too short for {headers_length} bytes of headers", offset
        )
    return length, headers_length


def verify(part: str, covered: bytes, checksum: int, offset: int) -> None:
    found = crc32(covered)
    if found != checksum:
        raise EventStreamError(
            f"the {part} checksum is {checksum:08x}, but should be {found:08x}", offset
        )


def read_headers(block: bytes) -> dict[str, HeaderValue]:
    headers: dict[str, HeaderValue] = {}
    at = 0
    while at < len(block):
        name, at = read_bytes(block, at + 1, block[at])
        headers[name.decode()], at = read_value(block, at + 1, block[at])
    return headers


def read_value(block: bytes, at: int, kind: int) -> tuple[HeaderValue, int]:
    """The value at ``at`` with type ``kind``, and the position after it."""
    if kind in (TRUE, FALSE):
        return kind == TRUE, at
    if kind in NUMBERS:
        number = NUMBERS[kind]
        value: int = number.unpack_from(block, at)[0]
        return EPOCH + value * MILLISECOND if kind == TIMESTAMP else value, at + number.size
    if kind in (BYTES, STRING):
        data, at = read_bytes(block, at + LENGTH.size, LENGTH.unpack_from(block, at)[0])
        return data if kind == BYTES else data.decode(), at
    if kind == ID:
        data, at = read_bytes(block, at, 16)
        return UUID(bytes=data), at
    raise ValueError(f"unknown type {kind}")


def read_bytes(block: bytes, at: int, length: int) -> tuple[bytes, int]:
    end = at + length
    if end > len(block):
        raise ValueError(f"{length} bytes expected, {len(block) - at} left")
    return block[at:end], end


def encode_header(name: str, value: HeaderValue) -> bytes:
    encoded = name.encode()
    return struct.pack(">B", len(encoded)) + encoded + encode_value(value)


def encode_value(value: HeaderValue) -> bytes:
    match value:
        case bool():
            return bytes([TRUE if value else FALSE])
        case int():
            kind = INTEGER if -(2**31) <= value < 2**31 else LONG
            return bytes([kind]) + NUMBERS[kind].pack(value)
        case bytes():
            return bytes([BYTES]) + LENGTH.pack(len(value)) + value
        case str():
            data = value.encode()
            return bytes([STRING]) + LENGTH.pack(len(data)) + data
        case datetime():
            if value.tzinfo is None:
                raise ValueError(f"a datetime in a header needs a time zone: {value}")
            return bytes([TIMESTAMP]) + NUMBERS[TIMESTAMP].pack((value - EPOCH) // MILLISECOND)
    return bytes([ID]) + value.bytes
