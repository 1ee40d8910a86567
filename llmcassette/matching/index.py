"""Finds the interaction that answers a request, in one look-up whatever their number."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

from llmcassette.errors import CassetteError
from llmcassette.matching.by_bytes import ByteComparison
from llmcassette.matching.canonical import Canonicalizer
from llmcassette.matching.plays import Plays
from llmcassette.matching.rules import Rules, RuleUse
from llmcassette.matching.table import Table
from llmcassette.matching.tool_ids import GivenIds, Renaming
from llmcassette.matching.views import Sent, recorded_view

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from llmcassette.matching.by_bytes import Key
    from llmcassette.matching.redacted import Shape
    from llmcassette.matching.tool_ids import IdPair
    from llmcassette.matching.views import Value, View
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

    Recorded requests are canonicalised in file order, as far as a search needs. Calls must not
    overlap: threads that share an index need a lock.

    Args:
        interactions: in file order; an item is read when a search reaches it.
        rules: what counts as equal.
        use: counts the use of rules, for the warning about unused ones.
    """

    __slots__ = (
        "_by_bytes",
        "_by_id",
        "_by_meaning",
        "_canonical",
        "_given",
        "_plain",
        "_played_known",
        "_plays",
        "_renamed",
        "_renaming",
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
        self._canonical = Canonicalizer(rules, self.use)
        self._given = GivenIds(interactions, rules.bounds)
        self._plays = Plays(len(interactions))
        self._plain: tuple[int, Sent, bytes] | None = None  # the recorded request that was next
        self._by_bytes = ByteComparison(rules)
        self._same: dict[Key, int] | None = None
        self._renamed: dict[int, tuple[IdPair, ...]] = {}  # by position
        self._make_tables()

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

    def take_next(
        self, method: str, url: str, headers: list[tuple[bytes, bytes]], body: bytes
    ) -> Interaction | None:
        """Like ``take``, but only if the next interaction was recorded with the same bytes.

        ``None`` means that ``take`` has to search. ``headers`` are the fields as sent, one pair per
        value; for the rest see ``Request``.
        """
        at, by_bytes = self._plays.next, self._by_bytes
        if not by_bytes.is_enough or at == len(self.interactions):
            return None
        sent = method, url, body, by_bytes.header_values(headers)
        return self._play(at) if by_bytes.equal(self.interactions[at].request, sent) else None

    def _play(self, position: int) -> Interaction:
        self._plays.add(position)
        return self.interactions[position]

    def used_up(self) -> bytes:
        """One byte for each interaction, 1 if it is not to be played again."""
        return bytes(self._plays.used)

    def play_again(self, used_up: bytes) -> None:
        """Make playable what was played since ``used_up()`` was called; ``played`` keeps it."""
        self._plays.play_again(used_up)
        self._renamed = {at: pairs for at, pairs in self._renamed.items() if used_up[at]}
        self._make_tables()

    def _make_tables(self) -> None:
        self._by_meaning = Table(
            self._plays,
            self._view,
            lambda position, _, sent: self._matcher_accepts(position, sent.request),
            renamed=False,
        )
        self._by_id = Table(self._plays, self._view_without_ids, self._accepts_ids, renamed=True)
        self._renaming = Renaming()
        self._played_known = 0  # so many of the plays are in the renaming

    @property
    def next_position(self) -> int | None:
        """The position of the first interaction that is not played; ``None`` if there is none."""
        at = self._plays.next
        return at if at < len(self.interactions) else None

    def played_before(self, request: Request) -> list[int]:
        """The positions of the played interactions that match a request, in file order."""
        sent = Sent(request, self._canonical)
        self._set_known_view(sent, self._by_bytes.key(request))
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
            and self._matcher_accepts(at, request)
        ):
            return at, "exact"
        sent = Sent(request, self._canonical)
        # In recorded order the next one is likely, and cheaper to compare than all bytes to hash.
        is_known = self._same is not None and self._set_known_view(sent, key)
        if not is_known and self._means_the_next(sent):
            return at, "exact"
        if self._same is None:
            self._set_known_view(sent, key)
        found = self._unplayed_equal(self._by_meaning, sent)
        if found is not None:
            shape, view = self._by_meaning.views[found]
            same = sent.view(shape, renamed=False) == view
            return found, "exact" if same else "redacted"
        if self.rules.rename_ids and sent.view((), renamed=True) is not None:
            found = self._unplayed_equal(self._by_id, sent)
            if found is not None:
                shape, _ = self._by_id.views[found]
                seen = sent.view(shape, renamed=True)
                assert seen is not None, "it has just been compared"
                self._renamed[found] = self._id_pairs(found, seen)
                return found, "renamed ids"
        if self.rules.allow_repeats:
            found = self._search_played(sent)
        return None if found is None else (found, "repeat")

    def _means_the_next(self, sent: Sent) -> bool:
        """Whether the next interaction has the same meaning before redaction.

        This needs no search for secrets and no hash.
        """
        at = self._plays.next
        if at == len(self.interactions) or self._by_meaning.has(at):
            return False
        if self.rules.matcher is not None:
            return False
        if self._plain is None or self._plain[0] != at:
            recorded = Sent(self.interactions[at].request, self._canonical)
            try:
                self._plain = at, recorded, recorded.plain_text()
            except CassetteError as error:
                raise error.at(interaction=at) from error
        return sent.plain_text() == self._plain[2]

    def _set_known_view(self, sent: Sent, key: Key) -> bool:
        """Give a request the view of a recorded one with the same bytes; whether there is one."""
        if self.rules.matcher is not None:
            return False  # the matcher is called in file order
        if self._same is None:
            self._same = self._by_bytes.first_positions(self.interactions)
        same = self._same.get(key)
        known = None if same is None else self._by_meaning.view_at(same)
        if known is not None:
            sent.set_view(*known)
        return known is not None

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
        yield self._by_meaning
        if self.rules.rename_ids and sent.view((), renamed=True) is not None:
            yield self._by_id

    def _view(self, position: int) -> tuple[Shape, View | None]:
        return recorded_view(self._value(position), self.interactions[position].redacted)

    def _view_without_ids(self, position: int) -> tuple[Shape, View | None]:
        recorded = self.interactions[position]
        return recorded_view(self._value(position), recorded.redacted, recorded.request)

    def _value(self, position: int) -> Value:
        """The canonical value of a recorded request."""
        if self._plain is not None and self._plain[0] == position:
            return self._plain[1].value()
        try:
            return self._canonical.value(self.interactions[position].request)
        except CassetteError as error:
            raise error.at(interaction=position) from error

    def _accepts_ids(self, position: int, seen: View, sent: Sent) -> bool:
        """Whether the ids of two requests agree: see ``Rules.rename_ids``; and the matcher."""
        pairs = self._id_pairs(position, seen)
        return (
            all(old == new or not self._is_given(old, new, position) for old, new in pairs)
            # A repetition has new ids of its own.
            and (bool(self._plays.used[position]) or self._renaming_so_far().allows(pairs))
            and self._matcher_accepts(position, sent.request)
        )

    def _id_pairs(self, position: int, seen: View) -> tuple[IdPair, ...]:
        """Each id of a recorded request with the one that was sent in its place."""
        return tuple(zip(self._by_id.views[position][1].ids, seen.ids, strict=True))

    def _is_given(self, old: str, new: str, position: int) -> bool:
        return self._given.before(old, position) or self._given.before(new, position)

    def _renaming_so_far(self) -> Renaming:
        """The renaming in all interactions that are played."""
        order = self._plays.order
        for position in order[self._played_known :]:
            entered = self._by_id.view_at(position) if self._plays.used[position] else None
            if entered is not None:
                ids = entered[1].ids
                self._renaming.add(self._renamed.get(position) or zip(ids, ids, strict=True))
        self._played_known = len(order)
        return self._renaming

    def _matcher_accepts(self, position: int, request: Request) -> bool:
        return self.rules.ask_matcher(request, self.interactions[position].request, position)
