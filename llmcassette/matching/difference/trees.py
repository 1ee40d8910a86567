"""Where two JSON values differ, by path, with the items of arrays aligned.

Nothing here recurses over data: values may be nested as deep as memory allows.
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
    """Where one of two values has nothing."""

    ABSENT = "absent"


ABSENT: Final = Absent.ABSENT

DEEPEST_ALIGNED: Final = 50
"""Deeper inside, items are compared by position."""
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


class Place(NamedTuple):
    """Where two values that are compared stand, each in its own whole; ``None`` for the whole.

    Both are one object where the paths are the same.
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
        place: where.
        recorded: the value there, or ``ABSENT``.
        sent: the value there, or ``ABSENT``.
        kind: ``order`` where both have the same items in another order, and the values are lists
            of their names; else ``value``.
    """

    place: Place
    recorded: JsonValue | Absent
    sent: JsonValue | Absent
    kind: Literal["value", "order"] = "value"

    @property
    def step(self) -> Step | None:
        """Where, in the recorded value if something is there, else in the sent one."""
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
    """Whether two scalars are the same: numbers by value, ``true`` is not 1."""
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
