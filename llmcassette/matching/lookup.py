"""Finds a request by its meaning among all recorded ones, in tables that are made in one go."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias

from llmcassette.errors import CassetteError
from llmcassette.matching.canonical import Canonicalizer
from llmcassette.matching.client_ids import IdTable
from llmcassette.matching.table import Table
from llmcassette.matching.views import Sent, recorded_view

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from llmcassette.matching.by_bytes import ByteComparison, Key
    from llmcassette.matching.plays import Plays
    from llmcassette.matching.redacted import Shape
    from llmcassette.matching.rules import Rules, RuleUse
    from llmcassette.matching.views import Value, View
    from llmcassette.model import Interaction, Request

__all__ = ["How", "Lookup"]

How: TypeAlias = Literal["exact", "redacted", "renamed ids", "repeat"]
"""How a recorded request matches: by meaning; with ``[REDACTED]`` in place of a text; with other
ids that the client made up; or in any of these ways, played before (``Rules.allow_repeats``)."""


class Lookup:
    """The recorded requests of a cassette by their meaning.

    Args:
        interactions: in file order.
        plays: their plays; this one only reads them.
        by_bytes: compares requests by their bytes.
        rules: what counts as equal.
        use: counts the use of rules.

    Attributes:
        canonical: makes the forms that are compared.
    """

    __slots__ = (
        "_by_bytes",
        "_by_id",
        "_by_meaning",
        "_interactions",
        "_next",
        "_plays",
        "_rules",
        "_same",
        "canonical",
    )

    def __init__(
        self,
        interactions: Sequence[Interaction],
        plays: Plays,
        by_bytes: ByteComparison,
        rules: Rules,
        use: RuleUse,
    ) -> None:
        self._interactions = interactions
        self._plays = plays
        self._by_bytes = by_bytes
        self._rules = rules
        self.canonical = Canonicalizer(rules, use)
        self._next: tuple[int, Sent, bytes] | None = None  # the recorded request that was next
        self._same: dict[Key, int] = {}  # empty until the table is made
        self._by_meaning: Table | None = None
        self._by_id: IdTable | None = None

    def find(self, request: Request, key: Key) -> tuple[int, How] | None:
        """The position that answers a request, and how it matches.

        Args:
            request: as it was sent.
            key: its bytes.

        Raises:
            ReplayError: the user's matcher failed.
        """
        sent = Sent(request, self.canonical)
        if self._by_meaning is None and self._means_the_next(sent):
            return self._plays.next, "exact"
        table = self._meanings()
        self._set_known_view(sent, key)
        found = self._unplayed_equal(table, sent)
        if found is not None:
            entered = table.views[found]
            assert entered is not None, "every request has a meaning"
            same = sent.view(entered[0], renamed=False) == entered[1]
            return found, "exact" if same else "redacted"
        if self._rules.rename_ids and sent.view((), renamed=True) is not None:
            by_id = self._ids()
            found = self._unplayed_equal(by_id.table, sent)
            if found is not None:
                by_id.note(found, sent)
                return found, "renamed ids"
        if self._rules.allow_repeats:
            found = self._last_played(sent)
        return None if found is None else (found, "repeat")

    def same(self, key: Key) -> int | None:
        """What ``find`` returns for a request, where its bytes show that quickly; else ``None``."""
        table = self._by_meaning
        if table is None or not table.is_plain or self._rules.ordered:
            return None
        same = self._same.get(self._by_bytes.look_up_key(key))
        return None if same is None else table.first_like(same)

    def played(self, request: Request) -> list[int]:
        """The positions of the played interactions that match a request, in file order."""
        sent = Sent(request, self.canonical)
        self._set_known_view(sent, self._by_bytes.key(request))
        return next((found for table in self._tables(sent) if (found := table.played(sent))), [])

    def rewind(self) -> None:
        """Positions that were used may be unused again."""
        if self._by_meaning is not None:
            self._by_meaning.rewind()
        if self._by_id is not None:
            self._by_id.rewind()

    def _means_the_next(self, sent: Sent) -> bool:
        """Whether the next interaction has the same meaning before redaction.

        This needs no search for secrets and no hash.
        """
        at = self._plays.next
        if at == len(self._interactions) or self._rules.matcher is not None:
            return False
        if self._next is None or self._next[0] != at:
            recorded = Sent(self._interactions[at].request, self.canonical)
            try:
                self._next = at, recorded, recorded.plain_text()
            except CassetteError as error:
                raise error.at(interaction=at) from error
        return sent.plain_text() == self._next[2]

    def _unplayed_equal(self, table: Table, sent: Sent) -> int | None:
        if not self._rules.ordered:
            return table.first(sent)
        at = self._plays.next
        return at if at < len(self._interactions) and table.at(at, sent) else None

    def _last_played(self, sent: Sent) -> int | None:
        found = (table.last_played(sent) for table in self._tables(sent))
        return next((position for position in found if position is not None), None)

    def _set_known_view(self, sent: Sent, key: Key) -> None:
        """Give a request the view of a recorded one with the same bytes, if there is one."""
        table = self._meanings()
        same = self._same.get(self._by_bytes.look_up_key(key))
        known = None if same is None else table.views[same]
        if known is not None:
            sent.set_view(*known)

    # The tables.

    def _tables(self, sent: Sent) -> Iterator[Table]:
        """Those in which to look up a request."""
        yield self._meanings()
        if self._rules.rename_ids and sent.view((), renamed=True) is not None:
            yield self._ids().table

    def _meanings(self) -> Table:
        """All requests by their meaning."""
        if self._by_meaning is None:
            self._by_meaning = Table(
                self._plays, self._views(), self._matcher_accepts, renamed=False
            )
            self._next = None
        return self._by_meaning

    def _views(self) -> Iterator[tuple[Shape, View | None]]:
        """Shape and view of each recorded request; those of the same bytes are read once."""
        known: list[tuple[Shape, View | None]] = []
        self._same = {}
        for position, interaction in enumerate(self._interactions):
            key = self._by_bytes.look_up_key(self._by_bytes.key(interaction.request))
            same = self._same.setdefault(key, position)
            if same == position or self._interactions[same].redacted != interaction.redacted:
                known.append(recorded_view(self._value(position), interaction.redacted))
            else:
                known.append(known[same])
            yield known[-1]

    def _ids(self) -> IdTable:
        """All requests without the ids of their tool calls."""
        if self._by_id is None:
            self._by_id = IdTable(
                self._interactions,
                self._plays,
                map(self._view_without_ids, range(len(self._interactions))),
                self._matcher_accepts,
                self._rules.bounds,
            )
        return self._by_id

    def _view_without_ids(self, position: int) -> tuple[Shape, View | None]:
        recorded = self._interactions[position]
        return recorded_view(self._value(position), recorded.redacted, recorded.request)

    def _value(self, position: int) -> Value:
        """The canonical value of a recorded request."""
        if self._next is not None and self._next[0] == position:
            return self._next[1].value()
        try:
            return self.canonical.value(self._interactions[position].request)
        except CassetteError as error:
            raise error.at(interaction=position) from error

    def _matcher_accepts(self, position: int, _: View, sent: Sent) -> bool:
        recorded = self._interactions[position].request
        return self._rules.ask_matcher(sent.request, recorded, position)
