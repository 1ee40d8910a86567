"""Hash tables from requests to positions in a cassette."""

from __future__ import annotations

from bisect import insort
from itertools import islice
from typing import TYPE_CHECKING

from llmcassette.matching.redacted import stands_for

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from llmcassette.matching.plays import Plays
    from llmcassette.matching.redacted import Shape
    from llmcassette.matching.views import Sent, View

__all__ = ["Table"]


class Queue:
    """Positions of recorded requests with equal views, in file order."""

    __slots__ = ("_head", "positions")

    def __init__(self) -> None:
        self.positions: list[int] = []
        self._head = 0

    def add(self, position: int) -> None:
        """Insert a position; positions need not come in file order."""
        if self.positions and position < self.positions[-1]:
            insort(self.positions, position)
            self._head = 0
        else:
            self.positions.append(position)

    def unused(self, used: bytearray) -> Iterator[int]:
        """The positions that are not used. Used ones at the front are skipped for good."""
        while self._head < len(self.positions) and used[self.positions[self._head]]:
            self._head += 1
        for index in range(self._head, len(self.positions)):
            if not used[self.positions[index]]:
                yield self.positions[index]

    def used(self, used: bytearray) -> Iterator[int]:
        """The used positions, the last one first."""
        return (position for position in reversed(self.positions) if used[position])


class Table:
    """Recorded requests by their views. They are entered in file order, as far as needed.

    Args:
        plays: the plays of the interactions.
        make_view: returns shape and view of the recorded request at a position.
        accepts: the rest of the comparison, for requests with equal views: ids and the matcher.
        renamed: whether tool-call ids are taken out of the views.

    Attributes:
        views: shape and view of each entered position.
    """

    __slots__ = (
        "_accepts",
        "_entered",
        "_known",
        "_make_view",
        "_next",
        "_plays",
        "_queues",
        "_renamed",
        "views",
    )

    def __init__(
        self,
        plays: Plays,
        make_view: Callable[[int], tuple[Shape, View | None]],
        accepts: Callable[[int, View, Sent], bool],
        *,
        renamed: bool,
    ) -> None:
        self._plays = plays
        self._make_view = make_view
        self._accepts = accepts
        self._renamed = renamed
        self._entered = bytearray(len(plays.used))
        self._known = 0  # so many of ``plays.order`` have been entered
        self._next = 0
        self._queues: dict[Shape, dict[bytes, dict[tuple[str, ...], Queue]]] = {}
        self.views: dict[int, tuple[Shape, View]] = {}

    def first(self, sent: Sent) -> int | None:
        """The first position that is equal and not played."""
        found = min(
            (
                position
                for queue, seen in self._equal(sent)
                for position in self._accepted(queue.unused(self._plays.used), seen, sent)
            ),
            default=None,
        )
        end = len(self._plays.used) if found is None else found
        while self._next < end:
            position = self._enter_next()
            if not self._plays.used[position] and self.at(position, sent):
                return position
        return found

    def has(self, position: int) -> bool:
        """Whether a position has been entered."""
        return bool(self._entered[position])

    def at(self, position: int, sent: Sent) -> bool:
        """Whether the recorded request at a position is equal."""
        self._enter(position)
        if position not in self.views:
            return False
        shape, recorded = self.views[position]
        seen = sent.view(shape, renamed=self._renamed)
        return (
            seen is not None
            and seen.key == recorded.key
            and all(map(stands_for, recorded.texts, seen.texts))
            and self._accepts(position, seen, sent)
        )

    def view_at(self, position: int) -> tuple[Shape, View] | None:
        """Shape and view of the recorded request at a position."""
        self._enter(position)
        return self.views.get(position)

    def played(self, sent: Sent) -> list[int]:
        """The positions that are equal and played, in file order."""
        self._enter_played()
        return sorted(
            position
            for queue, seen in self._equal(sent)
            for position in queue.used(self._plays.used)
            if self._accepts(position, seen, sent)
        )

    def last_played(self, sent: Sent) -> int | None:
        """The last position that is equal and played."""
        self._enter_played()
        return max(
            (
                position
                for queue, seen in self._equal(sent)
                for position in self._accepted(queue.used(self._plays.used), seen, sent)
            ),
            default=None,
        )

    def _enter_played(self) -> None:
        for position in self._plays.order[self._known :]:
            self._enter(position)
        self._known = len(self._plays.order)

    def _equal(self, sent: Sent) -> Iterator[tuple[Queue, View]]:
        for shape, queues in self._queues.items():
            seen = sent.view(shape, renamed=self._renamed)
            if seen is not None:
                for texts, queue in queues.get(seen.key, {}).items():
                    if all(map(stands_for, texts, seen.texts)):
                        yield queue, seen

    def _accepted(self, positions: Iterator[int], seen: View, sent: Sent) -> Iterable[int]:
        """The first accepted position, if there is one."""
        return islice((p for p in positions if self._accepts(p, seen, sent)), 1)

    def _enter_next(self) -> int:
        position = self._next
        self._next += 1
        if not self._plays.used[position]:
            self._enter(position)
        return position

    def _enter(self, position: int) -> None:
        if self._entered[position]:
            return
        self._entered[position] = 1
        shape, recorded = self._make_view(position)
        if recorded is not None:
            self.views[position] = shape, recorded
            queues = self._queues.setdefault(shape, {}).setdefault(recorded.key, {})
            queues.setdefault(recorded.texts, Queue()).add(position)
