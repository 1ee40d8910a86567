"""Requests that differ only in ids of tool calls that the client made up.

Some clients make up new ones in each run (pydantic-ai for Gemini, whose API has none). Two requests
that differ only in such ids are the same request.
"""

from __future__ import annotations

import re
from base64 import b64decode
from typing import TYPE_CHECKING, Final, TypeAlias

from llmcassette.errors import CassetteError
from llmcassette.matching.table import Table
from llmcassette.streams.codings import decode_body

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from llmcassette.matching.plays import Plays
    from llmcassette.matching.redacted import Shape
    from llmcassette.matching.views import Sent, View
    from llmcassette.model import Interaction
    from llmcassette.streams.bounds import Bounds

__all__ = ["IdTable"]

IdPair: TypeAlias = tuple[str, str]
"""A recorded id, and the one that was sent in its place."""

TOKEN: Final = re.compile(rb"[A-Za-z0-9_.:-]+")
BASE64_FIELD: Final = re.compile(
    rb'"bytes":"((?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?)"'
)


class IdTable:
    """The recorded requests without their ids, and how ids were renamed so far.

    Args:
        interactions: in file order.
        plays: the plays of the interactions.
        views: shape and view of each recorded request without its ids, in file order.
        matcher_accepts: whether the user's matcher accepts a position.
        bounds: how much a compressed body may decode to.

    Attributes:
        table: finds requests by their views without ids; accepts those whose ids agree, too.
    """

    __slots__ = ("_given", "_known", "_matcher_accepts", "_plays", "_renamed", "_renaming", "table")

    def __init__(
        self,
        interactions: Sequence[Interaction],
        plays: Plays,
        views: Iterable[tuple[Shape, View | None]],
        matcher_accepts: Callable[[int, View, Sent], bool],
        bounds: Bounds,
    ) -> None:
        self._plays = plays
        self._given = GivenIds(interactions, bounds)
        self._matcher_accepts = matcher_accepts
        self._renamed: dict[int, tuple[IdPair, ...]] = {}  # by position
        self._renaming = Renaming()
        self._known = 0  # so many of the plays are in the renaming
        self.table = Table(plays, views, self._accepts, renamed=True)

    def note(self, position: int, sent: Sent) -> None:
        """A request plays the interaction at a position, with other ids."""
        entered = self.table.views[position]
        seen = None if entered is None else sent.view(entered[0], renamed=True)
        assert seen is not None, "it has just been compared"
        self._renamed[position] = self._pairs(position, seen)

    def rewind(self) -> None:
        """Positions that were used may be unused again."""
        self.table.rewind()
        used = self._plays.used
        self._renamed = {at: pairs for at, pairs in self._renamed.items() if used[at]}
        self._renaming = Renaming()
        self._known = 0

    def _accepts(self, position: int, seen: View, sent: Sent) -> bool:
        """Whether the ids of two requests agree: see ``Rules.rename_ids``; and the matcher."""
        pairs = self._pairs(position, seen)
        return (
            all(old == new or not self._is_given(old, new, position) for old, new in pairs)
            # A repetition has new ids of its own.
            and (bool(self._plays.used[position]) or self._renaming_so_far().allows(pairs))
            and self._matcher_accepts(position, seen, sent)
        )

    def _pairs(self, position: int, seen: View) -> tuple[IdPair, ...]:
        """Each id of a recorded request with the one that was sent in its place."""
        entered = self.table.views[position]
        return () if entered is None else tuple(zip(entered[1].ids, seen.ids, strict=True))

    def _is_given(self, old: str, new: str, position: int) -> bool:
        return self._given.before(old, position) or self._given.before(new, position)

    def _renaming_so_far(self) -> Renaming:
        """The renaming in all interactions that are played."""
        order = self._plays.order
        for position in order[self._known :]:
            entered = self.table.views[position] if self._plays.used[position] else None
            if entered is not None:
                ids = entered[1].ids
                self._renaming.add(self._renamed.get(position) or zip(ids, ids, strict=True))
        self._known = len(order)
        return self._renaming


class Renaming:
    """Which recorded id each sent one stands for: one to one, in all requests of a cassette."""

    __slots__ = ("_recorded", "_sent")

    def __init__(self) -> None:
        self._recorded: dict[str, str] = {}
        self._sent: dict[str, str] = {}

    def allows(self, pairs: Iterable[IdPair]) -> bool:
        """Whether pairs agree with all that were added."""
        return all(
            self._sent.get(old, new) == new and self._recorded.get(new, old) == old
            for old, new in pairs
        )

    def add(self, pairs: Iterable[IdPair]) -> None:
        """Add pairs; where two disagree, the first stays."""
        for old, new in pairs:
            self._sent.setdefault(old, new)
            self._recorded.setdefault(new, old)


class GivenIds:
    """The ids in the answers of a cassette, which are read as far as needed."""

    __slots__ = ("_bounds", "_first", "_interactions", "_read")

    def __init__(self, interactions: Sequence[Interaction], bounds: Bounds) -> None:
        self._bounds = bounds
        self._interactions = interactions
        self._first: dict[bytes, int] = {}
        self._read = 0

    def before(self, tool_id: str, position: int) -> bool:
        """Whether an answer before a position contains an id."""
        token = tool_id.encode("utf-8", "surrogatepass")
        if TOKEN.fullmatch(token) is None:
            return any(token in self._body(i) for i in range(position))
        while self._read < position:
            for found in TOKEN.findall(self._body(self._read)):
                self._first.setdefault(found, self._read)
            self._read += 1
        return self._first.get(token, position) < position

    def _body(self, position: int) -> bytes:
        try:
            response = self._interactions[position].response
        except CassetteError:  # raised again when it is played
            return b""
        coding = "" if response.uncompressed else response.headers.get("content-encoding", "")
        try:
            return with_events_decoded(decode_body(response.body, coding, self._bounds))
        except CassetteError:  # it decodes to too much: raised again when it is played
            return b""


def with_events_decoded(body: bytes) -> bytes:
    """The body with Bedrock's events, which are in base64, appended in plain."""
    events = BASE64_FIELD.findall(body)
    return b"\n".join([body, *map(b64decode, events)])
