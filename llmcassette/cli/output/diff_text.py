"""A comparison for a person."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from llmcassette.cli.output.diff_pair import named, pair_blocks
from llmcassette.cli.output.lines import cells, fit_end, line, printable
from llmcassette.cli.output.words import plural
from llmcassette.review import Kind

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from llmcassette.cli.output.lines import Block, Line, Span
    from llmcassette.cli.output.sides import Sides
    from llmcassette.review import CassetteReview, Difference

__all__ = ["review_blocks", "stat_lines"]

PLURALS: Final = {
    Kind.REMOVED: "removed",
    Kind.ADDED: "added",
    Kind.REQUEST: "with another request",
    Kind.ERROR: "with another error",
    Kind.SHAPE: "with an answer of another shape",
    Kind.ANSWER: "with another answer",
    Kind.REWORDED: "with an answer reworded",
    Kind.USAGE: "with other usage",
    Kind.HEADERS: "with other headers",
}


def review_blocks(
    reviews: Sequence[tuple[Sides, CassetteReview]], *, everything: bool, marks: bool
) -> Iterator[Block]:
    """All that differs; of several cassettes, those that are equal are only counted.

    Args:
        reviews: what was compared.
        everything: show noise, too.
        marks: mark differing words with brackets, because colours don't show.
    """
    several = len(reviews) > 1
    shown = 0
    for sides, review in reviews:
        if several and is_equal(sides, review) and not everything:
            continue
        if shown:
            yield None
        shown += 1
        yield from cassette_blocks(sides, review, everything=everything, marks=marks)
    if several:
        equal = sum(is_equal(*each) for each in reviews)
        if shown:
            yield None
        yield line([(f"{plural(len(reviews), 'cassette')}, {equal} equal", "head")])


def is_equal(sides: Sides, review: CassetteReview) -> bool:
    return review.equal and bool(sides.old and sides.new)


def cassette_blocks(
    sides: Sides, review: CassetteReview, *, everything: bool, marks: bool
) -> Iterator[Block]:
    yield line(title(sides))
    told = summary(sides, review)
    yield line([(told, "dim")])
    shown: set[Difference] = set()
    for pair in review.pairs:
        if not pair.equal or (everything and pair.noise):
            yield None
            yield from pair_blocks(pair, told=shown, everything=everything, marks=marks)


def title(sides: Sides) -> list[Span]:
    if sides.old and sides.new:
        old, new = printable(sides.old), printable(sides.new)
        return [(old, "head"), (" → ", "dim"), (new, "head")]
    only = "only in the old" if sides.old else "only in the new"
    return [(printable(sides.name), "head"), (f" ({only})", "dim")]


def summary(sides: Sides, review: CassetteReview) -> str:
    """Such as ``2 interactions: 1 with another request, 2 with an answer reworded``."""
    count = plural(len(review.pairs), "interaction")
    told = [f"{n} {word}" for kind, word in PLURALS.items() if (n := review.count(kind))]
    if told:
        return f"{count}: {', '.join(told)}"
    noise = dict.fromkeys(each.name or each.place for pair in review.pairs for each in pair.noise)
    but = [*noise, *(["order of the interactions"] if review.moved else [])]
    state = "equal" if is_equal(sides, review) else "nothing recorded"
    return f"{count}: {state}{f', but for {named(but)}' if but else ''}"


def stat_lines(reviews: Sequence[tuple[Sides, CassetteReview]], width: int) -> Iterator[Line]:
    """One line a cassette, the names in a column."""
    names = [printable(sides.name) for sides, _ in reviews]
    column = min(max(map(cells, names), default=0), width // 2)
    for name, (sides, review) in zip(names, reviews, strict=True):
        shown = fit_end(name, column)
        told = stat_text(sides, review)
        room = width - column - 2
        pad = " " * (column - cells(shown) + 2)
        yield [(shown, "head"), (pad, ""), (fit_stat(told, room), "dim")]


def fit_stat(told: list[str], room: int) -> str:
    """As many of the kinds as fit, the gravest first."""
    text = ", ".join(told)
    while cells(text) > room and len(told) > 1:
        told = told[:-1]
        text = ", ".join(told) + " …"
    return text


def stat_text(sides: Sides, review: CassetteReview) -> list[str]:
    if not (sides.old and sides.new):
        return ["only in the old" if sides.old else "only in the new"]
    told = [f"{n} {kind.value}" for kind in PLURALS if (n := review.count(kind))]
    return told or ["equal"]
