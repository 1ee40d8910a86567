"""Server-sent events, as WHATWG HTML reads them (9.2.5, parsing; 9.2.6, interpretation)."""

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
"""From a line with a field to the blank line, which is group 1 and missing where the body is cut.

It matches in any case, so that a cut body of many lines isn't tried again from each of them.
"""
IDLE = re.compile(rb"(?:(?::[^\r\n]*+)?[\r\n])*+(?::[^\r\n]*+)?")
"""Comments and blank lines only."""

PLAIN_BLOCK = re.compile(rb"(?:data|event|id):.*+\n(?:.++\n)*+\n")
"""A whole block as those of most streams are: where a body is made up of them, every blank line
ends an event. Its one line end is LF."""

PLAIN_START: Final = (b"data:", b"event:", b"id:")

MAX_RETRY_DIGITS: Final = 18


@dataclass(frozen=True, slots=True)
class SseEvent:
    """One event, as a browser's EventSource would dispatch it.

    Attributes:
        event: its type; ``message`` where the stream names none.
        data: the data lines joined with LF; invalid UTF-8 is replaced by U+FFFD.
        id: the last id the stream gave, in this event or before it; empty where none was.
        retry: milliseconds, where this event's block says so.
        offset: position of its chunk (as ``split_sse`` cuts) in the body, in bytes.
        size: bytes of that chunk.
    """

    event: str
    data: str
    id: str
    retry: int | None
    offset: int
    size: int


def split_sse(body: bytes) -> list[bytes]:
    """Cut an SSE body after each event, so after the blank line that ends it.

    Comments and stray blank lines stay with the event they precede, at the body's end with the
    last one. What then remains is an event that was cut off: a last chunk of its own. A body
    without any event is one chunk, an empty one none.
    """
    if body.startswith(PLAIN_START) and b"\r" not in body:
        # Behind the last blank line each line would be tried as the beginning of a block.
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
    """Cut an SSE body after each event while it still is the text of a YAML literal block.

    Args:
        text: where the block stands; it has no CR.
        start: index of the block's first line.
        end: index behind its last line.
        margin: how many bytes of space precede its lines, but for the empty ones.

    Returns:
        What ``split_sse`` gives for the body; ``None`` where not all of it is plainly events of a
        single line.
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
    """Every event of an SSE body that is complete and has data, as WHATWG HTML dispatches them."""
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
    """Name and value of a line; a comment's name is empty."""
    name, _, value = line.partition(b":")
    return name, value.removeprefix(b" ")
