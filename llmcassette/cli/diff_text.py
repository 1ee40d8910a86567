"""A comparison for a person."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from llmcassette.cli.lines import Row, Rule, cells, fit_end, line, printable
from llmcassette.cli.reading import Reading
from llmcassette.cli.transcript import heading, transcript
from llmcassette.cli.words import joined, plural
from llmcassette.providers import completion, conversation
from llmcassette.review import Kind

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from llmcassette.cli.lines import Block, Line, Span
    from llmcassette.cli.sides import Sides
    from llmcassette.matching.difference_words import Run
    from llmcassette.model import Interaction
    from llmcassette.review import CassetteReview, Difference, InteractionReview

__all__ = ["review_blocks", "stat_lines"]

MOST_NAMED: Final = 5
ONE_LINE: Final = 72
MARKS: Final = {"old": ("[-", "-]"), "new": ("{+", "+}")}

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
    for pair in review.pairs:
        if not pair.equal or (everything and pair.noise):
            yield None
            yield from pair_blocks(pair, everything=everything, marks=marks)


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


def pair_blocks(pair: InteractionReview, *, everything: bool, marks: bool) -> Iterator[Block]:
    if pair.old is None or pair.new is None:
        only = pair.new or pair.old
        assert only is not None
        position = pair.old_position if pair.new is None else pair.new_position
        kind = pair.kinds[0]
        reading = reading_of(only, position or 0)
        first, *rest = transcript(reading)
        assert isinstance(first, Rule)
        yield Rule(first.spans, joined([kind.value, first.right]))
        yield from rest
        return
    yield Rule(*pair_heading(pair))
    if pair.differences:
        yield line([(joined(kind_texts(pair)), "head")], 2)
    for difference in pair.differences:
        yield from difference_blocks(difference, marks=marks)
    if everything:
        for difference in pair.noise:
            yield from difference_blocks(difference, marks=marks)
    elif pair.noise:
        names = dict.fromkeys(each.name or each.place for each in pair.noise)
        yield line([(f"not counted: {', '.join(names)}", "dim")], 2)


def pair_heading(pair: InteractionReview) -> tuple[list[Span], str]:
    assert pair.new is not None
    spans, right = heading(reading_of(pair.new, pair.new_position or 0))
    if pair.old_position != pair.new_position:
        spans = [(f"{pair.old_position} → ", "dim"), *spans]
    return spans, right


def reading_of(interaction: Interaction, position: int) -> Reading:
    asked = conversation(interaction.request)
    return Reading(position, interaction, asked, completion(interaction), None)


def kind_texts(pair: InteractionReview) -> Iterator[str]:
    """Such as ``request changed: model, user message`` and ``answer reworded``."""
    for kind in pair.kinds:
        names = pair.what(kind)
        if kind is Kind.SHAPE and len(names) > 1:
            names = (plural(len(names), "key"),)
        bare = kind in (Kind.REWORDED, Kind.USAGE) or names == (kind.value,)
        yield kind.value if bare else f"{kind.value}: {named(names)}"


def named(names: Sequence[str]) -> str:
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return ", ".join(names[:MOST_NAMED]) + more


def difference_blocks(difference: Difference, *, marks: bool) -> Iterator[Block]:
    """On one line where it fits, else the old text above the new one."""
    old, new = difference.old, difference.new
    head: list[Span] = [(printable(difference.place), "place")]
    if difference.name not in ("", difference.place) and difference.place.startswith(PATHS):
        head.append((f" ({difference.name})", "dim"))
    if old is None and new is None:
        yield line(head, 2)
        return
    values: list[Span] = []
    for runs, style, sign in ((old, "old", "- "), (new, "new", "+ ")):
        if runs is not None and is_whole(runs):
            values += [(" → ", "dim")] if values else [(sign, style)] if None in (old, new) else []
            values += [(run.text, style) for run in runs]
    whole = all(runs is None or is_whole(runs) for runs in (old, new))
    if whole and sum(cells(text) for text, _ in (*head, *values)) + 2 <= ONE_LINE:
        yield line([*head, ("  ", ""), *values], 2)
        return
    yield line(head, 2)
    for runs, style, sign in ((old, "old", "-"), (new, "new", "+")):
        if runs is not None:
            spans = list(marked(runs, style, marks=marks))
            yield Row(sign, spans, f"{style}-mark", indent=4, column=6)


PATHS: Final = ("messages", "input", "contents", "system", "tools", "instructions", "chat_history")


def is_whole(runs: Sequence[Run]) -> bool:
    return all(run.style in ("whole", "quote", "cut") for run in runs)


def marked(runs: Sequence[Run], side: str, *, marks: bool) -> Iterator[Span]:
    for run in runs:
        if run.style == "whole":
            yield run.text, side
        elif run.style in MARKS:
            before, behind = MARKS[run.style] if marks else ("", "")
            yield f"{before}{run.text}{behind}", f"{side}-mark"
        else:
            yield run.text, "cut" if run.style == "cut" else ""


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
