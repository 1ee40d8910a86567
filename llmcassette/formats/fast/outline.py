r"""Finds the interactions in a file that has the usual layout of go-vcr's writers.

It uses patterns instead of a parser. They know each line by its column and its beginning, and match
only text that has one meaning in YAML: the fields are in go-vcr's order; a value is a literal
block, a whole quoted or plain scalar on one line, or a list of such scalars; the only flow
collections are empty ones; there are no anchors, aliases, tags or comments, and every line ends
with LF. For anything else the result is ``None``, and PyYAML's reader reads the file.

Why the text may be cut at a dash: inside a block sequence no line of a plain or literal scalar
starts at the sequence's column. Only quoted scalars could do so, and here they end on their line.
"""

from __future__ import annotations

import codecs
import re
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

from llmcassette.formats.fast.patterns import BODY_GROUP, Patterns, patterns_of
from llmcassette.formats.fast.values import head_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["Item", "Outline", "ResponseLines", "outline"]

HEAD: Final = re.compile(rb"(?:---\n)?version: 2\ninteractions:\n(?=( *)(-( +))id: )")
FIRST_FIELDS: Final = re.compile(rb" *- +id: [0-9]+\n +request:\n( +)")
ENTRIES: Final = re.compile(rb"\n( +)(?:headers|form|trailer):\n( +)[^\n]*:\n( +)- ")
BLOCK_LINES: Final = re.compile(rb"\n +body: (?:!!binary )?\|[-+]?\n+( +)")

NOT_ALLOWED: Final = bytes([*range(9), *range(11, 32), 127])
ALLOWED: Final = bytes(set(range(256)) - set(NOT_ALLOWED))
HIGH_CONTROL: Final = re.compile(rb"\xc2[\x80-\x9f]")
HIGH_SPECIAL: Final = re.compile(rb"\xef(?:\xbb\xbf|\xbf[\xbe\xbf])")
HIGH_BREAKS: Final = (b"\xe2\x80\xa8", b"\xe2\x80\xa9")
BLOCK: Final = 1 << 20
MOST_HEADS: Final = 512


class Item(NamedTuple):
    """The place of one interaction. Indices count bytes in the file.

    Attributes:
        number: its id, as spelled.
        request: the text of each field's value, in go-vcr's order; ``None`` for a missing field.
        redacted: the text of the list; ``None`` if there is none.
        start: index of its first line.
        response: index of the line after ``response:``.
        body: start and end of the response's body; -1 if there is none.
        end: end of its last line.
    """

    number: bytes
    request: list[bytes | None]
    redacted: bytes | None
    start: int
    response: int
    body: tuple[int, int]
    end: int


ResponseLines: TypeAlias = tuple[int, tuple[int, int], int]
"""``Item.response``, ``Item.body`` and ``Item.end``."""


class Outline:
    """The places of the interactions in a file.

    Attributes:
        data: the file's bytes.
        margin: indentation of the lines of a literal block.
        first: index of the first interaction's first key.
        patterns: the patterns for the file's layout.
        heads: a cache of ``head``, by the text that was read: in most files few texts recur.
    """

    def __init__(self, data: bytes, margin: int, start: int, first: int, known: Patterns) -> None:
        self.margin = margin
        self.first = first
        self.data = data
        self._start = start
        self.patterns = known
        self.heads: dict[bytes, tuple[str, bool, bool]] = {}

    def items(self) -> Iterator[Item]:
        """The interactions, in file order.

        Raises:
            ValueError: the rest of the file has another layout.
        """
        position = self._start
        pattern = self.patterns.item
        answered = pattern.groups - 1
        while (found := pattern.match(self.data, position)) is not None:
            number, *request, redacted = found.group(*range(1, answered))
            body = found.span(answered + 1)
            if not (
                is_one_line(self.data, *found.span(BODY_GROUP)) and is_one_line(self.data, *body)
            ):
                break
            end = found.end()
            yield Item(number, request, redacted, position, found.end(answered), body, end)
            position = end
        if position != len(self.data):
            raise ValueError(f"no interaction at byte {position}")

    def response(self, item: ResponseLines) -> Sequence[bytes | None]:
        """The text of each field's value in a response, as in ``Item.request``.

        Raises:
            ValueError: the response does not end where the next interaction begins.
        """
        start, (body, behind), end = item
        head = self.patterns.head.match(self.data, start, end)
        begin = 0 if head is None else head.end()
        tail = self.patterns.tail.fullmatch(self.data, begin if body < 0 else behind, end)
        if head is None or tail is None:
            raise ValueError(f"no response at byte {start}")
        return (*head.groups(), None if body < 0 else self.data[body:behind], *tail.groups())

    def head(self, start: int, body: int) -> tuple[str, bool, bool]:
        """What ``head_of`` returns for a response, from the lines before its body.

        Args:
            start: index of the line after ``response:``.
            body: index of the body's value.

        Raises:
            ValueError: a value is wrong, or only PyYAML can read it.
        """
        lines = self.data[start:body]
        head = self.patterns.head.match(lines)
        if head is None:
            raise ValueError(f"no response at byte {start}")
        if len(self.heads) == MOST_HEADS:
            self.heads.clear()
        return self.heads.setdefault(lines, head_of(head.groups()))


def outline(data: bytes) -> Outline | None:
    """The outline of a go-vcr version 2 file; ``None`` if it has another layout."""
    head = HEAD.match(data)
    if head is None or not is_plain_text(data):
        return None
    fields = FIRST_FIELDS.match(data, head.end())
    if fields is None:
        return None
    item, field, value = len(head[1]), len(head[1]) + len(head[2]), len(fields[1])
    step = 2 if (item, field) == (0, 2) else 4
    margin, entry = value + step, value + (2 if step == 2 else 2 * step)
    entries = ENTRIES.search(data)
    block = BLOCK_LINES.search(data) if entries is None else None
    if entries is not None and len(entries[1]) == value:
        margin, entry = len(entries[2]), len(entries[3])
    elif block is not None:
        margin = len(block[1])
    if not item < field < value < margin <= min(entry, value + 9):
        return None
    known = patterns_of(item, field, value, margin, entry)
    return Outline(data, margin, head.end(), head.end() + field, known)


def is_one_line(data: bytes, start: int, end: int) -> bool:
    """Whether a body ends on its line, if it is single-quoted."""
    return data[start : start + 1] != b"'" or data.find(b"\n", start, end - 1) < 0


def is_plain_text(data: bytes) -> bool:
    """Whether the bytes are UTF-8 that libyaml accepts, with LF as the only line break."""
    if data.translate(None, ALLOWED):
        return False
    if data.isascii():
        return True
    if any(mark in data for mark in HIGH_BREAKS):
        return False
    if HIGH_CONTROL.search(data) or HIGH_SPECIAL.search(data):
        return False
    decoder = codecs.getincrementaldecoder("utf-8")()
    view = memoryview(data)
    try:
        for start in range(0, len(data), BLOCK):
            decoder.decode(view[start : start + BLOCK])
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True
