"""Server-sent events: WHATWG HTML, 9.2.5 (parsing) and 9.2.6 (interpretation)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["SseEvent", "split_indented", "split_sse", "sse_events"]

BOM: Final = b"\xef\xbb\xbf"
NEWLINE: Final = rb"(?>\r\n|\n|\r)"
BLOCK = re.compile(
    rb"(?:(?<![^\r\n])|(?<=\A" + BOM + rb"))"
    rb"(?:data|event|id|retry)(?![^:\r\n])[^\r\n]*+"
    rb"(?:" + NEWLINE + rb"[^\r\n]++)*+"
    rb"(" + NEWLINE + NEWLINE + rb")?"
)
"""From a line with a field to the blank line: group 1, which is missing where the body is cut.

It matches without group 1, too, so that the search in a cut body doesn't start again at each line.
"""
IDLE = re.compile(rb"(?:(?::[^\r\n]*+)?[\r\n])*+(?::[^\r\n]*+)?")
"""Comments and blank lines only."""

PLAIN_BLOCK = re.compile(rb"(?:data|event|id):.*+\n(?:.++\n)*+\n")
"""A simple block, as in most streams: its only line end is LF, and its blank line ends an event."""

PLAIN_START: Final = (b"data:", b"event:", b"id:")

MAX_RETRY_DIGITS: Final = 18


@dataclass(frozen=True, slots=True)
class SseEvent:
    """One event, as a browser's EventSource dispatches it.

    Attributes:
        event: its type; ``message`` by default.
        data: the data lines joined with LF; invalid UTF-8 becomes U+FFFD.
        id: the last id in the stream up to this event; empty if there was none.
        retry: reconnection time in milliseconds; ``None`` if this event has none.
        offset: byte offset in the body of the event's chunk (see ``split_sse``).
        size: bytes of that chunk.
    """

    event: str
    data: str
    id: str
    retry: int | None
    offset: int
    size: int


def split_sse(body: bytes) -> list[bytes]:
    """Cut an SSE body after the blank line that ends each event.

    Comments and extra blank lines belong to the next event; at the end of the body, to the last. An
    event that is cut off is the last chunk. A body without events is one chunk; an empty one has
    none.
    """
    if body.startswith(PLAIN_START) and b"\r" not in body:
        # Not beyond the last blank line: the search would start again at each line there.
        pieces: list[bytes] = PLAIN_BLOCK.findall(body, 0, body.rfind(b"\n\n") + 2)
        end = sum(map(len, pieces))
        if end == len(body):
            return pieces
        if body.startswith(PLAIN_START, end) and body.startswith(b"".join(pieces)):
            return [*pieces, body[end:]]
    cuts = [block.end() for block in BLOCK.finditer(body) if block[1]]
    if cuts and IDLE.fullmatch(body, cuts[-1]):
        cuts.pop()
    starts = [0, *cuts]
    ends = [*cuts, len(body)] if body else cuts
    return [body[start:end] for start, end in zip(starts, ends, strict=False)]


def split_indented(text: bytes, start: int, end: int, margin: int) -> list[bytes] | None:
    """Cut an SSE body that is still the text of a YAML literal block.

    Args:
        text: contains the block; has no CR.
        start: index of the block's first line.
        end: index after its last line.
        margin: indentation of its lines in bytes; empty lines have none.

    Returns:
        The result of ``split_sse`` for the body; ``None`` unless all events have one line.
    """
    indent = b" " * margin
    first = start + margin
    if text[start:first] != indent or not text.endswith(b"\n\n", first, end):
        return None
    lines = text[first : end - 2].rsplit(b"\n\n" + indent)  # twice as fast as split()
    if b"\n" in b"".join(lines) or min(lines) < b"data:" or max(lines) >= b"data;":
        return None
    return [line + b"\n\n" for line in lines]


def sse_events(body: bytes) -> Iterator[SseEvent]:
    """The events that WHATWG HTML dispatches: those that are complete and have data."""
    offset = 0
    last_id = ""
    for chunk in split_sse(body):
        event, data, retry = "", list[str](), None
        for line in (chunk if offset else chunk.removeprefix(BOM)).splitlines():
            name, value = field_of(line)
            if name == b"data":
                data.append(value.decode("utf-8", "replace"))
            elif name == b"event":
                event = value.decode("utf-8", "replace")
            elif name == b"id" and b"\0" not in value:
                last_id = value.decode("utf-8", "replace")
            elif name == b"retry" and value.isdigit() and len(value) <= MAX_RETRY_DIGITS:
                retry = int(value)
            elif not line:
                if data:
                    text = "\n".join(data)
                    yield SseEvent(event or "message", text, last_id, retry, offset, len(chunk))
                event, data, retry = "", [], None
        offset += len(chunk)


def field_of(line: bytes) -> tuple[bytes, bytes]:
    """Name and value of a line; the name is empty for a comment."""
    name, _, value = line.partition(b":")
    return name, value.removeprefix(b" ")
