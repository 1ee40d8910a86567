"""The events of an answer: offset, size, type, data, and time of arrival."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from typing import TYPE_CHECKING

from llmcassette.escaping import one_line
from llmcassette.review.arrivals import arrivals
from llmcassette.review.texts import body_text, hexadecimal
from llmcassette.streams import (
    EventStreamError,
    eventstream_messages,
    kind,
    ndjson_lines,
    split,
    sse_events,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from llmcassette.model import Response
    from llmcassette.review.arrivals import Arrival

__all__ = ["Event", "events"]


@dataclass(frozen=True, slots=True)
class Event:
    """One event of a body.

    Attributes:
        offset: of its first byte in the body.
        size: in bytes.
        name: its type; empty if it has none.
        data: its content, as text.
        seconds: from the request to its last byte; ``None`` if not recorded.
    """

    offset: int
    size: int
    name: str
    data: str
    seconds: float | None


def events(response: Response) -> list[Event]:
    """The events of a body. A body that is no stream is one event; an empty one has none.

    An incomplete or broken end is an event named ``(incomplete)``.
    """
    pieces = arrivals(response)
    found = [
        Event(offset, size, name, data, arrival_of(offset + size, pieces))
        for offset, size, name, data in parse_events(response)
    ]
    body = response.body
    end = found[-1].offset + found[-1].size if found else 0
    if end < len(body):
        rest = body[end:]
        streamed = len(split(body, response.headers.get("content-type"))) > 1
        name = "(incomplete)" if found or streamed else ""
        data = body_text(rest) or hexadecimal(rest)
        found.append(Event(end, len(rest), name, data, arrival_of(len(body), pieces)))
    return found


def parse_events(response: Response) -> Iterator[tuple[int, int, str, str]]:
    body = response.body
    match kind(body, response.headers.get("content-type")):
        case "sse":
            for event in sse_events(body):
                name = "" if event.event == "message" else event.event
                yield event.offset, event.size, one_line(name), event.data
        case "ndjson":
            for line in ndjson_lines(body):
                yield line.offset, line.size, "", line.data.decode("utf-8", "replace")
        case "eventstream":
            yield from eventstream_frames(body)
        case _:
            return


def eventstream_frames(body: bytes) -> Iterator[tuple[int, int, str, str]]:
    try:
        for frame in eventstream_messages(body):
            name = frame.headers.get(":event-type") or frame.headers.get(":exception-type") or ""
            data = frame.payload.decode("utf-8", "replace")
            yield frame.offset, frame.size, one_line(str(name)), data
    except EventStreamError:
        return


def arrival_of(end: int, pieces: list[Arrival]) -> float | None:
    """Seconds from the request until everything before an offset had arrived."""
    piece = bisect_left(pieces, end, key=lambda piece: piece.end)
    return pieces[piece].seconds if piece < len(pieces) else None
