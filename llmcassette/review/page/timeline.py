"""A streamed answer as a timeline: each chunk where it arrived, and what it carried."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from dataclasses import dataclass
from itertools import pairwise
from math import log2
from statistics import median
from typing import TYPE_CHECKING, Final

from llmcassette.review.arrivals import arrivals
from llmcassette.review.events import events
from llmcassette.review.numbers import seconds, size
from llmcassette.review.page.carried import Content, carried
from llmcassette.review.page.passages import shown
from llmcassette.streams import kind

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from llmcassette.review.page.carried import Carried
    from llmcassette.review.parsed import ParsedInteraction

__all__ = ["Mark", "Timeline", "timeline"]

STREAMS: Final = frozenset({"sse", "ndjson", "eventstream"})
MOST_MARKS: Final = 1_500
"""Of one timeline; neighbours of a longer one are joined."""
MOST_TEXT: Final = 2_000
"""Characters of one mark."""
WIDTH, BASE, TALLEST = 1000, 52, 44
"""Of the drawing, in its own units: its width, the ground line, and the tallest mark."""
SHORTEST: Final = 6
LONG_GAP: Final = 6
"""A gap that is so many times the usual one, and a twentieth of the whole, is drawn."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A chunk; an event where no chunks were recorded.

    Attributes:
        seconds: from the request to its arrival; ``None`` if that was not recorded.
        size: in bytes.
        content: the kind of its first piece of the answer.
        text: what it carried of the answer.
    """

    seconds: float | None
    size: int
    content: Content
    text: str


@dataclass(frozen=True, slots=True)
class Gap:
    """A pause between two chunks, in units of the drawing."""

    x: float
    width: float


@dataclass(frozen=True, slots=True)
class Timeline:
    """A stream.

    Attributes:
        marks: for the script: milliseconds, size, kind and text of each.
        unit: what a mark is: ``chunk`` or ``event``.
        timed: whether the arrivals were recorded.
        paths: the drawing of the marks of each kind, as the ``d`` of an SVG path.
        first: where the first one that carried something stands; ``None`` if that is unknown.
        first_token: seconds to its arrival, likewise.
        waited: the width until the headers arrived.
        gaps: the long ones.
        facts: names and values, for the legend.
        start: the label of the drawing's left end.
        end: that of its right end.
    """

    marks: list[tuple[float | None, int, Content, str]]
    unit: str
    timed: bool
    paths: dict[Content, str]
    first: float | None
    first_token: float | None
    waited: float
    gaps: list[Gap]
    facts: list[tuple[str, str]]
    start: str
    end: str


def timeline(parsed: ParsedInteraction) -> Timeline | None:
    """The timeline of an answer; ``None`` if it is not streamed."""
    response = parsed.interaction.response
    if kind(response.body, response.headers.get("content-type")) not in STREAMS:
        return None
    marks = list(joined_marks(list(marks_of(parsed))))
    if not marks:
        return None
    times = [mark.seconds for mark in marks if mark.seconds is not None]
    timed = len(times) == len(marks)
    total = (times[-1] if timed else 0.0) or 1.0
    places = [WIDTH * at / total for at in times] if timed else evenly(len(marks))
    gaps = [b - a for a, b in pairwise(times)] if timed else []
    usual = median(gaps) if gaps else 0.0
    first = next((at for at, mark in enumerate(marks) if mark.text), None) if timed else None
    unit = "chunk" if timed else "event"
    return Timeline(
        [
            (None if m.seconds is None else round(m.seconds * 1000, 2), m.size, m.content, m.text)
            for m in marks
        ],
        unit,
        timed,
        drawn(marks, places),
        None if first is None else round(places[first], 1),
        None if first is None else times[first],
        WIDTH * response.duration / total if timed else 0.0,
        [
            Gap(round(places[i], 1), round(WIDTH * gap / total, 1))
            for i, gap in enumerate(gaps)
            if gap > LONG_GAP * usual and gap > total / 20
        ],
        list(legend(parsed, marks, gaps)),
        "request sent" if timed else f"first {unit}",
        seconds(total) if timed else f"last {unit}; when they arrived was not recorded",
    )


def marks_of(parsed: ParsedInteraction) -> Iterator[Mark]:
    """Each chunk with the events that it completes, or each event."""
    response = parsed.interaction.response
    found = events(response)
    pieces = list(carried(parsed, found))
    chunks = arrivals(response)
    if not chunks:
        for event, some in zip(found, pieces, strict=True):
            yield joined_mark(None, event.size, some)
        return
    by_chunk: defaultdict[int, list[Carried]] = defaultdict(list)
    for event, some in zip(found, pieces, strict=True):
        at = bisect_left(chunks, event.offset + event.size, key=lambda chunk: chunk.end)
        by_chunk[at] += some
    start = 0
    for at, chunk in enumerate(chunks):
        yield joined_mark(chunk.seconds, chunk.end - start, by_chunk[at])
        start = chunk.end


def joined_mark(arrived: float | None, length: int, pieces: Sequence[Carried]) -> Mark:
    telling = [piece for piece in pieces if piece.text]
    content: Content = telling[0].content if telling else "other"
    return Mark(arrived, length, content, clip("".join(piece.text for piece in telling)))


def joined_marks(marks: list[Mark]) -> Iterator[Mark]:
    """At most ``MOST_MARKS``; those that are joined have the time of the last."""
    step = -(-len(marks) // MOST_MARKS) or 1
    for start in range(0, len(marks), step):
        some = marks[start : start + step]
        content = next((mark.content for mark in some if mark.text), some[0].content)
        text = clip("".join(mark.text for mark in some))
        yield Mark(some[-1].seconds, sum(mark.size for mark in some), content, text)


def clip(text: str) -> str:
    return shown(text) if len(text) <= MOST_TEXT else f"{shown(text[:MOST_TEXT])} …"


def evenly(count: int) -> list[float]:
    return [WIDTH * (at + 0.5) / count for at in range(count)]


def drawn(marks: Sequence[Mark], places: Sequence[float]) -> dict[Content, str]:
    """Vertical lines, the taller the more text they carried."""
    paths: defaultdict[Content, list[str]] = defaultdict(list)
    for mark, x in zip(marks, places, strict=True):
        tall = SHORTEST + min(TALLEST - SHORTEST, 7 * log2(1 + len(mark.text)))
        paths[mark.content].append(f"M{x:.1f} {BASE}V{BASE - tall:.1f}")
    return {content: "".join(lines) for content, lines in paths.items()}


def legend(
    parsed: ParsedInteraction, marks: Sequence[Mark], gaps: Sequence[float]
) -> Iterator[tuple[str, str]]:
    """What one wants to know of a stream, beside what the interaction's heading says."""
    response = parsed.interaction.response
    if marks[0].seconds is not None:
        yield "chunks", f"{len(response.chunks or ()):,}"
    yield "events", f"{parsed.events:,}"
    yield "size", size(len(response.body))
    if marks[0].seconds is not None:
        yield "headers", seconds(response.duration)
    if gaps:
        yield "usual gap", seconds(median(gaps))
        yield "longest gap", f"{seconds(max(gaps))} (before chunk {gaps.index(max(gaps)) + 2})"
