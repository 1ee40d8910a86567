"""The page of ``inspect --html``: cassettes as conversations."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from llmcassette.review.numbers import dollars, plural, seconds
from llmcassette.review.page.exchange import Exchange, exchange
from llmcassette.review.page.passages import shown
from llmcassette.review.page.pictures import Pictures
from llmcassette.review.page.rendering import render
from llmcassette.review.parsed import answers, known_cost

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from llmcassette.review.page.timeline import Timeline
    from llmcassette.review.parsed import ParsedInteraction

__all__ = ["Tape", "cassettes_page", "streams", "tape"]


@dataclass(frozen=True, slots=True)
class Tape:
    """A cassette.

    Attributes:
        anchor: the id of its element in the page.
        name: its path.
        totals: names and values.
        exchanges: its interactions.
    """

    anchor: str
    name: str
    totals: list[tuple[str, str]]
    exchanges: list[Exchange]


def cassettes_page(cassettes: Iterable[tuple[str, Sequence[ParsedInteraction]]]) -> str:
    """A page of cassettes, by their names.

    Raises:
        CassetteError: the extra ``html`` is not installed.
    """
    pictures, given = Pictures(), list(cassettes)
    folder = common_folder([name for name, _ in given])
    tapes = [
        tape(f"c{n}", name.removeprefix(folder), interactions, pictures)
        for n, (name, interactions) in enumerate(given)
    ]
    title = plural(len(tapes), "cassette") + (f" in {shown(folder)}" if folder else "")
    title = tapes[0].name if len(tapes) == 1 else title
    return render(
        "cassettes.html",
        title=title,
        tapes=tapes,
        streams=streams(each for one in tapes for each in one.exchanges),
    )


def common_folder(names: Sequence[str]) -> str:
    """The folder that several files are in, with its separator; empty if there is none."""
    try:
        folder = os.path.commonpath([os.path.dirname(name) for name in names])  # noqa: PTH120
    except ValueError:  # no names, or some are absolute
        return ""
    return f"{folder}{os.sep}" if folder and len(names) > 1 else ""


def tape(
    anchor: str, name: str, interactions: Sequence[ParsedInteraction], pictures: Pictures
) -> Tape:
    """One cassette.

    Args:
        anchor: the id of its element, unique in the page.
        name: its path.
        interactions: its interactions.
        pictures: finds the images of the page.
    """
    exchanges = [exchange(parsed, anchor, pictures) for parsed in interactions]
    return Tape(anchor, shown(name), list(totals(interactions)), exchanges)


def totals(interactions: Sequence[ParsedInteraction]) -> Iterator[tuple[str, str]]:
    """What a cassette amounts to."""
    yield "interactions", f"{len(interactions):,}"
    usages = [answer.usage for answer in answers(interactions)]
    if any(usages):
        yield "tokens", f"{sum(usage.total for usage in usages if usage):,}"
    cost = known_cost(interactions)
    if cost is not None:
        yield "cost", dollars(cost)
    times = [one.seconds or one.interaction.response.duration for one in interactions]
    if any(times):
        yield "time", seconds(sum(times))


def streams(exchanges: Iterable[Exchange]) -> dict[str, list[object]]:
    """The marks of all timelines, for the script, by the anchor of the interaction."""

    def marks(one: Timeline) -> list[object]:
        return [list(mark) for mark in one.marks]

    return {each.anchor: marks(each.timeline) for each in exchanges if each.timeline}
