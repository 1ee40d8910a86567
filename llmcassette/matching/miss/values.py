"""Two differing values as text for a reader, with the differing words marked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias

from llmcassette.matching.difference.text import preview
from llmcassette.matching.difference.trees import ABSENT
from llmcassette.matching.difference.words import Run, around_first_change, word_difference

if TYPE_CHECKING:
    from collections.abc import Callable

    from llmcassette.json.value import JsonValue
    from llmcassette.matching.difference.trees import Absent

__all__ = ["LONGEST_VALUE", "Runs", "both_values", "byte_text", "decoded", "readable", "whole"]

LONGEST_VALUE: Final = 160
SHORT_WORD: Final = 40

Runs: TypeAlias = tuple[Run, ...] | None
"""A value in pieces; ``None`` for no value."""


def both_values(
    old: JsonValue | Absent, new: JsonValue | Absent, scrub: Callable[[str], str]
) -> tuple[Runs, Runs]:
    """Two values; in two texts, the words that differ are marked."""
    if not (isinstance(old, str) and isinstance(new, str)):
        return whole(old, scrub), whole(new, scrub)
    shown = around_first_change(old, new, scrub)
    if shown[0] == shown[1]:
        note = Run(" (the difference is not shown)", "cut")
        same = (Run(preview(shown[0], LONGEST_VALUE), "whole"), note)
        return same, same
    if all(map(is_short_word, shown)):
        return whole(old, scrub), whole(new, scrub)
    sides = word_difference(*shown)
    return in_quotes(sides[0]), in_quotes(sides[1])


def whole(value: JsonValue | Absent, scrub: Callable[[str], str]) -> Runs:
    if value is ABSENT:
        return None
    return (Run(preview(value, LONGEST_VALUE, scrub), "whole"),)


def is_short_word(text: str) -> bool:
    """Whether a text is so short that marks in it would only disturb."""
    return len(text) <= SHORT_WORD and not any(map(str.isspace, text))


def in_quotes(runs: list[Run]) -> tuple[Run, ...]:
    if not any(not run.style for run in runs):
        runs = [Run(run.text, "cut" if run.style == "cut" else "whole") for run in runs]
    return (Run('"', "quote"), *runs, Run('"', "quote"))


def readable(value: JsonValue | Absent) -> JsonValue | Absent:
    """A text that the canonical form has as Latin-1, in UTF-8 if it is valid."""
    if isinstance(value, str):
        lines = decoded(value)
        return value if lines is None else "".join(lines)
    return value


def decoded(text: str) -> list[str] | None:
    """The lines of a body that was read as Latin-1; ``None`` if it is not text in UTF-8."""
    try:
        whole = text.encode("latin-1").decode()
    except UnicodeError:
        return None
    return None if "\0" in whole else whole.splitlines(keepends=True)


def byte_text(text: str, at: int) -> str:
    there = text[at : at + 8].encode("latin-1").hex(" ")
    size = f"{len(text):,} bytes"
    return f"{size}, from byte {at}: {there}{' …' if len(text) > at + 8 else ''}" if there else size
