"""The events of an answer, one per line."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Final

from llmcassette.cli.output.inspect.transcript import heading
from llmcassette.cli.output.layout import line
from llmcassette.cli.output.text import fit
from llmcassette.escaping import printable
from llmcassette.matching.difference.segments import common_length
from llmcassette.review.events import events
from llmcassette.review.numbers import joined, plural, seconds, size

if TYPE_CHECKING:
    from collections.abc import Iterator

    from llmcassette.cli.output.layout import Block, Span
    from llmcassette.review.parsed import ParsedInteraction

__all__ = ["event_blocks"]

LONGEST_NAME: Final = 30
LEAST_SHARED: Final = 24
LEAST_DATA: Final = 8


def event_blocks(parsed: ParsedInteraction, width: int, *, full: bool) -> Iterator[Block]:
    """Number, offset, size, time if recorded, type, and as much of the data as fits."""
    response = parsed.interaction.response
    found = events(response)
    yield heading(parsed)
    yield line([(joined([plural(len(found), "event"), size(len(response.body))]), "dim")])
    offset_width = max((len(str(event.offset)) for event in found), default=1)
    size_width = max((len(str(event.size)) for event in found), default=1)
    name_width = min(max((len(event.name) for event in found), default=0), LONGEST_NAME)
    shared = shared_beginning([event.data for event in found])
    for number, event in enumerate(found):
        cells = [
            str(number).rjust(len(str(len(found)))),
            f"+{event.offset}".rjust(offset_width + 1),
            str(event.size).rjust(size_width),
            "" if event.seconds is None else seconds(event.seconds).rjust(8),
            event.name.ljust(name_width),
        ]
        head = joined(cells, "  ")
        data = without_beginning(event.data, shared) if number and not full else event.data
        data = printable(data.strip()).replace("\n", "\\n")
        room = max(0, width - len(head) - 4)
        shown = data if full else fit(data, room) if room > LEAST_DATA else ""
        style = "error" if event.name == "(incomplete)" else "dim"
        spans: list[Span] = [(f"{head}  ", style), (shown, "")] if shown else [(head, style)]
        yield line(spans)


def shared_beginning(texts: list[str]) -> str:
    """The members that at least half of the events begin with, and that never change."""
    lengths = sorted(common_length(*pair) for pair in pairwise(texts))
    if not lengths:
        return ""
    shared = texts[len(texts) // 2][: lengths[len(lengths) // 2]]
    return shared[: max(map(shared.rfind, "{[,")) + 1]


def without_beginning(text: str, shared: str) -> str:
    if len(shared) < LEAST_SHARED or not text.startswith(shared):
        return text
    return f"…{text[len(shared) :]}"
