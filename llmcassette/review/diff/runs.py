"""Texts as runs, with the words that differ marked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias, cast

from llmcassette.matching.difference.segments import common_length
from llmcassette.matching.difference.text import escape, preview
from llmcassette.matching.difference.trees import ABSENT
from llmcassette.matching.difference.words import Run, word_difference

if TYPE_CHECKING:
    from llmcassette.json.value import JsonValue

__all__ = [
    "LONGEST_VALUE",
    "Runs",
    "as_text",
    "compared_texts",
    "compared_values",
    "whole",
    "wholes",
]

Runs: TypeAlias = "tuple[Run, ...] | None"
"""A text in runs; ``None`` for nothing."""

LONGEST_VALUE: Final = 200
LONGEST_TEXT: Final = 600
LONGEST_COMPARED: Final = 30_000
"""Characters, starting ``CONTEXT`` before the first difference."""
CONTEXT: Final = 400
MOST_CHANGES: Final = 20


def compared_texts(old: str, new: str) -> tuple[Runs, Runs]:
    """Two texts with their differing words marked; an empty text is nothing."""
    if not old or not new:
        return wholes(old, new)
    start = max(0, common_length(old, new) - CONTEXT)
    near = old[start : start + LONGEST_COMPARED], new[start : start + LONGEST_COMPARED]
    sides = word_difference(*near, most=MOST_CHANGES)
    if max(len(old), len(new)) > start + LONGEST_COMPARED:
        for side in sides:
            side.append(Run(" … (the rest is not compared)", "cut"))
    return unmarked_if_all(sides[0]), unmarked_if_all(sides[1])


def unmarked_if_all(runs: list[Run]) -> tuple[Run, ...]:
    """Runs without marks if all words of a text are marked."""
    if any(not run.style and not run.text.isspace() for run in runs):
        return tuple(runs)
    return tuple(Run(run.text, "cut" if run.style == "cut" else "whole") for run in runs)


def compared_values(old: object, new: object) -> tuple[Runs, Runs]:
    """Two JSON values, of which one may be ``ABSENT``; strings are compared by word."""
    if isinstance(old, str) and isinstance(new, str):
        return compared_texts(old, new)
    return value_runs(old), value_runs(new)


def value_runs(value: object) -> Runs:
    if value is ABSENT:
        return None
    return (Run(preview(cast("JsonValue", value), LONGEST_VALUE), "whole"),)


def wholes(old: str, new: str) -> tuple[Runs, Runs]:
    """Two texts without marks."""
    return whole(old), whole(new)


def whole(text: str) -> Runs:
    """A text without marks; a long one is cut."""
    if not text:
        return None
    runs = (Run(escape(text[:LONGEST_TEXT]), "whole"),)
    left = len(text) - LONGEST_TEXT
    return (*runs, Run(f" … ({left:,} more characters)", "cut")) if left > 0 else runs


def as_text(runs: Runs) -> str | None:
    """The text of runs, without marks."""
    return None if runs is None else "".join(run.text for run in runs)
