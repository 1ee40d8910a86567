"""How far an open cassette has come, so that it can be taken back to there."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["START", "Mark", "left"]


class Mark(NamedTuple):
    """A point in the life of an open cassette.

    Attributes:
        plays: how many interactions were played before it.
        takes: how many requests came before it, where faults are laid over the cassette.
        recordings: how many requests went live.
        errors: how many were raised.
    """

    plays: int
    takes: int
    recordings: int
    errors: int


START = Mark(0, 0, 0, 0)


def left(since: Mark, now: Mark, but: Sequence[tuple[Mark, Mark]]) -> tuple[list[int], ...]:
    """What is left when all between two marks is gone, but for what lies between others.

    Returns:
        For each field of ``Mark``, the numbers of what is left.
    """
    return tuple(
        [
            number
            for number in range(now[field])
            if number < since[field]
            or any(begin[field] <= number < end[field] for begin, end in but)
        ]
        for field in range(len(Mark._fields))
    )
