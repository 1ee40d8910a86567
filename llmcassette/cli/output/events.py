"""``inspect --events``: every event of an answer, where it stands and when it came."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING

from llmcassette.cli.output.lines import printable
from llmcassette.cli.output.plain_http import hexadecimal, text_of
from llmcassette.streams import (
    EventStreamError,
    eventstream_messages,
    kind,
    ndjson_lines,
    split,
    sse_events,
)
from llmcassette.streams.cuts import recorded

if TYPE_CHECKING:
    from collections.abc import Iterator

    from llmcassette.model import Response

__all__ = ["Event", "events"]


@dataclass(frozen=True, slots=True)
class Event:
    """One event of a body.

    Attributes:
        offset: of its first byte in the body.
        size: in bytes.
        name: the event's type; empty where it has none.
        data: what it carries, as text.
        seconds: since the request, when its last byte came; ``None`` where that is not known.
    """

    offset: int
    size: int
    name: str
    data: str
    seconds: float | None


def events(response: Response) -> list[Event]:
    """The events of a body; a body that is no stream is one, an empty one none.

    What is cut off or broken at the end is an event named ``(incomplete)``.
    """
    arrival = Arrival(response)
    found = [
        Event(offset, size, name, data, arrival.at(offset + size))
        for offset, size, name, data in read(response)
    ]
    body = response.body
    end = found[-1].offset + found[-1].size if found else 0
    if end < len(body):
        rest = body[end:]
        data = text_of(rest) or hexadecimal(rest)
        name = "(incomplete)" if found or streamed(response) else ""
        found.append(Event(end, len(body) - end, name, data, arrival.at(len(body))))
    return found


def streamed(response: Response) -> bool:
    return len(split(response.body, response.headers.get("content-type"))) > 1


def read(response: Response) -> Iterator[tuple[int, int, str, str]]:
    body = response.body
    match kind(body, response.headers.get("content-type")):
        case "sse":
            for event in sse_events(body):
                name = "" if event.event == "message" else event.event
                yield event.offset, event.size, printable(name), event.data
        case "ndjson":
            for line in ndjson_lines(body):
                yield line.offset, line.size, "", line.data.decode("utf-8", "replace")
        case "eventstream":
            yield from frames(body)
        case _:
            return


def frames(body: bytes) -> Iterator[tuple[int, int, str, str]]:
    try:
        for frame in eventstream_messages(body):
            name = frame.headers.get(":event-type") or frame.headers.get(":exception-type") or ""
            data = frame.payload.decode("utf-8", "replace")
            yield frame.offset, frame.size, printable(str(name)), data
    except EventStreamError:
        return


class Arrival:
    """When each byte of a body came, where that was recorded."""

    def __init__(self, response: Response) -> None:
        chunks = response.chunks if recorded(response) is not None else None
        self._ends = list(accumulate(chunk.size for chunk in chunks or ()))
        gaps = (chunk.gap for chunk in chunks or ())
        self._times = list(accumulate(gaps, initial=response.duration))[1:]

    def at(self, end: int) -> float | None:
        """Seconds since the request when all before that offset was there."""
        chunk = bisect_left(self._ends, end)
        return self._times[chunk] if chunk < len(self._times) else None
