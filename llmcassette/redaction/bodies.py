"""Edits a body, also one that is compressed or framed with checksums."""

from __future__ import annotations

import base64
import binascii
import gzip
import re
import zlib
from typing import TYPE_CHECKING, Final, NamedTuple

from llmcassette.redaction.documents import BodyKind, body_kind
from llmcassette.redaction.edits import Edit, apply_edits, merged
from llmcassette.streams import EventStreamError, encode_message, eventstream_messages

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from llmcassette.streams import EventStreamMessage

__all__ = ["edit_body"]

MAX_INFLATED: Final = 256 * 1024 * 1024
"""Bytes. Larger bodies are not decompressed, and treated as binary."""


class Frame(NamedTuple):
    """One frame of Amazon's event stream.

    Attributes:
        inner: its JSON.
        in_bytes: where the Base64 of that JSON is in the frame's payload, if it is encoded.
    """

    message: EventStreamMessage
    inner: bytes
    in_bytes: re.Match[bytes] | None


def edit_body(
    body: bytes, content_type: str, find: Callable[[bytes, BodyKind], Iterable[Edit]]
) -> list[Edit]:
    """The edits to make in a body, sorted.

    Args:
        body: as stored, that is possibly compressed or framed.
        content_type: of the message.
        find: returns the edits of a text, which is decompressed and without frames, given its kind.
            That is ``binary`` or ``eventstream`` if the body cannot be unpacked.

    Returns:
        Edits of ``body`` itself.
    """
    kind = body_kind(body, content_type)
    if kind == "gzip":
        inflated = inflate(body)
        if inflated is None:
            return merged(find(body, "binary"))
        edits = edit_body(inflated, content_type, find)
        if not edits:
            return []
        deflated = gzip.compress(apply_edits(inflated, edits), mtime=0)
        return [Edit(0, len(body), deflated)]
    if kind == "eventstream":
        try:
            frames = [unwrap(message) for message in eventstream_messages(body)]
        except EventStreamError:
            return merged(find(body, "eventstream"))
        return frame_edits(frames, find)
    return merged(find(body, kind))


def inflate(body: bytes) -> bytes | None:
    """All members of a gzip body decompressed; ``None`` if it is cut, broken or too large."""
    inflated: list[bytes] = []
    room = MAX_INFLATED
    while body:
        member = zlib.decompressobj(wbits=31)
        try:
            inflated.append(member.decompress(body, room))
        except zlib.error:
            return None
        room -= len(inflated[-1])
        if not member.eof or not room:
            return None
        body = member.unused_data
    return b"".join(inflated)


IN_BYTES = re.compile(rb'\{\s*"bytes"\s*:\s*"([A-Za-z0-9+/=]+)"')
"""An event of InvokeModelWithResponseStream: ``{"bytes": "<base64>", "p": "<padding>"}``."""


def unwrap(message: EventStreamMessage) -> Frame:
    in_bytes = IN_BYTES.match(message.payload)
    if in_bytes is not None:
        try:
            return Frame(message, line(base64.b64decode(in_bytes[1], validate=True)), in_bytes)
        except binascii.Error:
            in_bytes = None
    return Frame(message, line(message.payload), in_bytes)


def line(text: bytes) -> bytes:
    """JSON on one line, so that the frames together are NDJSON."""
    return text.replace(b"\n", b" ").replace(b"\r", b" ")


def frame_edits(
    frames: list[Frame], find: Callable[[bytes, BodyKind], Iterable[Edit]]
) -> list[Edit]:
    """An edit for each changed frame: the whole frame, with new checksums."""
    text = b"\n".join(frame.inner for frame in frames)
    wanted = merged(find(text, "ndjson"))
    edits = []
    start = 0
    for frame in frames:
        end = start + len(frame.inner)
        within = [
            Edit(edit.start - start, edit.end - start, edit.text)
            for edit in wanted
            if start <= edit.start and edit.end <= end
        ]
        if within:
            offset = frame.message.offset
            edits.append(Edit(offset, offset + frame.message.size, rewrap(frame, within)))
        start = end + 1
    return edits


def rewrap(frame: Frame, edits: list[Edit]) -> bytes:
    payload = apply_edits(frame.inner, edits)
    if frame.in_bytes is not None:
        before, behind = frame.in_bytes.span(1)
        old = frame.message.payload
        payload = old[:before] + base64.b64encode(payload) + old[behind:]
    return encode_message(frame.message.headers, payload)
