"""What changed between a recorded and a sent request, in a few words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from llmcassette.matching.difference.text import cut
from llmcassette.matching.miss.labels import Section

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llmcassette.matching.difference.words import Run
    from llmcassette.matching.miss.changes import Change

__all__ = ["cause_of", "changed_words"]

MOST_NAMED: Final = 3
LONGEST_NAME: Final = 40
LONGEST: Final = 72
"""Characters. A longer list of names is cut to fewer of them."""


def cause_of(changes: Sequence[Change]) -> str:
    """``system prompt changed, tool weather added``; what doesn't fit is counted."""
    named: dict[tuple[str, str], None] = {}
    for change in changes:
        verb = "changed"
        if change.recorded is None or change.sent is None:
            verb = "added" if change.recorded is None else "removed"
        named[cut(name_of(change), LONGEST_NAME), verb] = None
    listed = list(named)
    texts = (listing(listed, most) for most in range(MOST_NAMED, 0, -1))
    return next((text for text in texts if len(text) <= LONGEST), listing(listed, 1))


def listing(named: Sequence[tuple[str, str]], most: int) -> str:
    """Names, each group of them with its verb."""
    shown = named[:most]
    pieces: list[str] = []
    for at, (name, verb) in enumerate(shown):
        ends = at + 1 == len(shown) or shown[at + 1][1] != verb
        pieces.append(f"{name} {verb}" if ends else name)
    more = len(named) - len(shown)
    return ", ".join(pieces) + (f" and {more} more" if more else "")


def name_of(change: Change) -> str:
    if change.section is Section.MODEL:
        return "model"
    if change.name in ("", "parameter", "wire format", "same items in another order"):
        return change.place
    return change.name


def changed_words(runs: Sequence[Run] | None) -> str:
    """The words of a value that differ; equal for equal changes in different texts."""
    marked = [run.text for run in runs or () if run.style in ("old", "new", "whole")]
    return " … ".join(marked)
