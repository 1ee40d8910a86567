"""Compared cassettes: what differs in each, or one line each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from llmcassette.cli.output.diff.interactions import (
    difference_blocks,
    interaction_blocks,
    noise_names,
    shortened_list,
)
from llmcassette.cli.output.layout import line
from llmcassette.cli.output.text import fit_end, text_width
from llmcassette.escaping import one_line
from llmcassette.review.diff.causes import common_causes
from llmcassette.review.diff.results import Kind
from llmcassette.review.numbers import plural

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from llmcassette.cli.output.layout import Block, Line, Span
    from llmcassette.cli.pairs import ComparedPair
    from llmcassette.review.diff.causes import Cause
    from llmcassette.review.diff.results import Difference

__all__ = ["diff_blocks", "print_diff"]

MOST_NAMED: Final = 10
COUNTED: Final = {
    Kind.REMOVED: ("removed", "removed"),
    Kind.ADDED: ("added", "added"),
    Kind.REQUEST: ("request changed", "requests changed"),
    Kind.ERROR: ("error", "errors"),
    Kind.SHAPE: ("answer shape changed", "answer shapes changed"),
    Kind.ANSWER: ("answer changed", "answers changed"),
    Kind.REWORDED: ("answer reworded", "answers reworded"),
    Kind.USAGE: ("token count changed", "token counts changed"),
    Kind.HEADERS: ("with changed headers", "with changed headers"),
}
"""Words for one and for several interactions, the most serious kind first."""


def print_diff(pairs: Sequence[ComparedPair], view: str | None, *, show_all: bool) -> None:
    """Print comparisons.

    Args:
        pairs: the compared cassettes.
        view: ``json``, ``markdown``, ``stat`` for one line each, or ``None`` for all differences.
        show_all: show noise too.
    """
    if view == "json":
        from llmcassette.cli.output.diff.json import diff_object
        from llmcassette.cli.output.json import print_json

        print_json(diff_object(pairs))
        return
    if view == "markdown":
        from llmcassette.review.markdown import comparison

        click.echo(comparison(pairs), nl=False)
        return
    from llmcassette.cli.output.screen import Screen

    screen = Screen()
    if view == "stat":
        screen.print(stat_lines(pairs, screen.width))
    else:
        screen.show(diff_blocks(pairs, show_all=show_all, brackets=screen.needs_brackets))


def diff_blocks(
    pairs: Sequence[ComparedPair], *, show_all: bool, brackets: bool
) -> Iterator[Block]:
    """What differs. Of several pairs, the equal ones are only counted.

    Args:
        pairs: the compared cassettes.
        show_all: show noise too.
        brackets: put changed words in brackets.
    """
    several = len(pairs) > 1
    first = True
    shown: set[Difference] = set()
    for cause in [] if show_all else common_causes((pair.name, pair.diff) for pair in pairs):
        if not first:
            yield None
        first = False
        shown.add(cause.difference)
        yield from cause_blocks(cause, brackets=brackets)
    for pair in pairs:
        if several and not show_all and (pair.equal or is_told(pair, shown)):
            continue
        if not first:
            yield None
        first = False
        yield from pair_blocks(pair, shown, show_all=show_all, brackets=brackets)
    if several:
        if not first:
            yield None
        equal = sum(pair.equal for pair in pairs)
        yield line([(f"{plural(len(pairs), 'cassette')}, {equal} equal", "head")])


def cause_blocks(cause: Cause, *, brackets: bool) -> Iterator[Block]:
    """A difference that several cassettes share, and their names."""
    yield line([(f"{cause.title} (in {plural(len(cause.names), 'cassette')})", "head")])
    yield from difference_blocks(cause.difference, brackets=brackets)
    for name in cause.names[:MOST_NAMED]:
        yield line([(one_line(name), "dim")], 2)
    if len(cause.names) > MOST_NAMED:
        yield line([(f"and {len(cause.names) - MOST_NAMED:,} more", "dim")], 2)


def is_told(pair: ComparedPair, shown: set[Difference]) -> bool:
    """Whether a pair differs in nothing but what was shown before."""
    found = pair.diff.interactions
    return all(each.old and each.new and shown.issuperset(each.differences) for each in found) and (
        bool(pair.old and pair.new)
    )


def pair_blocks(
    pair: ComparedPair, common: set[Difference], *, show_all: bool, brackets: bool
) -> Iterator[Block]:
    yield line(title(pair))
    yield line([(summary(pair), "dim")])
    shown = set(common)
    for diff in pair.diff.interactions:
        if not diff.equal or (show_all and diff.noise):
            yield None
            yield from interaction_blocks(diff, shown, show_all=show_all, brackets=brackets)


def title(pair: ComparedPair) -> list[Span]:
    if pair.old and pair.new:
        return [(one_line(pair.old), "head"), (" → ", "dim"), (one_line(pair.new), "head")]
    return [(one_line(pair.name), "head"), (f" ({missing_side(pair)})", "dim")]


def missing_side(pair: ComparedPair) -> str:
    """Where a cassette is whose counterpart is missing; empty if both are there."""
    if pair.old and pair.new:
        return ""
    return "only in old" if pair.old else "only in new"


def summary(pair: ComparedPair) -> str:
    """``2 interactions, 1 request changed, 2 answers reworded``."""
    diff = pair.diff
    count = plural(len(diff.interactions), "interaction")
    counts = counted_kinds(pair)
    if counts:
        return ", ".join([count, *counts])
    ignored = noise_names(noise for each in diff.interactions for noise in each.noise)
    if diff.moved:
        ignored.append("order of interactions")
    exceptions = f" except for {shortened_list(ignored)}" if ignored else ""
    return f"{count}, equal{exceptions}" if pair.equal else count


def counted_kinds(pair: ComparedPair) -> list[str]:
    counts = [(pair.diff.count(kind), words) for kind, words in COUNTED.items()]
    return [f"{count} {words[count > 1]}" for count, words in counts if count]


def stat_lines(pairs: Sequence[ComparedPair], width: int) -> Iterator[Line]:
    """One line for each pair, with the names in a column."""
    names = [one_line(pair.name) for pair in pairs]
    column = min(max(map(text_width, names), default=0), width // 2)
    for name, pair in zip(names, pairs, strict=True):
        shown = fit_end(name, column)
        missing = missing_side(pair)
        words = [missing] if missing else counted_kinds(pair) or ["equal"]
        pad = " " * (column - text_width(shown) + 2)
        yield [(shown, "head"), (pad, ""), (fit_words(words, width - column - 2), "dim")]


def fit_words(words: list[str], room: int) -> str:
    """As many of the words as fit, from the first on."""
    text = ", ".join(words)
    while text_width(text) > room and len(words) > 1:
        words = words[:-1]
        text = ", ".join(words) + " …"
    return text
