"""Hash tables from canonical requests to positions in a cassette."""

from __future__ import annotations

from bisect import insort
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Final, TypeAlias

from llmcassette.json.canonical_text import canonical_text
from llmcassette.json.value import JsonValue
from llmcassette.matching.canonical import request_key
from llmcassette.matching.redacted import MARKER, Shape, blank_out, find_shape, restore, stands_for
from llmcassette.matching.tool_ids import find_ids, number_ids, restore_ids

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from llmcassette.matching.canonical import Canonicalizer
    from llmcassette.model import Request

__all__ = ["Sent", "Table", "View"]

Value: TypeAlias = dict[str, JsonValue]
MARKER_BYTES: Final = MARKER.encode()


@dataclass(frozen=True, slots=True)
class View:
    """What of a canonical request is looked up, and what is compared thereafter.

    Attributes:
        key: stands for all that must be equal.
        texts: what was taken out at the redacted places.
        ids: the tool-call ids, each once, in the order of their first appearance.
    """

    key: bytes
    texts: tuple[str, ...] = ()
    ids: tuple[str, ...] = ()


def view_of(value: Value, shape: Shape, *, renamed: bool) -> View | None:
    """A request seen through a shape; ``None`` where it has no such places, or no ids to rename."""
    if not shape and not renamed:
        return View(request_key(canonical_text(value)))
    texts = blank_out(value, shape)
    if texts is None:
        return None
    places = find_ids(value["body"]) if renamed and "body" in value else []
    try:
        if renamed and not places:
            return None
        ids = number_ids(places)
        return View(request_key(b"%d %b" % (len(places), canonical_text(value))), texts, ids)
    finally:
        restore_ids(places)
        restore(value, shape, texts)


def recorded_view(value: Value, *, renamed: bool) -> tuple[Shape, View | None]:
    """A recorded request's shape, and the request seen through it."""
    text = canonical_text(value)
    shape = find_shape(value) if MARKER_BYTES in text else ()
    if not shape and not renamed:
        return shape, View(request_key(text))
    return shape, view_of(value, shape, renamed=renamed)


class Sent:
    """A request on its way to a match: canonicalised at most once, and only if need be."""

    __slots__ = ("_canonical", "_plain", "_value", "_views", "request")

    def __init__(self, request: Request, canonical: Canonicalizer) -> None:
        self.request = request
        self._canonical = canonical
        self._plain: Value | None = None
        self._value: Value | None = None
        self._views: dict[tuple[Shape, bool], View | None] = {}

    def plain_text(self) -> bytes:
        """Its canonical text before anything is redacted."""
        if self._plain is None:
            self._plain = self._canonical.plain_value(self.request)
        return canonical_text(self._plain)

    def know(self, shape: Shape, view: View) -> None:
        """Take a view from a recorded request of the same bytes."""
        self._views[shape, False] = view

    def view(self, shape: Shape, *, renamed: bool) -> View | None:
        """The request seen through a shape."""
        if (shape, renamed) not in self._views:
            self._views[shape, renamed] = view_of(self.value(), shape, renamed=renamed)
        return self._views[shape, renamed]

    def value(self) -> Value:
        """Its canonical value."""
        if self._value is None:
            self._value = self._canonical.value(self.request, self._plain)
        return self._value


class Queue:
    """Positions of recorded requests that cannot be told apart by look-up, in file order."""

    __slots__ = ("_head", "positions")

    def __init__(self) -> None:
        self.positions: list[int] = []
        self._head = 0

    def add(self, position: int) -> None:
        """Insert a position, which may lie before others that were asked for."""
        if self.positions and position < self.positions[-1]:
            insort(self.positions, position)
            self._head = 0
        else:
            self.positions.append(position)

    def unplayed(self, played: bytearray) -> Iterator[int]:
        """The positions not yet played. Those at the front that are, are never looked at again."""
        while self._head < len(self.positions) and played[self.positions[self._head]]:
            self._head += 1
        for index in range(self._head, len(self.positions)):
            if not played[self.positions[index]]:
                yield self.positions[index]

    def played(self, played: bytearray) -> Iterator[int]:
        """The positions played, the last first."""
        return (position for position in reversed(self.positions) if played[position])


class Table:
    """Recorded requests by key, entered in file order as far as the search has to go.

    Args:
        played: one byte for each interaction, not zero where it was played.
        order: the positions in the order of play.
        make_value: canonical value of the recorded request at a position.
        accepts: what is left to ask of an equal request, by position: ids, the user's matcher.
        renamed: whether keys are taken with tool-call ids replaced by numbers.
    """

    __slots__ = (
        "_accepts",
        "_entered",
        "_known",
        "_make_value",
        "_next",
        "_order",
        "_played",
        "_queues",
        "_renamed",
        "views",
    )

    def __init__(
        self,
        played: bytearray,
        order: list[int],
        make_value: Callable[[int], Value],
        accepts: Callable[[int, View, Sent], bool],
        *,
        renamed: bool,
    ) -> None:
        self._played = played
        self._make_value = make_value
        self._accepts = accepts
        self._renamed = renamed
        self._entered = bytearray(len(played))
        self._order = order
        self._known = 0  # so many of these have been entered
        self._next = 0
        self._queues: dict[Shape, dict[bytes, dict[tuple[str, ...], Queue]]] = {}
        self.views: dict[int, tuple[Shape, View]] = {}

    def first(self, sent: Sent) -> int | None:
        """The first position in the file that is equal and not yet played."""
        found = min(
            (
                position
                for queue, seen in self._equal(sent)
                for position in self._accepted(queue.unplayed(self._played), seen, sent)
            ),
            default=None,
        )
        end = len(self._played) if found is None else found
        while self._next < end:
            position = self._enter_next()
            if not self._played[position] and self.at(position, sent):
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
        """A recorded request's shape, and the request seen through it."""
        self._enter(position)
        return self.views.get(position)

    def last_played(self, sent: Sent) -> int | None:
        """The last position in the file that is equal and played."""
        for position in self._order[self._known :]:
            self._enter(position)
        self._known = len(self._order)
        return max(
            (
                position
                for queue, seen in self._equal(sent)
                for position in self._accepted(queue.played(self._played), seen, sent)
            ),
            default=None,
        )

    def _equal(self, sent: Sent) -> Iterator[tuple[Queue, View]]:
        for shape, queues in self._queues.items():
            seen = sent.view(shape, renamed=self._renamed)
            if seen is not None:
                for texts, queue in queues.get(seen.key, {}).items():
                    if all(map(stands_for, texts, seen.texts)):
                        yield queue, seen

    def _accepted(self, positions: Iterator[int], seen: View, sent: Sent) -> Iterable[int]:
        """The first of the positions that is accepted, if one is."""
        return islice((p for p in positions if self._accepts(p, seen, sent)), 1)

    def _enter_next(self) -> int:
        position = self._next
        self._next += 1
        if not self._played[position]:
            self._enter(position)
        return position

    def _enter(self, position: int) -> None:
        if self._entered[position]:
            return
        self._entered[position] = 1
        value = self._make_value(position)
        shape, recorded = recorded_view(value, renamed=self._renamed)
        if recorded is not None:
            self.views[position] = shape, recorded
            queues = self._queues.setdefault(shape, {}).setdefault(recorded.key, {})
            queues.setdefault(recorded.texts, Queue()).add(position)
