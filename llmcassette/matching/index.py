"""The interactions of a cassette, found by request: one look-up, whatever their number."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, TypeAlias

from llmcassette.errors import ReplayError
from llmcassette.matching.canonical import Canonicalizer
from llmcassette.matching.rules import Rules, RuleUse
from llmcassette.matching.table import Sent, Table, Value, View
from llmcassette.matching.tool_ids import GivenIds

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llmcassette.model import Headers, Interaction, Request

__all__ = ["How", "Index", "Match"]

How: TypeAlias = Literal["exact", "redacted", "renamed ids", "repeat"]
"""In what way a recorded request is equal: by meaning; where ``[REDACTED]`` stands for the text
sent; but for ids the client made up; or it is, and was played before (``Rules.allow_repeats``)."""

Bytes: TypeAlias = tuple[str, str, bytes]
"""Method, URL and body."""

Values: TypeAlias = tuple[tuple[str, ...], ...]
NOT_SNIFFED: Final = ("application/x-www-form-urlencoded", "multipart/")


class Match(NamedTuple):
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
        "_alike",
        "_by_id",
        "_by_meaning",
        "_canonical",
        "_cursor",
        "_given",
        "_order",
        "_plain",
        "_played",
        "_read_by",
        "_same",
        "_sniffs",
        "_tells_by_bytes",
        "_wanted",
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
        self._plain: tuple[int, Sent, bytes] | None = None
        self._same: dict[tuple[Bytes, Values], int] | None = None
        self._read_by = ("content-type", "content-encoding", *rules.match_headers)
        self._alike: tuple[Headers | None, Values] = (None, ())
        names = {name.lower() for name in rules.match_headers}
        self._sniffs = "content-type" not in names
        self._tells_by_bytes = rules.matcher is None and all(map(str.isascii, names))
        self._wanted = frozenset(name.lower().encode() for name in self._read_by)
        self._make_tables()

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
        played = set(self._order)
        return tuple(
            interaction
            for position, interaction in enumerate(self.interactions)
            if position not in played
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
        found = self._search(request)
        if found is None:
            return None
        position, how = found
        return Match(self._play(position), how, position)

    def take_next(
        self, method: str, url: str, headers: list[tuple[bytes, bytes]], body: bytes
    ) -> Interaction | None:
        """What ``take`` gives, where the first interaction not yet played is of the same bytes.

        ``None``, and nothing is played, where it has to look closer.

        Args:
            method: as in ``Request``.
            url: as in ``Request``.
            headers: every field as sent, one pair a value.
            body: as in ``Request``.
        """
        if not self._tells_by_bytes:
            return None
        wanted = self._wanted
        read = [pair for pair in headers if pair[0].lower() in wanted]
        values = values_of(tuple(read), self._read_by)
        return self._play(self._cursor) if self._is_next((method, url, body), values) else None

    def _play(self, position: int) -> Interaction:
        played = self._played
        if not played[position]:
            played[position] = 1
            while self._cursor < len(played) and played[self._cursor]:
                self._cursor += 1
        self._order.append(position)
        return self.interactions[position]

    def used_up(self) -> bytes:
        """One byte for each interaction, not zero where it is not to be played again."""
        return bytes(self._played)

    def play_again(self, used_up: bytes) -> None:
        """Play again what has been played since ``used_up`` was asked; ``played`` goes on."""
        self._played[:] = used_up
        self._cursor = (used_up + b"\0").index(0)
        self._make_tables()

    def _make_tables(self) -> None:
        self._by_meaning = Table(
            self._played,
            self._order,
            self._value,
            lambda position, _, sent: self._matcher_accepts(position, sent.request),
            renamed=False,
        )
        self._by_id = Table(self._played, self._order, self._value, self._accepts_ids, renamed=True)

    def played_before(self, request: Request) -> Interaction | None:
        """The last interaction that would answer a request had it not been played already."""
        sent = Sent(request, self._canonical)
        self._know(sent)
        found = self._search_played(sent)
        return None if found is None else self.interactions[found]

    def alike_positions(self) -> tuple[int, ...]:
        """The positions never played whose request is equal to one played."""
        played = set(self._order)
        return tuple(
            position
            for position, interaction in enumerate(self.interactions)
            if position not in played and self.played_before(interaction.request) is not None
        )

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
        if self._is_next(bytes_of(request), self._values(request)) and self._matcher_accepts(
            self._cursor, request
        ):
            return self._cursor, "exact"
        sent = Sent(request, self._canonical)
        if (self._same is None or not self._know(sent)) and self._means_the_next(sent):
            return self._cursor, "exact"
        if self._same is None:
            self._know(sent)
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

    def _is_next(self, sent: Bytes, values: Values) -> bool:
        """Whether the first interaction not yet played is of these bytes.

        Args:
            sent: the request's.
            values: of the header fields that tell how they are read, or must be equal.
        """
        if self._cursor == len(self._played):
            return False
        recorded = self.interactions[self._cursor].request
        return (
            recorded.body == sent[2]
            and recorded.url == sent[1]
            and recorded.method == sent[0]
            and (
                (recorded.headers is self._alike[0] and values is self._alike[1])
                or self._reads_alike(recorded, values)
            )
        )

    def _reads_alike(self, recorded: Request, values: Values) -> bool:
        """Whether equal bytes mean the same by the header fields that go with them."""
        if self._values(recorded) == values:
            self._alike = recorded.headers, values  # often the very same objects next time
            return True
        for name, sent in zip(self._read_by, values, strict=True):
            held = recorded.headers.get_list(name)
            if held != sent and not (
                self._sniffs
                and name == "content-type"
                and recorded.body[:1] in (b"{", b"[")
                and not any(", ".join(one).lower().startswith(NOT_SNIFFED) for one in (held, sent))
            ):
                return False
        return True

    def _values(self, request: Request) -> Values:
        return tuple(request.headers.get_list(name) for name in self._read_by)

    def _means_the_next(self, sent: Sent) -> bool:
        """Whether the first interaction not yet played means the same, with nothing redacted.

        Then nothing need be searched for secrets, nor hashed, to see it.
        """
        at = self._cursor
        if at == len(self._played) or self._by_meaning.has(at) or self.rules.matcher is not None:
            return False
        if self._plain is None or self._plain[0] != at:
            recorded = Sent(self.interactions[at].request, self._canonical)
            self._plain = at, recorded, recorded.plain_text()
        return sent.plain_text() == self._plain[2]

    def _know(self, sent: Sent) -> bool:
        """Tell a request what a recorded one of the same bytes means; whether there is one."""
        if self.rules.matcher is not None:
            return False  # it is asked in file order
        request = sent.request
        twin = self._twins().get((bytes_of(request), self._values(request)))
        view = None if twin is None else self._by_meaning.view_at(twin)
        if view is not None:
            sent.know(*view)
        return view is not None

    def _twins(self) -> dict[tuple[Bytes, Values], int]:
        """Where each request's bytes stand first; made when the order is not the recorded one."""
        if self._same is None:
            self._same = {}
            for position, interaction in enumerate(self.interactions):
                request = interaction.request
                self._same.setdefault((bytes_of(request), self._values(request)), position)
        return self._same

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
        if self._plain is not None and self._plain[0] == position:
            return self._plain[1].value()
        return self._canonical.value(self.interactions[position].request)

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


def bytes_of(request: Request) -> Bytes:
    return request.method, request.url, request.body


@lru_cache(maxsize=256)
def values_of(fields: tuple[tuple[bytes, bytes], ...], names: tuple[str, ...]) -> Values:
    """The values of each name among header fields as they are sent."""
    return tuple(
        tuple(text_of(value) for field, value in fields if text_of(field).lower() == name.lower())
        for name in names
    )


def text_of(raw: bytes) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("latin-1")
