"""Finds the differences of two JSON values, by path, with the items of arrays aligned.

Nothing here recurses, so values may be nested as deep as memory allows.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, TypeAlias

from llmcassette.matching.difference.items import (
    names_of,
    pairs_by_content,
    pairs_by_name,
    pairs_by_position,
)
from llmcassette.providers.jsonvalue import member

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from llmcassette.json.value import JsonValue

__all__ = [
    "ABSENT",
    "DEEPEST_SHOWN",
    "MOST_FOUND",
    "Absent",
    "Difference",
    "Place",
    "Step",
    "differences",
    "path_text",
    "same_leaf",
]


class Absent(Enum):
    """The type of ``ABSENT``."""

    ABSENT = "absent"


ABSENT: Final = Absent.ABSENT
"""The value of a member or an item that only the other side has."""

DEEPEST_ALIGNED: Final = 50
"""Below this depth, items are compared by position."""
MOST_FOUND: Final = 1000
LONGEST_READ: Final = 100_000

DEEPEST_SHOWN: Final = 24


@dataclass(frozen=True, slots=True)
class Step:
    """A place in a JSON value: a member or an item of the parent place."""

    parent: Step | None
    key: str | int
    depth: int = 0

    def keys(self) -> list[str | int]:
        """The keys from the root to this place."""
        keys: list[str | int] = []
        step: Step | None = self
        while step is not None:
            keys.append(step.key)
            step = step.parent
        keys.reverse()
        return keys


def path_text(step: Step | None) -> str:
    """A path such as ``messages[3].content``; the middle of a very long one is left out."""
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


class Place(NamedTuple):
    """The places of two values that are compared; ``None`` for the whole value.

    Both are the same object if the paths are the same.
    """

    recorded: Step | None
    sent: Step | None

    def below(self, old_key: str | int, new_key: str | int) -> Place:
        """The place of a member or an item."""
        old = step_below(self.recorded, old_key)
        same = self.recorded is self.sent and old_key == new_key
        return Place(old, old if same else step_below(self.sent, new_key))


def step_below(step: Step | None, key: str | int) -> Step:
    return Step(step, key, step.depth + 1 if step else 1)


@dataclass(frozen=True, slots=True)
class Difference:
    """One place where a recorded and a sent value differ.

    Attributes:
        place: the place in both values.
        recorded: the recorded value there, or ``ABSENT``.
        sent: the sent value there, or ``ABSENT``.
        kind: ``order`` if both have the same named items in another order (the values are then
            the lists of names); else ``value``.
    """

    place: Place
    recorded: JsonValue | Absent
    sent: JsonValue | Absent
    kind: Literal["value", "order"] = "value"

    @property
    def step(self) -> Step | None:
        """The place in the recorded value, or in the sent one if only that has something there."""
        return self.place[self.recorded is ABSENT]

    @property
    def aligned(self) -> bool:
        """Whether the place has the same path in both values."""
        return self.place.recorded is self.place.sent

    @property
    def path(self) -> str:
        """``messages[3].content``; empty for the whole value."""
        return path_text(self.step)


Same: TypeAlias = "Callable[[JsonValue, JsonValue], bool]"
Compared: TypeAlias = "tuple[Place, JsonValue | Absent, JsonValue | Absent]"


def differences(
    recorded: JsonValue, sent: JsonValue, *, most: int = MOST_FOUND, same: Same | None = None
) -> list[Difference]:
    """The differences of two values, in the order of the recorded one.

    Objects are compared by member. In arrays, equal items are aligned first; between these, items
    of equal name (tools), role or type (messages, parts) are compared. An item without a
    counterpart is present on one side only.

    Args:
        recorded: one value.
        sent: the other.
        most: the number of differences to stop at.
        same: whether two scalars are equal; ``same_leaf`` by default.
    """
    same = same or same_leaf
    found: list[Difference] = []
    open_places: list[Iterator[Compared | Difference]] = [
        iter([(Place(None, None), recorded, sent)])
    ]
    while open_places and len(found) < most:
        item = next(open_places[-1], None)
        if item is None:
            open_places.pop()
        elif isinstance(item, Difference):
            found.append(item)
        else:
            place, old, new = item
            if isinstance(old, dict) and isinstance(new, dict):
                open_places.append(members(place, old, new))
            elif isinstance(old, list) and isinstance(new, list):
                open_places.append(items(place, old, new, same))
            elif old is ABSENT or new is ABSENT or not equal_scalars(old, new, same):
                found.append(Difference(place, old, new))
    return found


def equal_scalars(old: JsonValue, new: JsonValue, same: Same) -> bool:
    containers = (dict, list)
    return not isinstance(old, containers) and not isinstance(new, containers) and same(old, new)


def same_leaf(one: JsonValue, other: JsonValue) -> bool:
    """Whether two scalars are equal: numbers by value, and ``true`` is not 1."""
    return one == other and isinstance(one, bool) == isinstance(other, bool)


def members(
    place: Place, old: dict[str, JsonValue], new: dict[str, JsonValue]
) -> Iterator[Compared | Difference]:
    for key, value in old.items():
        yield place.below(key, key), value, new.get(key, ABSENT)
    for key, value in new.items():
        if key not in old:
            yield place.below(key, key), ABSENT, value


def items(
    place: Place, old: list[JsonValue], new: list[JsonValue], same: Same
) -> Iterator[Compared | Difference]:
    names = names_of(old), names_of(new)
    deep = place.recorded is not None and place.recorded.depth > DEEPEST_ALIGNED
    if names[0] and names[1]:
        at = pairs_by_name(*names)
    elif deep or max(len(old), len(new)) > LONGEST_READ:
        at = pairs_by_position(0, len(old), 0, len(new))
    else:
        at = pairs_by_content(old, new)
    for i, j in at:
        if j is None:
            assert i is not None
            yield place.below(i, i), old[i], ABSENT
        elif i is None:
            yield place.below(j, j), ABSENT, new[j]
        elif not equal_scalars(old[i], new[j], same):
            yield place.below(i, j), old[i], new[j]
    common: list[list[JsonValue]] = [
        [name for name in mine if name in others] for mine, others in (names, names[::-1])
    ]
    if common[0] != common[1]:
        yield Difference(place, common[0], common[1], "order")
