"""Edits in a body, also where it is wrapped: compressed, or in frames with checksums."""

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
"""Bytes. What a compressed body inflates to beyond it is not looked at."""


class Frame(NamedTuple):
    """One frame of Amazon's event stream: its JSON, and where that was in Base64, if it was."""

    message: EventStreamMessage
    inner: bytes
    in_bytes: re.Match[bytes] | None


def edit_body(
    body: bytes, content_type: str, find: Callable[[bytes, BodyKind], Iterable[Edit]]
) -> list[Edit]:
    """The edits that ``find`` wants made in a body, in order, and of the body as it is stored.

    ``find`` is given the text (decompressed, without frames) and its kind: ``binary`` or
    ``eventstream`` where a body cannot be taken apart.
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
    """What a gzip body holds, all its members; ``None`` where it is cut, broken or too large."""
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
"""How InvokeModelWithResponseStream sends an event: ``{"bytes": "<base64>", "p": "<padding>"}``."""


def unwrap(message: EventStreamMessage) -> Frame:
    in_bytes = IN_BYTES.match(message.payload)
    if in_bytes is not None:
        try:
            return Frame(message, line(base64.b64decode(in_bytes[1], validate=True)), in_bytes)
        except binascii.Error:
            in_bytes = None
    return Frame(message, line(message.payload), in_bytes)


def line(text: bytes) -> bytes:
    """JSON on one line, so that frames make NDJSON; line ends outside strings mean nothing."""
    return text.replace(b"\n", b" ").replace(b"\r", b" ")


def frame_edits(
    frames: list[Frame], find: Callable[[bytes, BodyKind], Iterable[Edit]]
) -> list[Edit]:
    """Each frame in which something changes, encoded anew with its checksums."""
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
