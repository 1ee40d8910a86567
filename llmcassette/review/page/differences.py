"""The page of ``diff --html``: what differs between cassettes, old and new side by side."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

from llmcassette.matching.difference.words import Run
from llmcassette.providers import completion, conversation
from llmcassette.review.diff.results import Kind
from llmcassette.review.numbers import plural
from llmcassette.review.page.cassettes import streams
from llmcassette.review.page.exchange import Exchange, exchange
from llmcassette.review.page.passages import shown
from llmcassette.review.page.pictures import Pictures
from llmcassette.review.page.rendering import render
from llmcassette.review.parsed import ParsedInteraction

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from llmcassette.review.diff.results import CassetteDiff, Difference, InteractionDiff
    from llmcassette.review.diff.runs import Runs

__all__ = ["Compared", "differences_page"]

ESCAPED_BREAK: Final = re.compile(r"(?<!\\)(?:\\\\)*\\n")
"""Texts in differences are escaped as in JSON."""


class Compared(Protocol):
    """Two cassettes and how they differ.

    Attributes:
        name: the path that both have in their folders.
        old: the path of the old one; empty if there is none.
        new: likewise.
        diff: how they differ.
    """

    @property
    def name(self) -> str: ...
    @property
    def old(self) -> str: ...
    @property
    def new(self) -> str: ...
    @property
    def diff(self) -> CassetteDiff: ...
    @property
    def equal(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class Change:
    """One place that differs. ``None`` stands for nothing on that side."""

    place: str
    name: str
    old: list[Run] | None
    new: list[Run] | None


@dataclass(frozen=True, slots=True)
class ChangedExchange:
    """An interaction that differs.

    Attributes:
        anchor: the id of its element in the page.
        position: in the new file; of a removed one in the old file.
        moved_from: its position in the old file, if that is another one.
        title: the model, or the method and URL.
        kinds: what differs, in words.
        changes: by kind, as ``diff`` orders them.
        known: places whose change an interaction above shows.
        noise: what was ignored.
        lone: an added or a removed interaction.
    """

    anchor: str
    position: int
    moved_from: int | None
    title: str
    kinds: list[str]
    changes: list[tuple[str, list[Change]]]
    known: list[str]
    noise: list[str]
    lone: Exchange | None


@dataclass(frozen=True, slots=True)
class ChangedTape:
    """Two cassettes that differ.

    Attributes:
        anchor: the id of its element in the page.
        name: the path of both, or both paths.
        counts: names and values: how many interactions differ in what.
        exchanges: those that differ.
    """

    anchor: str
    name: str
    counts: list[tuple[str, str]]
    exchanges: list[ChangedExchange]


def differences_page(pairs: Sequence[Compared], *, show_all: bool) -> str:
    """A page of compared cassettes; equal ones are only counted.

    Args:
        pairs: the compared cassettes.
        show_all: show noise too.

    Raises:
        CassetteError: the extra ``html`` is not installed.
    """
    pictures = Pictures()
    tapes = [
        changed_tape(pair, f"d{n}", pictures, show_all=show_all)
        for n, pair in enumerate(pairs)
        if not pair.equal or show_all
    ]
    equal = sum(pair.equal for pair in pairs)
    title = name_of(pairs[0]) if len(pairs) == 1 else plural(len(pairs), "cassette")
    lone = (each.lone for one in tapes for each in one.exchanges if each.lone)
    return render(
        "differences.html",
        title=title,
        tapes=tapes,
        equal=equal,
        single=len(pairs) == 1,
        streams=streams(lone),
    )


def changed_tape(pair: Compared, anchor: str, pictures: Pictures, *, show_all: bool) -> ChangedTape:
    known: set[Difference] = set()
    exchanges = [
        changed_exchange(diff, f"{anchor}-{n}", known, pictures, show_all=show_all)
        for n, diff in enumerate(pair.diff.interactions)
        if not diff.equal or (show_all and diff.noise)
    ]
    return ChangedTape(anchor, name_of(pair), list(counts(pair.diff)), exchanges)


def name_of(pair: Compared) -> str:
    """The path of both, or both paths; where only one is there, on which side."""
    if pair.old and pair.new:
        return shown(f"{pair.old} → {pair.new}")
    return shown(f"{pair.name} (only in {'old' if pair.old else 'new'})")


def counts(diff: CassetteDiff) -> Iterator[tuple[str, str]]:
    yield "interactions", f"{len(diff.interactions):,}"
    for kind in Kind:
        if count := diff.count(kind):
            yield kind.value, f"{count:,}"


def changed_exchange(
    diff: InteractionDiff,
    anchor: str,
    known: set[Difference],
    pictures: Pictures,
    *,
    show_all: bool,
) -> ChangedExchange:
    """One pair of interactions.

    Args:
        diff: the pair.
        anchor: the id of its element.
        known: changes of requests that the page has shown; those of this pair are added.
        pictures: finds the images of the page.
        show_all: show noise, and what was shown before.
    """
    interaction = diff.new or diff.old
    assert interaction is not None
    position = diff.old_position if diff.new is None else diff.new_position
    asked = conversation(interaction.request)
    parsed = ParsedInteraction(position or 0, interaction, asked, completion(interaction))
    alone = diff.new is None or diff.old is None
    told = [each for each in diff.differences if each in known and not show_all]
    new = [each for each in diff.differences if each not in told]
    known.update(each for each in new if each.kind in (Kind.REQUEST, Kind.SHAPE))
    found = [*new, *diff.noise] if show_all else new
    request = interaction.request
    return ChangedExchange(
        anchor,
        position or 0,
        None if alone or diff.old_position == diff.new_position else diff.old_position,
        shown(asked.model) if asked else shown(f"{request.method} {request.url}"),
        [kind.value for kind in diff.kinds],
        list(grouped(found)),
        names(told),
        [] if show_all else names(diff.noise),
        exchange(parsed, f"{anchor}-lone", pictures) if alone else None,
    )


def grouped(found: Sequence[Difference]) -> Iterator[tuple[str, list[Change]]]:
    """Changes by kind."""
    for kind in Kind:
        changes = [
            Change(shown(each.place), shown(each.name), in_lines(each.old), in_lines(each.new))
            for each in found
            if each.kind is kind
        ]
        if changes:
            yield kind.value, changes


def in_lines(runs: Runs) -> list[Run] | None:
    """Runs with a line break after each escaped one."""
    if runs is None:
        return None
    return [Run(ESCAPED_BREAK.sub(r"\g<0>\n", run.text), run.style) for run in runs]


def names(found: Iterable[Difference]) -> list[str]:
    return list(dict.fromkeys(shown(each.name or each.place) for each in found))
