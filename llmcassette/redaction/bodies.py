"""Edits a body, also one that is compressed or framed with checksums."""

from __future__ import annotations

import base64
import binascii
import re
from typing import TYPE_CHECKING, NamedTuple

from llmcassette.redaction.charsets import is_utf8, transcoded
from llmcassette.redaction.compression import has_mark, pack, unpack
from llmcassette.redaction.documents import GZIP_MAGIC, BodyKind, body_kind, parts
from llmcassette.redaction.edits import Edit, apply_edits, merged
from llmcassette.streams import EventStreamError, encode_message, eventstream_messages
from llmcassette.streams.codings import gunzip

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from llmcassette.streams import EventStreamMessage
    from llmcassette.streams.bounds import Bounds

__all__ = ["edit_body"]


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
    body: bytes,
    content_type: str,
    find: Callable[[bytes, BodyKind], Iterable[Edit]],
    bounds: Bounds,
    coded: int | None = None,
) -> list[Edit]:
    """The edits to make in a body, sorted.

    Args:
        body: as stored, that is possibly compressed, framed, or in another encoding than UTF-8.
        content_type: of the message.
        find: returns the edits of a text in UTF-8, which is decompressed and without frames, given
            its kind. That is ``binary`` or ``eventstream`` if the body can't be unpacked; it
            returns none for these.
        bounds: how much a compressed body may decode to.
        coded: the size that its ratio is taken of, where ``body`` itself was decoded.

    Returns:
        Edits of ``body`` itself.

    Raises:
        ExpandsError: it decodes to more than ``bounds``.
    """
    other = transcoded(body, content_type)
    if other is None:
        return edit_as_it_is(body, content_type, find, bounds, coded)
    edits = other.edits(edit_text(other.text, content_type, find, bounds))
    left = apply_edits(body, edits)  # its encoding may be named wrongly, or hold another text
    others = edit_as_it_is(left, content_type, find, bounds, coded)
    if not (edits and others):
        return edits or others
    return [Edit(0, len(body), apply_edits(left, others))]


def edit_as_it_is(
    body: bytes,
    content_type: str,
    find: Callable[[bytes, BodyKind], Iterable[Edit]],
    bounds: Bounds,
    coded: int | None,
) -> list[Edit]:
    """The edits to make in a body that is UTF-8, compressed, framed or binary."""
    if is_utf8(body):
        return edit_text(body, content_type, find, bounds)
    coded = len(body) if coded is None else coded
    packed = unpack(body, bounds, coded)
    if packed is not None:
        edits = edit_body(packed.content, content_type, find, bounds, coded)
        if edits:
            return [Edit(0, len(body), pack(apply_edits(packed.content, edits), packed))]
        if has_mark(body):
            return []
    elif body.startswith(GZIP_MAGIC):
        content = gunzip(body, bounds, coded, cut=True) or b""
        return merged([*find(content, "binary"), *find(body, "binary")])
    return edit_text(body, content_type, find, bounds)


def edit_text(
    text: bytes,
    content_type: str,
    find: Callable[[bytes, BodyKind], Iterable[Edit]],
    bounds: Bounds,
) -> list[Edit]:
    kind = body_kind(text, content_type)
    if kind == "eventstream":
        try:
            frames = [unwrap(message) for message in eventstream_messages(text)]
        except EventStreamError:
            return merged(find(text, "eventstream"))
        return frame_edits(frames, find)
    edits = [*find(text, kind)]
    for part in parts(text) if kind == "multipart" else ():
        content = text[part.start : part.end]
        if not is_utf8(content) and unpack(content, bounds, len(text)):
            edits += [
                Edit(part.start + edit.start, part.start + edit.end, edit.text)
                for edit in edit_body(content, "", find, bounds, len(text))
            ]
    return merged(edits)


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
