"""Finds the interaction that answers a request, in one look-up whatever their number."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from llmcassette.matching.by_bytes import ByteComparison
from llmcassette.matching.plays import Plays
from llmcassette.matching.rules import Rules, RuleUse

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llmcassette.matching.lookup import How, Lookup
    from llmcassette.model import Interaction, Request

__all__ = ["Index", "Match"]


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

    __slots__ = ("_by_bytes", "_made", "_plays", "interactions", "rules", "use")

    def __init__(
        self, interactions: Sequence[Interaction], rules: Rules, use: RuleUse | None = None
    ) -> None:
        self.interactions = interactions
        self.rules = rules
        self.use = RuleUse() if use is None else use
        self._plays = Plays(len(interactions))
        self._by_bytes = ByteComparison(rules)
        self._made: Lookup | None = None

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
        return 0 if self._made is None else self._made.canonical.made

    @property
    def _lookup(self) -> Lookup:
        """Finds what doesn't come as it was recorded; imported with the first such request."""
        if self._made is None:
            from llmcassette.matching.lookup import Lookup

            self._made = Lookup(
                self.interactions, self._plays, self._by_bytes, self.rules, self.use
            )
        return self._made

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
            found = None if self._made is None else self._made.same(sent)
            if found is None:
                return None
            at = found
        self._plays.add(at)
        return at

    def _play(self, position: int) -> Interaction:
        self._plays.add(position)
        return self.interactions[position]

    def used_up(self) -> bytes:
        """One byte for each interaction, 1 if it is not to be played again."""
        return bytes(self._plays.used)

    def play_again(self, used_up: bytes) -> None:
        """Make playable what was played since ``used_up()`` was called; ``played`` keeps it."""
        self._plays.play_again(used_up)
        if self._made is not None:
            self._made.rewind()

    @property
    def next_position(self) -> int | None:
        """The position of the first interaction that is not played; ``None`` if there is none."""
        at = self._plays.next
        return at if at < len(self.interactions) else None

    def played_before(self, request: Request) -> list[int]:
        """The positions of the played interactions that match a request, in file order."""
        return self._lookup.played(request)

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
            self._lookup.canonical.value(self.interactions[position].request)
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
        return self._lookup.find(request, key)
