"""Finds the interaction that answers a request, in one look-up whatever their number."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

from llmcassette.errors import CassetteError
from llmcassette.matching.by_bytes import ByteComparison
from llmcassette.matching.plays import Plays
from llmcassette.matching.rules import Rules, RuleUse

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from llmcassette.matching.by_bytes import Key
    from llmcassette.matching.canonical import Canonicalizer
    from llmcassette.matching.client_ids import IdTable
    from llmcassette.matching.redacted import Shape
    from llmcassette.matching.table import Table
    from llmcassette.matching.views import Sent, Value, View
    from llmcassette.model import Interaction, Request

__all__ = ["How", "Index", "Match"]

How: TypeAlias = Literal["exact", "redacted", "renamed ids", "repeat"]
"""How a recorded request matches: by meaning; with ``[REDACTED]`` in place of a text; with other
ids that the client made up; or in any of these ways, played before (``Rules.allow_repeats``)."""


class Match(NamedTuple):
    """The answer to a request.

    Attributes:
        interaction: the recorded interaction.
        how: how its request matches.
        position: its position in the file, from 0.
    """

    interaction: Interaction
    how: How
    position: int


class Index:
    """The interactions of a cassette. Each is played once, equal ones in file order.

    Requests that come as they were recorded, and in the recorded order, are compared with the next
    one. The first that doesn't makes the tables, in one go. Calls must not overlap: threads that
    share an index need a lock.

    Args:
        interactions: in file order.
        rules: what counts as equal.
        use: counts the use of rules, for the warning about unused ones.
    """

    __slots__ = (
        "_by_bytes",
        "_by_id",
        "_by_meaning",
        "_canonicalizer",
        "_plain",
        "_plays",
        "_same",
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
        self._canonicalizer: Canonicalizer | None = None
        self._plays = Plays(len(interactions))
        self._plain: tuple[int, Sent, bytes] | None = None  # the recorded request that was next
        self._by_bytes = ByteComparison(rules)
        self._same: dict[Key, int] = {}  # empty until the table is made
        self._by_meaning: Table | None = None
        self._by_id: IdTable | None = None

    @property
    def played(self) -> tuple[Interaction, ...]:
        """The interactions that were played, in the order of play, repeats included."""
        return tuple(self.interactions[position] for position in self._plays.order)

    @property
    def played_positions(self) -> tuple[int, ...]:
        """The positions in the file of ``played``, from 0."""
        return tuple(self._plays.order)

    @property
    def unplayed(self) -> tuple[Interaction, ...]:
        """The interactions that were never played, in file order."""
        played = set(self._plays.order)
        return tuple(
            interaction
            for position, interaction in enumerate(self.interactions)
            if position not in played
        )

    @property
    def canonicalised(self) -> int:
        """How many recorded and sent requests were canonicalised: the cost of matching."""
        return self._canonical.made

    # What comes as it was recorded needs none of what is imported here.

    @property
    def _canonical(self) -> Canonicalizer:
        if self._canonicalizer is None:
            from llmcassette.matching.canonical import Canonicalizer

            self._canonicalizer = Canonicalizer(self.rules, self.use)
        return self._canonicalizer

    def _sent(self, request: Request) -> Sent:
        from llmcassette.matching.views import Sent

        return Sent(request, self._canonical)

    def take(self, request: Request) -> Match | None:
        """Play the interaction that answers a request; ``None`` for a miss.

        Raises:
            ReplayError: the user's matcher failed.
        """
        found = self._search(request)
        if found is None:
            return None
        position, how = found
        return Match(self._play(position), how, position)

    def take_same(
        self, method: str, url: str, headers: list[tuple[bytes, bytes]], body: bytes
    ) -> int | None:
        """Like ``take``, but only for what is quickly found by its bytes; returns the position.

        ``None`` means that ``take`` has to search. ``headers`` are the fields as sent, one pair per
        value; for the rest see ``Request``.
        """
        at, by_bytes = self._plays.next, self._by_bytes
        if not by_bytes.is_enough or at == len(self.interactions):
            return None
        sent = method, url, body, by_bytes.header_values(headers)
        if not by_bytes.equal(self.interactions[at].request, sent):
            found = self._same_in_table(sent)
            if found is None:
                return None
            at = found
        self._plays.add(at)
        return at

    def _same_in_table(self, sent: Key) -> int | None:
        table = self._by_meaning
        if table is None or not table.is_plain or self.rules.ordered:
            return None
        same = self._same.get(sent)
        return None if same is None else table.first_like(same)

    def _play(self, position: int) -> Interaction:
        self._plays.add(position)
        return self.interactions[position]

    def used_up(self) -> bytes:
        """One byte for each interaction, 1 if it is not to be played again."""
        return bytes(self._plays.used)

    def play_again(self, used_up: bytes) -> None:
        """Make playable what was played since ``used_up()`` was called; ``played`` keeps it."""
        self._plays.play_again(used_up)
        if self._by_meaning is not None:
            self._by_meaning.rewind()
        if self._by_id is not None:
            self._by_id.rewind()

    def _meanings(self) -> Table:
        """The table of all requests by their meaning."""
        if self._by_meaning is None:
            from llmcassette.matching.table import Table

            self._by_meaning = Table(
                self._plays, self._views(), self._matcher_accepts, renamed=False
            )
            self._plain = None
        return self._by_meaning

    def _views(self) -> Iterator[tuple[Shape, View | None]]:
        """Shape and view of each recorded request; those of the same bytes are read once."""
        from llmcassette.matching.views import recorded_view

        known: list[tuple[Shape, View | None]] = []
        self._same = {}
        for position, interaction in enumerate(self.interactions):
            same = self._same.setdefault(self._by_bytes.key(interaction.request), position)
            if same == position or self.interactions[same].redacted != interaction.redacted:
                known.append(recorded_view(self._value(position), interaction.redacted))
            else:
                known.append(known[same])
            yield known[-1]

    def _ids(self) -> IdTable:
        """The table of all requests without their ids."""
        if self._by_id is None:
            from llmcassette.matching.client_ids import IdTable

            self._by_id = IdTable(
                self.interactions,
                self._plays,
                map(self._view_without_ids, range(len(self.interactions))),
                self._matcher_accepts,
                self.rules.bounds,
            )
        return self._by_id

    @property
    def next_position(self) -> int | None:
        """The position of the first interaction that is not played; ``None`` if there is none."""
        at = self._plays.next
        return at if at < len(self.interactions) else None

    def played_before(self, request: Request) -> list[int]:
        """The positions of the played interactions that match a request, in file order."""
        sent = self._sent(request)
        self._set_known_view(sent)
        return next((found for table in self._tables(sent) if (found := table.played(sent))), [])

    def alike_positions(self) -> tuple[int, ...]:
        """The positions that were never played, but whose request is equal to a played one."""
        played = set(self._plays.order)
        return tuple(
            position
            for position, interaction in enumerate(self.interactions)
            if position not in played and self.played_before(interaction.request)
        )

    def unused_rules(self) -> tuple[tuple[str, str], ...]:
        """Setting and text of the opt-in rules that matched nothing in any request so far.

        Requests that matched by their bytes are canonicalised now.
        """
        for position in self._plays.order:
            if not self.use.unused(self.rules):
                break
            self._canonical.value(self.interactions[position].request)
        return self.use.unused(self.rules)

    def _search(self, request: Request) -> tuple[int, How] | None:
        at, by_bytes = self._plays.next, self._by_bytes
        key = by_bytes.key(request)
        if (
            at < len(self.interactions)
            and by_bytes.equal(self.interactions[at].request, key)
            and self.rules.ask_matcher(request, self.interactions[at].request, at)
        ):
            return at, "exact"
        sent = self._sent(request)
        if self._by_meaning is None and self._means_the_next(sent):
            return at, "exact"
        table = self._meanings()
        self._set_known_view(sent, key)
        found = self._unplayed_equal(table, sent)
        if found is not None:
            entered = table.views[found]
            assert entered is not None, "every request has a meaning"
            same = sent.view(entered[0], renamed=False) == entered[1]
            return found, "exact" if same else "redacted"
        if self.rules.rename_ids and sent.view((), renamed=True) is not None:
            by_id = self._ids()
            found = self._unplayed_equal(by_id.table, sent)
            if found is not None:
                by_id.note(found, sent)
                return found, "renamed ids"
        if self.rules.allow_repeats:
            found = self._search_played(sent)
        return None if found is None else (found, "repeat")

    def _means_the_next(self, sent: Sent) -> bool:
        """Whether the next interaction has the same meaning before redaction.

        This needs no search for secrets and no hash.
        """
        at = self._plays.next
        if at == len(self.interactions) or self.rules.matcher is not None:
            return False
        if self._plain is None or self._plain[0] != at:
            recorded = self._sent(self.interactions[at].request)
            try:
                self._plain = at, recorded, recorded.plain_text()
            except CassetteError as error:
                raise error.at(interaction=at) from error
        return sent.plain_text() == self._plain[2]

    def _set_known_view(self, sent: Sent, key: Key | None = None) -> None:
        """Give a request the view of a recorded one with the same bytes, if there is one."""
        table = self._meanings()
        same = self._same.get(self._by_bytes.key(sent.request) if key is None else key)
        known = None if same is None else table.views[same]
        if known is not None:
            sent.set_view(*known)

    def _unplayed_equal(self, table: Table, sent: Sent) -> int | None:
        if not self.rules.ordered:
            return table.first(sent)
        at = self._plays.next
        return at if at < len(self.interactions) and table.at(at, sent) else None

    def _search_played(self, sent: Sent) -> int | None:
        found = (table.last_played(sent) for table in self._tables(sent))
        return next((position for position in found if position is not None), None)

    def _tables(self, sent: Sent) -> Iterator[Table]:
        """The tables in which to look up a request."""
        yield self._meanings()
        if self.rules.rename_ids and sent.view((), renamed=True) is not None:
            yield self._ids().table

    def _view_without_ids(self, position: int) -> tuple[Shape, View | None]:
        recorded = self.interactions[position]
        from llmcassette.matching.views import recorded_view

        return recorded_view(self._value(position), recorded.redacted, recorded.request)

    def _value(self, position: int) -> Value:
        """The canonical value of a recorded request."""
        if self._plain is not None and self._plain[0] == position:
            return self._plain[1].value()
        try:
            return self._canonical.value(self.interactions[position].request)
        except CassetteError as error:
            raise error.at(interaction=position) from error

    def _matcher_accepts(self, position: int, _: View, sent: Sent) -> bool:
        return self.rules.ask_matcher(sent.request, self.interactions[position].request, position)
