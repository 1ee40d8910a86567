"""Amazon's event stream encoding (``application/vnd.amazon.eventstream``), as Bedrock answers.

A frame is, in big-endian numbers: its length, the length of its headers, the CRC-32 of these
eight bytes, headers, payload, and the CRC-32 of all before. Source: "Event stream encoding", Amazon
Transcribe developer guide; and Smithy, "Amazon event stream specification".
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
    """A frame that is cut or broken. ``offset`` is its position in the body, in bytes."""

    def __init__(self, problem: str, offset: int) -> None:
        self.offset = offset
        super().__init__(f"event stream frame at byte {offset}: {problem}")


@dataclass(frozen=True, slots=True)
class EventStreamMessage:
    """One frame.

    Attributes:
        headers: by name, such as ``:event-type``. Numbers of any width are ``int``, timestamps
            (milliseconds) aware ``datetime`` in UTC.
        payload: what it carries, JSON as a rule.
        offset: position of the frame in the body, in bytes.
        size: bytes of the frame.
    """

    headers: dict[str, HeaderValue]
    payload: bytes
    offset: int
    size: int


def begins_with_frame(body: bytes) -> bool:
    """Whether a body begins as an event stream does, by the checksum of the first prelude."""
    try:
        read_prelude(body, 0)
    except EventStreamError:
        return False
    return True


def split_eventstream(body: bytes) -> list[bytes]:
    """Cut after each frame, by the length in its prelude.

    A frame that is cut or whose prelude is broken, and all behind it, is the last chunk.
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
    """Every frame of a body, both checksums verified.

    Raises:
        EventStreamError: a frame is cut or broken; those before it have been yielded.
    """
    start = 0
    while start < len(body):
        length, headers_length = read_prelude(body, start)
        frame = body[start : start + length]
        if len(frame) < length:
            raise EventStreamError(f"cut, {len(frame)} of {length} bytes are there", start)
        verify(
            "message", frame[: -CHECKSUM.size], CHECKSUM.unpack(frame[-CHECKSUM.size :])[0], start
        )
        payload_at = PRELUDE.size + headers_length
        try:
            headers = read_headers(frame[PRELUDE.size : payload_at])
        except (ValueError, IndexError, struct.error, OverflowError) as error:
            raise EventStreamError(f"its headers cannot be read ({error})", start) from error
        yield EventStreamMessage(headers, frame[payload_at : -CHECKSUM.size], start, length)
        start += length


def encode_message(headers: Mapping[str, HeaderValue], payload: bytes) -> bytes:
    """One frame with valid checksums.

    An ``int`` is written with 32 bits where it fits, else with 64; a ``datetime`` as milliseconds.

    Raises:
        ValueError: a name or value is too long for the format, a number too large, or a
            ``datetime`` naive.
    """
    try:
        block = b"".join(encode_header(name, value) for name, value in headers.items())
        prelude = struct.pack(">II", OVERHEAD + len(block) + len(payload), len(block))
    except struct.error as error:
        raise ValueError(f"a header does not fit the event stream format: {error}") from error
    message = prelude + CHECKSUM.pack(crc32(prelude)) + block + payload
    return message + CHECKSUM.pack(crc32(message))


def read_prelude(body: bytes, offset: int) -> tuple[int, int]:
    """Length of the frame that begins at ``offset``, and of its headers; the checksum is right."""
    if len(body) - offset < PRELUDE.size:
        raise EventStreamError(
            f"cut, {len(body) - offset} of its first {PRELUDE.size} bytes are there", offset
        )
    length, headers_length, checksum = PRELUDE.unpack_from(body, offset)
    verify("prelude", body[offset : offset + 8], checksum, offset)
    if length < OVERHEAD + headers_length:
        raise EventStreamError(
            f"it is {length} bytes long, too short for {headers_length} bytes of headers", offset
        )
    return length, headers_length


def verify(part: str, covered: bytes, checksum: int, offset: int) -> None:
    found = crc32(covered)
    if found != checksum:
        raise EventStreamError(
            f"its {part} checksum is {checksum:08x}, but the bytes give {found:08x}", offset
        )


def read_headers(block: bytes) -> dict[str, HeaderValue]:
    headers: dict[str, HeaderValue] = {}
    at = 0
    while at < len(block):
        name, at = read_bytes(block, at + 1, block[at])
        headers[name.decode()], at = read_value(block, at + 1, block[at])
    return headers


def read_value(block: bytes, at: int, kind: int) -> tuple[HeaderValue, int]:
    """The value of a type that begins at ``at``, and where it ends."""
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
    raise ValueError(f"there is no type {kind}")


def read_bytes(block: bytes, at: int, length: int) -> tuple[bytes, int]:
    end = at + length
    if end > len(block):
        raise ValueError(f"{length} bytes announced, {len(block) - at} are there")
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
                raise ValueError(f"a header's datetime needs a time zone, and {value} has none")
            return bytes([TIMESTAMP]) + NUMBERS[TIMESTAMP].pack((value - EPOCH) // MILLISECOND)
    return bytes([ID]) + value.bytes
