r"""Where the interactions stand in a file that is laid out as go-vcr's writers do it, line by line.

A pattern, and no parser: it knows every line of such a file by its column and its beginning, and
matches only where nothing can be meant by the text but what it takes it for. Fields come in
go-vcr's order; values are a literal block, a whole quoted or plain scalar on one line, or a list of
such; there is no flow collection but an empty one, no anchor, alias, tag, comment or line break
but LF. Anything else is no match, and PyYAML reads the file.

Why it may cut: inside a block sequence no line of a plain or literal scalar starts at the
sequence's own column, and quoted scalars, the only others that could, end on their line here.
"""

from __future__ import annotations

import codecs
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["Item", "Outline", "outline"]

DOUBLE: Final = r'"[^"\\\n]*+(?:\\[^\n][^"\\\n]*+)*+"'
SINGLE: Final = r"'[^'\n]*+(?:''[^'\n]*+)*+'"
PLAIN: Final = (
    r"(?:[A-Za-z0-9/.\(<_$+;\\~^]|-(?=[A-Za-z0-9]))"
    r"[^\n\t:#]*+(?:(?::(?![ \n])|(?<! )#)[^\n\t:#]*+)*+"
)
SCALAR: Final = f"(?:{PLAIN}|{DOUBLE}|{SINGLE})"
INTEGER: Final = r"-?(?:0|[1-9][0-9]{0,17})"
NAME: Final = r"[A-Za-z0-9_$][A-Za-z0-9_$.-]*+"

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


class Item(NamedTuple):
    """One interaction's lines.

    Attributes:
        number: its id, as spelled.
        request: the text of each field's value, in go-vcr's order; ``None`` where it is left out.
        start: index of its first line.
        response: index of the line behind ``response:``.
        end: index behind its last line.
    """

    number: bytes
    request: list[bytes | None]
    start: int
    response: int
    end: int


class Patterns(NamedTuple):
    """What an item and a response look like in one layout."""

    item: re.Pattern[bytes]
    response: re.Pattern[bytes]


class Outline:
    """The interactions of a text, line by line; see the module's docstring.

    Attributes:
        margin: how many bytes of space precede a literal block's lines.
        first: index of the first interaction's first key.
    """

    def __init__(self, data: bytes, margin: int, start: int, first: int, known: Patterns) -> None:
        self.margin = margin
        self.first = first
        self._data = data
        self._start = start
        self._patterns = known

    def items(self) -> Iterator[Item]:
        """The interactions, in file order.

        Raises:
            ValueError: the text is not laid out so to its end.
        """
        position = self._start
        pattern = self._patterns.item
        while (found := pattern.match(self._data, position)) is not None:
            number, *request, _ = found.groups()
            end = found.end()
            yield Item(number, request, position, found.end(pattern.groups), end)
            position = end
        if position != len(self._data):
            raise ValueError(f"no interaction at byte {position}")

    def response(self, start: int, end: int) -> Sequence[bytes | None]:
        """The text of each field's value in a response, as in ``Item.request``."""
        found = self._patterns.response.fullmatch(self._data, start, end)
        assert found is not None, "the item's pattern has matched the same lines"
        return found.groups()


def outline(data: bytes) -> Outline | None:
    """The outline of a go-vcr version 2 file; ``None`` where PyYAML has to read it."""
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


def is_plain_text(data: bytes) -> bool:
    """Whether bytes are UTF-8 text that libyaml takes, whose only line break is LF."""
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


@lru_cache(maxsize=16)
def patterns_of(item: int, field: int, value: int, margin: int, entry: int) -> Patterns:
    """The patterns of a layout; the arguments are columns, named as in ``Dialect``."""
    dash = " " * item + "-".ljust(field - item)
    at_field, at_value, at_margin = " " * field, " " * value, " " * margin
    at_entry, at_listed = " " * entry, " " * (value + entry - margin)
    one_line = rf"({SCALAR})\n"
    integer = rf"({INTEGER})\n"
    literal = (
        rf"\|(?:{margin - value}[-+]?+\n|[-+]?+\n(?=\n*+{at_margin}[^ \t\n]))"
        rf"(?:{at_margin}[^\n]*+\n|\n)*+"
    )
    base64 = r"[A-Za-z0-9+/=]"
    binary = rf"!!binary (?:{base64}++\n|\|\n(?:{at_margin}{base64}++\n)++)"
    body = rf"({literal}|{SCALAR}\n|{binary})"
    strings = rf"( \[\]\n|\n(?:{at_listed}- {SCALAR}\n)++)"
    fields = rf"( \{{\}}\n|\n(?:{at_margin}{NAME}:(?: \[\]\n|\n(?:{at_entry}- {SCALAR}\n)++))++)"

    def line(name: str, pattern: str) -> str:
        space = "" if pattern in (strings, fields) else " "
        return rf"(?:{at_value}{name}:{space}{pattern})?+"

    protocol = [("proto", one_line), ("proto_major", integer), ("proto_minor", integer)]
    request = [
        *protocol,
        ("content_length", integer),
        ("transfer_encoding", strings),
        ("trailer", fields),
        ("host", one_line),
        ("remote_addr", one_line),
        ("request_uri", one_line),
        ("body", body),
        ("form", fields),
        ("headers", fields),
        ("url", one_line),
        ("method", one_line),
    ]
    last_line = rf"({SCALAR})(?:\n|\Z)"
    response = [
        *protocol,
        ("transfer_encoding", strings),
        ("trailer", fields),
        ("content_length", integer),
        ("uncompressed", r"(true|false)\n"),
        ("body", body),
        ("headers", fields),
        ("status", one_line),
        ("code", integer),
        ("duration", last_line),
        ("chunks", last_line),
        ("ended", last_line),
    ]
    sent = "".join(line(name, pattern) for name, pattern in request)
    answered = "".join(line(name, pattern) for name, pattern in response)
    # The item's pattern walks over the response without keeping its values
    passed = re.sub(r"(?<!\\)\((?!\?)", "(?:", answered)
    start = rf"{dash}id: ({INTEGER})\n{at_field}request:\n{sent}{at_field}response:\n()"
    return Patterns(re.compile((start + passed).encode()), re.compile(answered.encode()))
