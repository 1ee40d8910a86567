"""Two interactions compared, for a person."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from llmcassette.cli.output.lines import Row, Rule, cells, line, printable
from llmcassette.cli.output.transcript import heading, transcript
from llmcassette.cli.output.words import joined, plural
from llmcassette.cli.reading import Reading
from llmcassette.providers import completion, conversation
from llmcassette.review import Kind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from llmcassette.cli.output.lines import Block, Span
    from llmcassette.matching.difference.words import Run
    from llmcassette.model import Interaction
    from llmcassette.review import Difference, InteractionReview

__all__ = ["named", "pair_blocks"]

MOST_NAMED: Final = 5
ONE_LINE: Final = 74
MARKS: Final = {"old": ("[-", "-]"), "new": ("{+", "+}")}
PATHS: Final = ("messages", "input", "contents", "system", "tools", "instructions", "chat_history")
SIGNS: Final = {"old": "-", "new": "+"}


def pair_blocks(
    pair: InteractionReview, *, told: set[Difference], everything: bool, marks: bool
) -> Iterator[Block]:
    """One pair.

    Args:
        pair: it.
        told: what earlier pairs of the cassettes have shown; what is the same again, such as a
            changed system prompt, is named only. Added to.
        everything: show noise, too, and all that has been told.
        marks: mark differing words with brackets, because colours don't show.
    """
    if pair.old is None or pair.new is None:
        yield from lonely_blocks(pair)
        return
    yield Rule(*pair_heading(pair))
    if pair.differences:
        yield line([(joined(kind_texts(pair)), "head")], 2)
    shown = [each for each in pair.differences if everything or each not in told]
    again = [each for each in pair.differences if each not in shown]
    told.update(each for each in shown if each.kind in (Kind.REQUEST, Kind.SHAPE))
    keys = [each for each in shown if is_lone_key(each)]
    for difference in shown:
        if difference not in keys:
            yield from difference_blocks(difference, marks=marks)
    yield from key_blocks(keys)
    if again:
        yield line([(f"as above: {named(short_names(again))}", "dim")], 2)
    if everything:
        for difference in pair.noise:
            yield from difference_blocks(difference, marks=marks)
    elif pair.noise:
        names = dict.fromkeys(each.name or each.place for each in pair.noise)
        yield line([(f"not counted: {', '.join(names)}", "dim")], 2)


def lonely_blocks(pair: InteractionReview) -> Iterator[Block]:
    """An interaction without a counterpart, as ``inspect`` shows it."""
    if pair.new is not None:
        reading = reading_of(pair.new, pair.new_position or 0)
    else:
        assert pair.old is not None
        reading = reading_of(pair.old, pair.old_position or 0)
    spans, right = heading(reading)
    yield Rule(spans, joined([pair.kinds[0].value, right]))
    _, *rest = transcript(reading)
    yield from rest


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
        names = short_names([each for each in pair.differences if each.kind is kind])
        bare = kind in (Kind.REWORDED, Kind.USAGE) or names == (kind.value,)
        yield kind.value if bare else f"{kind.value}: {named(names)}"


def short_names(differences: Sequence[Difference]) -> tuple[str, ...]:
    """What has changed, each once; keys of an answer are only counted."""
    keys = sum(map(is_lone_key, differences))
    names = dict.fromkeys(
        each.name or each.place for each in differences if keys == 1 or not is_lone_key(each)
    )
    return (*names, *([plural(keys, "key")] if keys > 1 else []))


def named(names: Sequence[str]) -> str:
    """The first of many names."""
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return printable(", ".join(names[:MOST_NAMED])) + more


def is_lone_key(difference: Difference) -> bool:
    """A key of an answer that is in one of both only."""
    lone = (difference.old is None) != (difference.new is None)
    return lone and difference.kind is Kind.SHAPE and difference.place.startswith("key ")


def key_blocks(keys: Iterable[Difference]) -> Iterator[Block]:
    """The keys that have gone, and those that have come, each on its line."""
    head: list[Span] = [("keys of the answer", "place")]
    for key in keys:
        if head:
            yield line(head, 2)
            head = []
        side = "new" if key.old is None else "old"
        runs = key.new or key.old or ()
        types = "".join(run.text for run in runs)
        spans = [(printable(key.place.removeprefix("key ")), side), (f" ({types})", "dim")]
        yield Row(SIGNS[side], spans, f"{side}-mark", indent=4, column=6)


def difference_blocks(difference: Difference, *, marks: bool) -> Iterator[Block]:
    """On one line where it fits, else the old text above the new one."""
    sides = [("old", difference.old), ("new", difference.new)]
    there = [(side, runs) for side, runs in sides if runs is not None]
    head: list[Span] = [(printable(difference.place), "place")]
    if difference.name not in ("", difference.place) and difference.place.startswith(PATHS):
        head.append((f" ({printable(difference.name)})", "dim"))
    if all(is_whole(runs) for _, runs in there):
        values: list[Span] = []
        for side, runs in there:
            before = (" → ", "dim") if values else (f"{SIGNS[side]} ", side)
            values += [before] if values or len(there) == 1 else []
            values += [(run.text, side) for run in runs]
        if 2 + sum(cells(text) for text, _ in (*head, *values)) <= ONE_LINE:
            yield line([*head, ("  ", ""), *values] if values else head, 2)
            return
    yield line(head, 2)
    for side, runs in there:
        spans = list(marked(runs, side, marks=marks))
        yield Row(SIGNS[side], spans, f"{side}-mark", indent=4, column=6)


def is_whole(runs: Sequence[Run]) -> bool:
    return all(run.style in ("whole", "quote", "cut") for run in runs)


def marked(runs: Sequence[Run], side: str, *, marks: bool) -> Iterator[Span]:
    for run in runs:
        if run.style == "whole":
            yield run.text, side
        elif run.style in MARKS:
            before, behind = MARKS[run.style] if marks else ("", "")
            style = f"{side}-blank" if run.text.isspace() else f"{side}-mark"
            yield f"{before}{run.text}{behind}", style
        else:
            yield run.text, "cut" if run.style == "cut" else ""
