"""Two values as runs: of two texts the words that differ are marked."""

from __future__ import annotations

from typing import Final, TypeAlias

from llmcassette.matching.difference.segments import common_length
from llmcassette.matching.difference.text import escape
from llmcassette.matching.difference.words import Run, word_difference

__all__ = ["Runs", "as_text", "two_texts", "whole"]

Runs: TypeAlias = "tuple[Run, ...] | None"

LONGEST_VALUE: Final = 200
LONGEST_TEXT: Final = 600
LONGEST_COMPARED: Final = 30_000
"""Characters, from some ``BEFORE`` the first difference on."""
BEFORE: Final = 400
MOST_CHANGES: Final = 20


def two_texts(old: str, new: str) -> tuple[Runs, Runs]:
    """Two texts; an empty one is nothing."""
    if not old or not new:
        return whole(old), whole(new)
    start = max(0, common_length(old, new) - BEFORE)
    near = old[start : start + LONGEST_COMPARED], new[start : start + LONGEST_COMPARED]
    sides = word_difference(*near, most=MOST_CHANGES)
    if max(len(old), len(new)) > start + LONGEST_COMPARED:
        for side in sides:
            side.append(Run(" … (the rest is not compared)", "cut"))
    return unmarked_if_all(sides[0]), unmarked_if_all(sides[1])


def unmarked_if_all(runs: list[Run]) -> tuple[Run, ...]:
    """Marks say nothing where no word of the text is left unmarked."""
    if any(not run.style and not run.text.isspace() for run in runs):
        return tuple(runs)
    return tuple(Run(run.text, "cut" if run.style == "cut" else "whole") for run in runs)


def whole(text: str) -> Runs:
    """A text that is there on one side only; a long one by its beginning."""
    if not text:
        return None
    shown = escape(text[:LONGEST_TEXT])
    runs = (Run(shown, "whole"),)
    left = len(text) - LONGEST_TEXT
    return (*runs, Run(f" … ({left:,} more characters)", "cut")) if left > 0 else runs


def as_text(runs: Runs) -> str | None:
    """Runs without their marks."""
    return None if runs is None else "".join(run.text for run in runs)
