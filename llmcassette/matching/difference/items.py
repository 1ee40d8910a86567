"""Aligns the items of two arrays: which to compare with which."""

from __future__ import annotations

import json
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Final, TypeAlias

from llmcassette.matching.difference.text import preview

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from llmcassette.json.value import JsonValue

__all__ = ["names_of", "pairs_by_content", "pairs_by_name", "pairs_by_position"]

Pair: TypeAlias = "tuple[int | None, int | None]"
"""Positions of two items to compare; ``None`` for no counterpart."""

LONGEST_ALIGNED: Final = 500
"""If more items differ, they are compared by position."""


def pairs_by_name(old: list[str], new: list[str]) -> Iterator[Pair]:
    place = {name: j for j, name in enumerate(new)}
    for i, name in enumerate(old):
        yield i, place.pop(name, None)
    for j in place.values():
        yield None, j


def pairs_by_position(i: int, i_end: int, j: int, j_end: int) -> Iterator[Pair]:
    both = min(i_end - i, j_end - j)
    yield from zip(range(i, i + both), range(j, j + both), strict=True)
    yield from ((k, None) for k in range(i + both, i_end))
    yield from ((None, k) for k in range(j + both, j_end))


def pairs_by_content(old: list[JsonValue], new: list[JsonValue]) -> Iterator[Pair]:
    """Pair equal items first; between these, items of one kind, in order."""
    texts = [fingerprint(value) for value in old], [fingerprint(value) for value in new]
    shorter = min(map(len, texts))
    start = next((k for k in range(shorter) if texts[0][k] != texts[1][k]), shorter)
    end = next((k for k in range(shorter - start) if texts[0][~k] != texts[1][~k]), shorter - start)
    yield from pairs_by_position(0, start, 0, start)
    ends = len(old) - end, len(new) - end
    middle = texts[0][start : ends[0]], texts[1][start : ends[1]]
    if max(map(len, middle)) > LONGEST_ALIGNED:
        yield from pairs_by_position(start, ends[0], start, ends[1])
    else:
        for tag, i, i_end, j, j_end in blocks(*middle):
            block = (start + i, start + i_end, start + j, start + j_end)
            pairs = pairs_by_kind(old, new, *block) if tag == "replace" else None
            yield from pairs or pairs_by_position(*block)
    yield from pairs_by_position(ends[0], len(old), ends[1], len(new))


def blocks(old: list[str], new: list[str]) -> Sequence[tuple[str, int, int, int, int]]:
    """Equal and unequal blocks; a single block if comparing by position finds as much."""
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    if len(old) == len(new):
        in_place = sum(map(str.__eq__, old, new))
        if in_place >= sum(block.size for block in matcher.get_matching_blocks()):
            return [("equal", 0, len(old), 0, len(new))]
    return matcher.get_opcodes()


def pairs_by_kind(
    old: list[JsonValue], new: list[JsonValue], i: int, i_end: int, j: int, j_end: int
) -> Iterator[Pair]:
    kinds = [kind_of(value) for value in old[i:i_end]], [kind_of(value) for value in new[j:j_end]]
    for tag, a, a_end, b, b_end in blocks(*kinds):
        if tag == "replace" and a_end - a != b_end - b:
            yield from pairs_by_position(i + a, i + a_end, j + b, j + b)
            yield from pairs_by_position(i + a_end, i + a_end, j + b, j + b_end)
        else:
            yield from pairs_by_position(i + a, i + a_end, j + b, j + b_end)


def names_of(values: list[JsonValue]) -> list[str]:
    """The names of an array's items (such as tools) if all have different ones."""
    names = [name_of(value) for value in values]
    found = [name for name in names if name is not None]
    return found if len(found) == len(names) == len(set(found)) else []


def name_of(value: JsonValue) -> str | None:
    if not isinstance(value, dict) or "role" in value:
        return None
    for holder in (value, *(value.get(key) for key in ("function", "custom", "toolSpec"))):
        if isinstance(holder, dict) and isinstance(name := holder.get("name"), str):
            return name
    return None


def fingerprint(value: JsonValue) -> str:
    """A text that is equal for equal items, for alignment; inexact for numbers and depth."""
    if isinstance(value, str):
        return value
    try:
        return json.dumps(value, sort_keys=True, default=str)
    except (RecursionError, ValueError):
        return preview(value, 2000)


def kind_of(value: JsonValue) -> str:
    """A message's role or a part's type."""
    if not isinstance(value, dict):
        return type(value).__name__
    return next((kind for key in ("role", "type") if isinstance(kind := value.get(key), str)), "")
