"""The interactions of a cassette, found by request: one look-up, whatever their number."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from llmcassette.errors import ReplayError
from llmcassette.matching.canonical import Canonicalizer
from llmcassette.matching.rules import Rules, RuleUse
from llmcassette.matching.table import Sent, Table, Value, View
from llmcassette.matching.tool_ids import GivenIds

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llmcassette.model import Interaction, Request

__all__ = ["How", "Index", "Match"]

How: TypeAlias = Literal["exact", "redacted", "renamed ids", "repeat"]
"""In what way a recorded request is equal: by meaning; where ``[REDACTED]`` stands for the text
sent; but for ids the client made up; or it is, and was played before (``Rules.allow_repeats``)."""

Raw: TypeAlias = tuple[object, ...]
NOT_SNIFFED: Final = ("application/x-www-form-urlencoded", "multipart/")


@dataclass(frozen=True, slots=True)
class Match:
    """The answer to a request.

    Attributes:
        interaction: what was recorded.
        how: in what way its request is equal to the one sent.
        position: where it stands in the file, from 0.
    """

    interaction: Interaction
    how: How
    position: int


class Index:
    """A cassette's interactions, each played once, the first equal one in the file first.

    Recorded requests are canonicalised in file order, only as far as the search has to go. Calls
    must not overlap: whoever shares an index between threads holds a lock.

    Args:
        interactions: in file order; an item is read when the search comes to it.
        rules: what counts as equal.
        use: where the use of rules is counted, for the warning about those that did nothing.
    """

    __slots__ = (
        "_by_id",
        "_by_meaning",
        "_canonical",
        "_cursor",
        "_given",
        "_order",
        "_played",
        "_raw",
        "_raw_headers",
        "interactions",
        "rules",
        "use",
    )

    def __init__(
        self, interactions: Sequence[Interaction], rules: Rules, use: RuleUse | None = None
    ) -> None:
        self.interactions = interactions
        self.rules = rules
        self.use = RuleUse() if use is None else use
        self._canonical = Canonicalizer(rules, self.use)
        self._given = GivenIds(interactions)
        self._played = bytearray(len(interactions))
        self._order: list[int] = []
        self._cursor = 0  # everything before it is played
        self._raw: dict[Raw, int] = {}
        self._raw_headers = ("content-type", "content-encoding", *rules.match_headers)
        self._by_meaning = Table(
            self._played,
            self._noted_value,
            lambda position, _, sent: self._matcher_accepts(position, sent.request),
            renamed=False,
        )
        self._by_id = Table(self._played, self._value, self._accepts_ids, renamed=True)

    @property
    def played(self) -> tuple[Interaction, ...]:
        """What was played, in the order of play; a repeat counts again."""
        return tuple(self.interactions[position] for position in self._order)

    @property
    def played_positions(self) -> tuple[int, ...]:
        """Where that stands in the file, from 0."""
        return tuple(self._order)

    @property
    def unplayed(self) -> tuple[Interaction, ...]:
        """What was never played, in file order."""
        return tuple(
            interaction
            for interaction, played in zip(self.interactions, self._played, strict=True)
            if not played
        )

    @property
    def canonicalised(self) -> int:
        """How many requests were canonicalised so far, recorded and sent: the cost of matching."""
        return self._canonical.made

    def take(self, request: Request) -> Match | None:
        """The interaction that answers a request, which is then played; ``None`` for a miss.

        Raises:
            ReplayError: the user's matcher failed.
        """
        played = self._played
        while self._cursor < len(played) and played[self._cursor]:
            self._cursor += 1
        found = self._search(request)
        if found is None:
            return None
        position, how = found
        if not played[position]:
            played[position] = 1
            self._by_meaning.note_played(position)
            self._by_id.note_played(position)
        self._order.append(position)
        return Match(self.interactions[position], how, position)

    def played_before(self, request: Request) -> Interaction | None:
        """The last interaction that would answer a request had it not been played already."""
        found = self._search_played(self._sent(request))
        return None if found is None else self.interactions[found]

    def unused_rules(self) -> tuple[tuple[str, str], ...]:
        """Setting and text of the opt-in rules that matched nothing in any request so far.

        Requests that were found without a look at their meaning are looked at now.
        """
        for position in self._order:
            if not self.use.unused(self.rules):
                break
            self._canonical.value(self.interactions[position].request)
        return self.use.unused(self.rules)

    def _search(self, request: Request) -> tuple[int, How] | None:
        if self._cursor < len(self._played) and self._is_as_recorded(self._cursor, request):
            return self._cursor, "exact"
        sent = self._sent(request)
        found = self._unplayed_equal(self._by_meaning, sent)
        if found is not None:
            shape, view = self._by_meaning.views[found]
            same = sent.view(shape, renamed=False) == view
            return found, "exact" if same else "redacted"
        if self.rules.rename_ids and sent.view((), renamed=True) is not None:
            found = self._unplayed_equal(self._by_id, sent)
            if found is not None:
                return found, "renamed ids"
        if self.rules.allow_repeats:
            found = self._search_played(sent)
        return None if found is None else (found, "repeat")

    def _is_as_recorded(self, position: int, request: Request) -> bool:
        """Whether nothing need be parsed to see that a recorded request is equal."""
        recorded = self.interactions[position].request
        if (
            recorded.method != request.method
            or recorded.url != request.url
            or recorded.body != request.body
        ):
            return False
        for name in self._raw_headers:
            if recorded.headers.get_list(name) != request.headers.get_list(name) and (
                name != "content-type" or not is_read_alike(recorded, request)
            ):
                return False
        return self._matcher_accepts(position, request)

    def _sent(self, request: Request) -> Sent:
        sent = Sent(request, self._canonical.value)
        twin = self._raw.get(self._raw_of(request))
        if twin is not None:
            sent.know(*self._by_meaning.views[twin])
        return sent

    def _unplayed_equal(self, table: Table, sent: Sent) -> int | None:
        if not self.rules.ordered:
            return table.first(sent)
        at_cursor = self._cursor < len(self._played) and table.at(self._cursor, sent)
        return self._cursor if at_cursor else None

    def _search_played(self, sent: Sent) -> int | None:
        found = self._by_meaning.last_played(sent)
        if found is None and self.rules.rename_ids and sent.view((), renamed=True) is not None:
            found = self._by_id.last_played(sent)
        return found

    def _value(self, position: int) -> Value:
        """The canonical value of a recorded request."""
        return self._canonical.value(self.interactions[position].request)

    def _noted_value(self, position: int) -> Value:
        """The same; requests of the same bytes will not be canonicalised."""
        self._raw.setdefault(self._raw_of(self.interactions[position].request), position)
        return self._value(position)

    def _raw_of(self, request: Request) -> Raw:
        headers = request.headers
        return (
            request.method,
            request.url,
            request.body,
            *(headers.get_list(name) for name in self._raw_headers),
        )

    def _accepts_ids(self, position: int, seen: View, sent: Sent) -> bool:
        """Ids an answer gave before must be equal; only others may have changed."""
        _, recorded = self._by_id.views[position]
        return all(
            old == new
            or not (self._given.before(old, position) or self._given.before(new, position))
            for old, new in zip(recorded.ids, seen.ids, strict=True)
        ) and self._matcher_accepts(position, sent.request)

    def _matcher_accepts(self, position: int, request: Request) -> bool:
        matcher = self.rules.matcher
        if matcher is None:
            return True
        try:
            return bool(matcher(request, self.interactions[position].request))
        except Exception as error:
            name = getattr(matcher, "__qualname__", repr(matcher))
            raise ReplayError(
                f"the matcher {name} failed on interaction {position}: "
                f"{type(error).__name__}: {error}"
            ) from error


def is_read_alike(one: Request, other: Request) -> bool:
    """Whether equal bodies mean the same whatever each Content-Type says of its own."""
    return one.body[:1] in (b"{", b"[") and not any(
        request.headers.get("content-type", "").lower().startswith(NOT_SNIFFED)
        for request in (one, other)
    )
