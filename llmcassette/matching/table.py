"""Hash tables from requests to positions in a cassette."""

from __future__ import annotations

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
    """Positions of recorded requests with equal views, in file order.

    Args:
        first: the first of them.
    """

    __slots__ = ("_head", "positions")

    def __init__(self, first: int) -> None:
        self.positions = [first]
        self._head = 0

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

    def rewind(self) -> None:
        """Look again at the positions that were skipped."""
        self._head = 0


class Table:
    """All recorded requests of a cassette by their views, entered in one go.

    Args:
        plays: the plays of the interactions.
        views: shape and view of each recorded request, in file order.
        accepts: the rest of the comparison, for requests with equal views: ids and the matcher.
        renamed: whether tool-call ids are taken out of the views.

    Attributes:
        views: shape and view of each position; ``None`` for one that isn't looked up here.
    """

    __slots__ = ("_accepts", "_at", "_plain", "_plays", "_queues", "_renamed", "views")

    def __init__(
        self,
        plays: Plays,
        views: Iterable[tuple[Shape, View | None]],
        accepts: Callable[[int, View, Sent], bool],
        *,
        renamed: bool,
    ) -> None:
        self._plays = plays
        self._accepts = accepts
        self._renamed = renamed
        self._plain: dict[bytes, Queue] = {}  # the requests without redacted texts
        self._queues: dict[Shape, dict[bytes, dict[tuple[str, ...], Queue]]] = {}
        self._at: list[Queue | None] = []
        self.views: list[tuple[Shape, View] | None] = []
        for position, (shape, view) in enumerate(views):
            self.views.append(None if view is None else (shape, view))
            self._at.append(None if view is None else self._enter(position, shape, view))

    def _enter(self, position: int, shape: Shape, view: View) -> Queue:
        queue: Queue | None
        if not shape:
            queue = self._plain.get(view.key)
            if queue is None:
                self._plain[view.key] = queue = Queue(position)
                return queue
        else:
            queues = self._queues.setdefault(shape, {}).setdefault(view.key, {})
            queue = queues.get(view.texts)
            if queue is None:
                queues[view.texts] = queue = Queue(position)
                return queue
        queue.positions.append(position)
        return queue

    @property
    def is_plain(self) -> bool:
        """Whether no request has redacted texts, so that those of equal bytes are equal."""
        return not self._queues

    def rewind(self) -> None:
        """Positions that were used may be unused again."""
        for queue in self._at:
            if queue is not None:
                queue.rewind()

    def first(self, sent: Sent) -> int | None:
        """The first position that is equal and not played."""
        return min(
            (
                position
                for queue, seen in self._equal(sent)
                for position in self._accepted(queue.unused(self._plays.used), seen, sent)
            ),
            default=None,
        )

    def first_like(self, position: int) -> int | None:
        """What ``first`` returns for a request of the same bytes as the one at a position.

        Only of use where ``is_plain``, and without a matcher.
        """
        queue = self._at[position]
        return None if queue is None else next(queue.unused(self._plays.used), None)

    def at(self, position: int, sent: Sent) -> bool:
        """Whether the recorded request at a position is equal."""
        entered = self.views[position]
        if entered is None:
            return False
        shape, recorded = entered
        seen = sent.view(shape, renamed=self._renamed)
        return (
            seen is not None
            and seen.key == recorded.key
            and all(map(stands_for, recorded.texts, seen.texts))
            and self._accepts(position, seen, sent)
        )

    def played(self, sent: Sent) -> list[int]:
        """The positions that are equal and played, in file order."""
        return sorted(
            position
            for queue, seen in self._equal(sent)
            for position in queue.used(self._plays.used)
            if self._accepts(position, seen, sent)
        )

    def last_played(self, sent: Sent) -> int | None:
        """The last position that is equal and played."""
        return max(
            (
                position
                for queue, seen in self._equal(sent)
                for position in self._accepted(queue.used(self._plays.used), seen, sent)
            ),
            default=None,
        )

    def _equal(self, sent: Sent) -> Iterator[tuple[Queue, View]]:
        seen = sent.view((), renamed=self._renamed) if self._plain else None
        if seen is not None and seen.key in self._plain:
            yield self._plain[seen.key], seen
        for shape, queues in self._queues.items():
            seen = sent.view(shape, renamed=self._renamed)
            if seen is not None:
                for texts, queue in queues.get(seen.key, {}).items():
                    if all(map(stands_for, texts, seen.texts)):
                        yield queue, seen

    def _accepted(self, positions: Iterator[int], seen: View, sent: Sent) -> Iterable[int]:
        """The first accepted position, if there is one."""
        return islice((p for p in positions if self._accepts(p, seen, sent)), 1)
