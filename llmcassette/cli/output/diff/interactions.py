"""Two compared interactions: what differs, old above new."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from llmcassette.cli.output.inspect.transcript import heading, transcript
from llmcassette.cli.output.layout import Row, Rule, line
from llmcassette.cli.output.text import text_width
from llmcassette.escaping import one_line
from llmcassette.providers import completion, conversation
from llmcassette.review.diff.results import Kind
from llmcassette.review.numbers import joined, plural
from llmcassette.review.parsed import ParsedInteraction

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from llmcassette.cli.output.layout import Block, Span
    from llmcassette.matching.difference.words import Run
    from llmcassette.model import Interaction
    from llmcassette.review.diff.results import Difference, InteractionDiff

__all__ = ["difference_blocks", "interaction_blocks", "noise_names", "shortened_list"]

MOST_LISTED: Final = 5
ONE_LINE: Final = 74
"""Columns of a difference that is shown on one line."""
BRACKETS: Final = {"old": ("[-", "-]"), "new": ("{+", "+}")}
SIGNS: Final = {"old": "-", "new": "+"}
PATHS: Final = ("messages", "input", "contents", "system", "tools", "instructions", "chat_history")
"""Members of requests whose paths are explained by a name."""


def interaction_blocks(
    diff: InteractionDiff, shown: set[Difference], *, show_all: bool, brackets: bool
) -> Iterator[Block]:
    """One pair of interactions.

    Args:
        diff: the pair.
        shown: differences that earlier pairs have shown, such as a changed system prompt; they
            are only named here. Those of this pair are added.
        show_all: show noise, and differences that were shown before.
        brackets: put changed words in brackets.
    """
    if diff.new is None or diff.old is None:
        yield from lone_blocks(diff)
        return
    yield pair_heading(diff.new, diff)
    if diff.differences:
        yield line([(joined(kind_texts(diff)), "head")], 2)
    new = [each for each in diff.differences if show_all or each not in shown]
    known = [each for each in diff.differences if each not in new]
    shown.update(each for each in new if each.kind in (Kind.REQUEST, Kind.SHAPE))
    for difference in new:
        if not is_lone_key(difference):
            yield from difference_blocks(difference, brackets=brackets)
    yield from key_blocks(filter(is_lone_key, new))
    if known:
        yield line([(f"same as above: {shortened_list(short_names(known))}", "dim")], 2)
    if show_all:
        for difference in diff.noise:
            yield from difference_blocks(difference, brackets=brackets)
    elif diff.noise:
        yield line([(f"ignored: {', '.join(noise_names(diff.noise))}", "dim")], 2)


def lone_blocks(diff: InteractionDiff) -> Iterator[Block]:
    """An interaction without a counterpart, as ``inspect`` shows it."""
    interaction = diff.new or diff.old
    assert interaction is not None
    position = diff.old_position if diff.new is None else diff.new_position
    parsed = parsed_interaction(interaction, position or 0)
    rule = heading(parsed)
    yield Rule(rule.spans, joined([diff.kinds[0].value, rule.right]))
    _, *rows = transcript(parsed)
    yield from rows


def pair_heading(new: Interaction, diff: InteractionDiff) -> Rule:
    rule = heading(parsed_interaction(new, diff.new_position or 0))
    if diff.old_position == diff.new_position:
        return rule
    return Rule([(f"{diff.old_position} → ", "dim"), *rule.spans], rule.right)


def parsed_interaction(interaction: Interaction, position: int) -> ParsedInteraction:
    asked = conversation(interaction.request)
    return ParsedInteraction(position, interaction, asked, completion(interaction))


def kind_texts(diff: InteractionDiff) -> Iterator[str]:
    """``request changed: model, user message``, ``answer reworded``."""
    for kind in diff.kinds:
        names = short_names([each for each in diff.differences if each.kind is kind])
        obvious = kind in (Kind.REWORDED, Kind.USAGE) or names == [kind.value]
        yield kind.value if obvious else f"{kind.value}: {shortened_list(names)}"


def short_names(differences: Sequence[Difference]) -> list[str]:
    """What differs, each once; several keys of an answer are only counted."""
    keys = sum(map(is_lone_key, differences))
    names = dict.fromkeys(
        (each.name or each.place).removeprefix("key ")
        for each in differences
        if keys == 1 or not is_lone_key(each)
    )
    return [*names, *([plural(keys, "key")] if keys > 1 else [])]


def noise_names(noise: Iterable[Difference]) -> list[str]:
    """What differs in noise, each once."""
    return list(dict.fromkeys(each.name or each.place for each in noise))


def shortened_list(names: Sequence[str]) -> str:
    """The first names, and how many more there are."""
    more = f" and {len(names) - MOST_LISTED} more" if len(names) > MOST_LISTED else ""
    return one_line(", ".join(names[:MOST_LISTED])) + more


def is_lone_key(difference: Difference) -> bool:
    """Whether this is a key that only one of the two answers has."""
    lone = (difference.old is None) != (difference.new is None)
    return lone and difference.kind is Kind.SHAPE and difference.place.startswith("key ")


def key_blocks(keys: Iterable[Difference]) -> Iterator[Block]:
    """Removed and added keys of an answer, one line each."""
    head: list[Span] = [("keys of the answer", "place")]
    for key in keys:
        if head:
            yield line(head, 2)
            head = []
        side = "new" if key.old is None else "old"
        value = "".join(run.text for run in key.new or key.old or ())
        spans = [(one_line(key.place.removeprefix("key ")), side), (f"  {value}", "dim")]
        yield Row(SIGNS[side], spans, f"{side}-mark", indent=4, column=6)


def difference_blocks(difference: Difference, *, brackets: bool) -> Iterator[Block]:
    """One difference: on one line if it fits, else the old text above the new one."""
    pair = [("old", difference.old), ("new", difference.new)]
    sides = [(side, runs) for side, runs in pair if runs is not None]
    head: list[Span] = [(one_line(difference.place), "place")]
    if difference.name not in ("", difference.place) and difference.place.startswith(PATHS):
        head.append((f" ({one_line(difference.name)})", "dim"))
    if all(is_whole(runs) for _, runs in sides):
        values = one_line_spans(sides)
        if 2 + sum(text_width(text) for text, _ in (*head, *values)) <= ONE_LINE:
            yield line([*head, ("  ", ""), *values] if values else head, 2)
            return
    yield line(head, 2)
    for side, runs in sides:
        spans = list(marked_spans(runs, side, brackets=brackets))
        yield Row(SIGNS[side], spans, f"{side}-mark", indent=4, column=6)


def one_line_spans(sides: Sequence[tuple[str, Sequence[Run]]]) -> list[Span]:
    """``old → new``, or the only side with its sign."""
    texts = [[(run.text, side) for run in runs] for side, runs in sides]
    if len(texts) == 1:
        side = sides[0][0]
        return [(f"{SIGNS[side]} ", side), *texts[0]]
    return [*texts[0], (" → ", "dim"), *texts[1]] if texts else []


def is_whole(runs: Sequence[Run]) -> bool:
    return all(run.style in ("whole", "quote", "cut") for run in runs)


def marked_spans(runs: Sequence[Run], side: str, *, brackets: bool) -> Iterator[Span]:
    for run in runs:
        if run.style == "whole":
            yield run.text, side
        elif run.style in BRACKETS:
            before, after = BRACKETS[run.style] if brackets else ("", "")
            style = f"{side}-blank" if run.text.isspace() else f"{side}-mark"
            yield f"{before}{run.text}{after}", style
        else:
            yield run.text, "cut" if run.style == "cut" else ""
