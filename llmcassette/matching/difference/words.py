"""Marks the differing words of two texts, with some context around them."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from llmcassette.matching.difference.segments import common_length, segments_of
from llmcassette.matching.difference.text import MARGIN, escape, visible

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Run", "around_first_change", "word_difference"]

Style: TypeAlias = Literal["", "old", "new", "whole", "quote", "cut"]


CONTEXT: Final = 40
LONGEST_CHANGE: Final = 240
MOST_CHANGES: Final = 4
LEAST_CUT: Final = 12
LONGEST_SCRUBBED: Final = 100_000


@dataclass(frozen=True, slots=True)
class Run:
    """A piece of a text, escaped for a terminal.

    Attributes:
        style: ``old`` or ``new`` for a part that the other text lacks; ``whole`` if the texts
            differ as a whole; ``quote`` for quotation marks; ``cut`` for an omission.
    """

    text: str
    style: Style = ""


def word_difference(old: str, new: str, *, most: int = MOST_CHANGES) -> tuple[list[Run], list[Run]]:
    """Two texts as runs: differences are marked, and equal text far from them is left out.

    Texts with little in common are one marked run each. After ``most`` changes, the rest is
    counted.
    """
    segments, complete = segments_of(old, new)
    changes = [segment for segment in segments if segment.changed]
    left_out = changes[most:]
    if left_out:
        end = next(i for i, segment in enumerate(segments) if segment is left_out[0])
        segments = segments[:end]
    sides: tuple[list[Run], list[Run]] = ([], [])
    for i, segment in enumerate(segments):
        if segment.changed:
            write = visible if look_alike(segment.old, segment.new) else escape
            sides[0].extend(changed_runs(segment.old, "old", write))
            sides[1].extend(changed_runs(segment.new, "new", write))
        else:
            first, last = i == 0, i == len(segments) - 1
            for side in sides:
                side.extend(equal_runs(segment.old, head=not first, tail=not last))
    if left_out:
        count = len(left_out)
        note = Run(f"… ({count} more change{'s' if count > 1 else ''})", "cut")
        for side in sides:
            side.append(note)
    elif not complete:
        for side in sides:
            side.append(Run(" …", "cut"))
    return sides


def around_first_change(old: str, new: str, scrub: Callable[[str], str]) -> tuple[str, str]:
    """Two texts, scrubbed; of very long ones, only the part around the first difference."""
    start = max(0, common_length(old, new) - 2 * MARGIN)
    sides = []
    for text in (old, new):
        part = scrub(text[start : start + LONGEST_SCRUBBED])
        if start:
            part = part[MARGIN:]
        sides.append(part[:-MARGIN] if len(text) - start > LONGEST_SCRUBBED else part)
    return sides[0], sides[1]


def look_alike(old: str, new: str) -> bool:
    """Whether a reader sees no difference: other spaces, invisible or composed characters."""
    return bool(old and new) and seen(old) == seen(new)


def seen(text: str) -> str:
    kept = (c for c in unicodedata.normalize("NFKC", text) if unicodedata.category(c) != "Cf")
    return "".join(kept).strip()


def changed_runs(text: str, style: Style, write: Callable[[str], str]) -> list[Run]:
    if len(text) <= LONGEST_CHANGE:
        return [Run(write(text), style)] if text else []
    head, tail = text[: LONGEST_CHANGE * 2 // 3], text[-LONGEST_CHANGE // 4 :]
    return [
        Run(write(head), style),
        Run(" … ", "cut"),
        Run(write(tail), style),
    ]


def equal_runs(text: str, *, head: bool, tail: bool) -> list[Run]:
    """Text that both have: all of it if it is short, else the parts beside the changes.

    Args:
        text: the common text.
        head: whether a change comes before it.
        tail: whether a change comes after it.
    """
    if len(text) <= (head + tail) * CONTEXT + LEAST_CUT or not (head or tail):
        return [Run(escape(text))] if text else []
    before = text[:CONTEXT].rpartition(" ")[0] or text[:CONTEXT]
    behind = text[-CONTEXT:].partition(" ")[2] or text[-CONTEXT:]
    runs = [Run(escape(before))] if head else []
    runs.append(Run(" … " if head and tail else " …" if head else "… ", "cut"))
    return [*runs, Run(escape(behind))] if tail else runs
