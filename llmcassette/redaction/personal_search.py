"""Finds personal data, and gives the same value the same stand-in."""

from __future__ import annotations

from bisect import bisect_right, insort
from typing import TYPE_CHECKING, Final, NamedTuple

from llmcassette.redaction.field_values import named_values
from llmcassette.redaction.split_texts import joined_texts, split_texts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from llmcassette.redaction.documents import BodyKind
    from llmcassette.redaction.personal_kinds import Kind
    from llmcassette.redaction.settings import Redaction

__all__ = ["Hit", "StandIns", "hits", "stand_ins_in"]


class Hit(NamedTuple):
    """Personal data in a text. It has several spans if the events of a stream split it."""

    spans: list[tuple[int, int]]
    kind: Kind
    stand_in: bytes
    is_whole: bool = False
    """Whether it is a whole value of JSON or a form, which is replaced as it is."""


class StandIns:
    """The stand-ins of one recording.

    Args:
        redaction: for ``personal_data``.
        alike: all values of a kind have the same stand-in, and stand-ins are values, too: for
            comparing.
        taken: the stand-ins that are not given to a value; see ``stand_ins_in``.
    """

    def __init__(
        self, redaction: Redaction, *, alike: bool = False, taken: frozenset[str] = frozenset()
    ) -> None:
        self.kinds = redaction.personal_kinds
        self.bounds = redaction.bounds
        self._alike = alike
        self._taken = taken
        self._numbers: dict[tuple[str, str], int] = {}
        self._last: dict[str, int] = {}

    def of(self, kind: Kind, value: str) -> str | None:
        """The stand-in of a value; ``None`` if it is none, or a stand-in already."""
        is_own = kind.own.fullmatch(value) is not None
        if not is_own and not kind.is_personal(value):
            return None
        if self._alike:
            return kind.stand_in(0, value)
        if is_own:
            return None
        plain = unescaped(value)
        number = self._number(kind, plain.lower(), lambda number: kind.stand_in(number, plain))
        return kind.stand_in(number, value)

    def number(self, kind: Kind, value: str) -> str | None:
        """The stand-in of a JSON number, which is a number; small ones are stand-ins already."""
        if self._alike:
            return "0"
        if len(value) <= LONGEST_NUMBER:
            return None
        return str(self._number(kind, value, str))

    def _number(self, kind: Kind, value: str, stand_in: Callable[[int], str]) -> int:
        key = kind.name, value
        if key not in self._numbers:
            number = self._last.get(kind.name, 0) + 1
            while stand_in(number) in self._taken:
                number += 1
            self._last[kind.name] = self._numbers[key] = number
        return self._numbers[key]

    def find(self, text: bytes) -> Iterator[tuple[int, int, Kind, bytes]]:
        """Start, end, kind and stand-in of each value that is found by its form."""
        for kind in self.kinds:
            for match in kind.regex.finditer(text) if kind.regex is not None else ():
                start, end = match.span("value" if match.re.groupindex and match["value"] else 0)
                value = text[start:end].decode("utf-8", "replace")
                stand_in = self.of(kind, value) if value else None
                if stand_in is not None:
                    yield start, end, kind, stand_in.encode()


def unescaped(value: str) -> str:
    return value.replace("%40", "@").replace("%2B", "+")


def stand_ins_in(text: bytes, kind: BodyKind, redaction: Redaction) -> Iterator[str]:
    """The stand-ins in a text."""
    decoded = text.decode("utf-8", "replace")
    for one in redaction.personal_kinds:
        yield from (unescaped(match[0]) for match in one.own.finditer(decoded))
        for value in named_values(text, kind, one.fields) if one.fields else ():
            if value.quotes and len(value.text) <= LONGEST_NUMBER:
                yield value.text


LONGEST_NUMBER: Final = 4
"""Digits of a number that is a stand-in."""


def hits(text: bytes, kind: BodyKind, stand_ins: StandIns) -> Iterator[Hit]:
    """The personal data in a body: in fields by name, in streamed texts, and in the text as it is.

    What one of these finds, the next ones leave alone.
    """
    covered = Covered()
    for hit in (
        *hits_in_fields(text, kind, stand_ins),
        *hits_in_streams(text, kind, stand_ins),
        *(Hit([(start, end)], one, new) for start, end, one, new in stand_ins.find(text)),
    ):
        if not any(covered.overlaps(*span) for span in hit.spans):
            for span in hit.spans:
                insort(covered.spans, span)
            yield hit


def hits_in_fields(text: bytes, kind: BodyKind, stand_ins: StandIns) -> Iterator[Hit]:
    for one in stand_ins.kinds:
        for value in named_values(text, kind, one.fields) if one.fields else ():
            of = stand_ins.number if value.quotes else stand_ins.of
            stand_in = of(one, value.text)
            if stand_in is not None:
                yield Hit([*value.spans], one, stand_in.encode(), is_whole=True)


def hits_in_streams(text: bytes, kind: BodyKind, stand_ins: StandIns) -> Iterator[Hit]:
    if next(stand_ins.find(joined_texts(text, kind)), None) is None:
        return
    for view in (split.view for split in split_texts(text, kind) if split.is_stream):
        for start, end, one, stand_in in stand_ins.find(view.text):
            yield Hit(view.locate(start, end), one, stand_in)


class Covered:
    """Spans of a text that don't overlap, sorted."""

    def __init__(self) -> None:
        self.spans: list[tuple[int, int]] = []

    def overlaps(self, start: int, end: int) -> bool:
        at = bisect_right(self.spans, (start, end))
        return (at > 0 and self.spans[at - 1][1] > start) or (
            at < len(self.spans) and self.spans[at][0] < end
        )
