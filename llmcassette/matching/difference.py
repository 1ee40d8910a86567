"""Where two JSON values differ, by path, with the items of arrays aligned.

Nothing here recurses over data: values may be nested as deep as memory allows.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import Enum
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from llmcassette.matching.difference_text import preview
from llmcassette.providers.jsonvalue import member

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from llmcassette.matching.json_parser import JsonValue

__all__ = [
    "ABSENT",
    "DEEPEST_SHOWN",
    "MOST_FOUND",
    "Absent",
    "Difference",
    "Step",
    "differences",
    "path_text",
    "same_leaf",
]


class Absent(Enum):
    """Where one of two values has nothing."""

    ABSENT = "absent"


ABSENT: Final = Absent.ABSENT

DEEPEST_ALIGNED: Final = 50
LONGEST_ALIGNED: Final = 500
"""Where more items differ, or deeper inside, they are compared by position."""
MOST_FOUND: Final = 1000
LONGEST_READ: Final = 100_000

DEEPEST_SHOWN: Final = 24


@dataclass(frozen=True, slots=True)
class Step:
    """A place in a JSON value: a member or an item of the place before."""

    parent: Step | None
    key: str | int
    depth: int = 0

    def keys(self) -> list[str | int]:
        """From the root on."""
        keys: list[str | int] = []
        step: Step | None = self
        while step is not None:
            keys.append(step.key)
            step = step.parent
        keys.reverse()
        return keys


def path_text(step: Step | None) -> str:
    """``messages[3].content``; a very deep place without its middle."""
    keys = step.keys() if step else []
    if len(keys) > DEEPEST_SHOWN:
        half = DEEPEST_SHOWN // 2
        return f"{join(keys[:half])} … {join(keys[-half:])}"
    return join(keys)


def join(keys: list[str | int]) -> str:
    path = ""
    for key in keys:
        path = f"{path}[{key}]" if isinstance(key, int) else member(path, key)
    return path


@dataclass(frozen=True, slots=True)
class Difference:
    """One place where a recorded and a sent value differ.

    Attributes:
        step: where, in the recorded value if it is there, else in the sent one; ``None`` for the
            whole value.
        recorded: the value there, or ``ABSENT``.
        sent: the value there, or ``ABSENT``.
        aligned: the place has the same path in both values.
        kind: ``order`` where both have the same items in another order, and the values are lists
            of their names; else ``value``.
    """

    step: Step | None
    recorded: JsonValue | Absent
    sent: JsonValue | Absent
    aligned: bool = True
    kind: Literal["value", "order"] = "value"

    @property
    def path(self) -> str:
        return path_text(self.step)


Same: TypeAlias = "Callable[[JsonValue, JsonValue], bool]"
Compared: TypeAlias = "tuple[Step | None, JsonValue | Absent, JsonValue | Absent, bool]"
Pair: TypeAlias = "tuple[int | None, int | None]"
"""Which items of two arrays to compare, by position; ``None`` for no counterpart."""


def differences(
    recorded: JsonValue, sent: JsonValue, *, most: int = MOST_FOUND, same: Same | None = None
) -> list[Difference]:
    """Where two values differ, in the order of the recorded one; ``most`` places at most.

    Objects are compared by member. In arrays, items that are equal are aligned first; of those
    between, the ones of equal name (tools), role or type (messages, parts) are compared with one
    another, and what has no counterpart is there on one side only.

    Args:
        recorded: one value.
        sent: the other.
        most: after how many to stop.
        same: whether two scalars are equal; ``same_leaf`` by default.
    """
    same = same or same_leaf
    found: list[Difference] = []
    open_places: list[Iterator[Compared | Difference]] = [iter([(None, recorded, sent, True)])]
    while open_places and len(found) < most:
        item = next(open_places[-1], None)
        if item is None:
            open_places.pop()
        elif isinstance(item, Difference):
            found.append(item)
        else:
            step, old, new, aligned = item
            if isinstance(old, dict) and isinstance(new, dict):
                open_places.append(members(step, old, new, aligned))
            elif isinstance(old, list) and isinstance(new, list):
                open_places.append(items(step, old, new, aligned, same))
            elif old is ABSENT or new is ABSENT or not equal_scalars(old, new, same):
                found.append(Difference(step, old, new, aligned))
    return found


def equal_scalars(old: JsonValue, new: JsonValue, same: Same) -> bool:
    containers = (dict, list)
    return not isinstance(old, containers) and not isinstance(new, containers) and same(old, new)


def same_leaf(one: JsonValue, other: JsonValue) -> bool:
    """Whether two scalars are the same: numbers by value, ``true`` is not 1."""
    return one == other and isinstance(one, bool) == isinstance(other, bool)


def members(
    step: Step | None, old: dict[str, JsonValue], new: dict[str, JsonValue], aligned: bool
) -> Iterator[Compared | Difference]:
    for key, value in old.items():
        yield below(step, key), value, new.get(key, ABSENT), aligned
    for key, value in new.items():
        if key not in old:
            yield below(step, key), ABSENT, value, aligned


def below(step: Step | None, key: str | int) -> Step:
    return Step(step, key, step.depth + 1 if step else 1)


def items(
    step: Step | None, old: list[JsonValue], new: list[JsonValue], aligned: bool, same: Same
) -> Iterator[Compared | Difference]:
    names = names_of(old), names_of(new)
    if names[0] and names[1]:
        at = pairs_by_name(*names)
    elif (step and step.depth > DEEPEST_ALIGNED) or max(len(old), len(new)) > LONGEST_READ:
        at = pairs_by_position(0, len(old), 0, len(new))
    else:
        at = pairs_by_content(old, new)
    for i, j in at:
        if j is not None and i is not None:
            if not equal_scalars(old[i], new[j], same):
                yield below(step, i), old[i], new[j], aligned and i == j
        elif i is not None:
            yield below(step, i), old[i], ABSENT, aligned
        elif j is not None:
            yield below(step, j), ABSENT, new[j], aligned
    common: list[list[JsonValue]] = [
        [name for name in mine if name in others] for mine, others in (names, names[::-1])
    ]
    if common[0] != common[1]:
        yield Difference(step, common[0], common[1], aligned, "order")


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
    """Equal items first; between them those of one kind, in order."""
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
    """What is equal and what is not; as one block where position says as much."""
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
    for _, a, a_end, b, b_end in blocks(*kinds):
        yield from pairs_by_position(i + a, i + a_end, j + b, j + b_end)


def names_of(values: list[JsonValue]) -> list[str]:
    """The names of an array's items, if each has one and none twice; tools are such."""
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
    """A text that is equal for equal items, to align by; not exact for numbers and depth."""
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
