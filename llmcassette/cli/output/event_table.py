"""The events of an answer, one a line."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from llmcassette.cli.output.events import events
from llmcassette.cli.output.lines import Rule, fit, line, printable
from llmcassette.cli.output.transcript import heading
from llmcassette.cli.output.words import joined, plural, seconds, size
from llmcassette.matching.difference.segments import common_length

if TYPE_CHECKING:
    from collections.abc import Iterator

    from llmcassette.cli.output.events import Event
    from llmcassette.cli.output.lines import Block
    from llmcassette.cli.reading import Reading

__all__ = ["event_blocks"]


def event_blocks(reading: Reading, width: int, *, full: bool) -> Iterator[Block]:
    """Number, offset, size, time where it was recorded, type, and the data as far as it fits."""
    found = events(reading.interaction.response)
    body = reading.interaction.response.body
    yield Rule(*heading(reading))
    told = joined([plural(len(found), "event"), size(len(body))])
    yield line([(told, "dim")])
    sizes = [len(str(max((getattr(e, name) for e in found), default=0))) for name in NUMBERS]
    names = max((len(event.name) for event in found), default=0)
    shared = shared_beginning([event.data for event in found])
    for number, event in enumerate(found):
        columns = [
            str(number).rjust(len(str(len(found)))),
            f"+{event.offset}".rjust(sizes[0] + 1),
            str(event.size).rjust(sizes[1]),
            "" if event.seconds is None else seconds(event.seconds).rjust(8),
            event.name.ljust(min(names, LONGEST_NAME)),
        ]
        head = joined(columns, "  ")
        data = shortened(event.data, shared) if number and not full else event.data
        data = printable(data.strip()).replace("\n", "\\n")
        room = max(0, width - len(head) - 4)
        shown = data if full else fit(data, room) if room > LEAST_DATA else ""
        yield line(event_spans(event, head, shown))


def shared_beginning(texts: list[str]) -> str:
    """What at least half of the events begin with: the members that never change."""
    lengths = sorted(common_length(*pair) for pair in pairwise(texts))
    if not lengths:
        return ""
    shared = texts[len(texts) // 2][: lengths[len(lengths) // 2]]
    return shared[: max(map(shared.rfind, "{[,")) + 1]


def shortened(text: str, shared: str) -> str:
    if len(shared) < LEAST_SHARED or not text.startswith(shared):
        return text
    return f"…{text[len(shared) :]}"


NUMBERS = ("offset", "size")
LONGEST_NAME = 30
LEAST_SHARED = 24
LEAST_DATA = 8


def event_spans(event: Event, head: str, data: str) -> list[tuple[str, str]]:
    style = "error" if event.name == "(incomplete)" else "dim"
    return [(f"{head}  ", style), (data, "")] if data else [(head, style)]
