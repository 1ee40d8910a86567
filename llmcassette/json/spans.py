"""Finds the places of values in a JSON text, so that one can be replaced and the rest kept.

The reader is lenient: in a cut or broken text it finds the values that it can, and it reads several
texts in a row. It does not recurse, so depth costs only memory.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Path", "Value", "completed", "decoded_text", "json_values", "unescaped"]


Path = tuple[str | int, ...]
"""Member names and array positions from the root, as in a normalised path of RFC 9535."""


class Value(NamedTuple):
    """The place of a value, or of the name of a member.

    Attributes:
        kind: ``scalar`` is a number, ``true``, ``false``, ``null`` or broken text.
        path: from the root of its document; for a name, the path of the member.
        document: number of the document, from 0, if the text has several in a row.
        start, end: in bytes; the quotes of a string are included.
    """

    kind: Literal["string", "scalar", "container", "name"]
    path: Path
    document: int
    start: int
    end: int


TOKEN = re.compile(
    rb'[\s,]*+(?:"((?:[^"\\]++|\\.|\\\Z)*+)("?)(\s*+:)?|([{\[])|([}\]])|([^\s,:{}\[\]"]++)|:)',
    re.DOTALL,
)
STRING, NAME, OPEN, CLOSE, SCALAR = 2, 3, 4, 5, 6
"""The last group of a match of ``TOKEN``, by kind of token."""

ESCAPE = re.compile(
    rb"\\(?:u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|(.))",
    re.DOTALL,
)
ESCAPES = re.compile(
    rb"(\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|.))",
    re.DOTALL,
)
"""The same in one group, for ``split``."""

CUT_PIECE = re.compile(rb"(?:\\(?:u[0-9a-fA-F]{0,3})?|[a-z0-9.+-]{1,64})\Z")
SHORT = {b"b": b"\b", b"f": b"\f", b"n": b"\n", b"r": b"\r", b"t": b"\t"}
SHORT_ESCAPES = [
    (b"\\" + letter, character) for letter, character in {**SHORT, b'"': b'"', b"/": b"/"}.items()
]
NEVER_IN_UTF8 = b"\xff"


def json_values(text: bytes, *, structure: bool = False) -> Iterator[Value]:
    """Strings and scalars of a text in order; with ``structure`` also containers and names.

    A container comes after its members or elements.
    """
    path: list[str | int] = []
    opened: list[tuple[bool, int]] = []
    document = 0
    in_object = False
    for token in TOKEN.finditer(text):
        kind = token.lastindex
        if kind == NAME and in_object:
            path[-1] = member_name(token[1])
            if structure:
                yield Value("name", tuple(path), document, token.start(1) - 1, token.end(2))
            continue
        if kind in (STRING, NAME):
            yield Value("string", tuple(path), document, token.start(1) - 1, token.end(2))
        elif kind == SCALAR:
            yield Value("scalar", tuple(path), document, *token.span(6))
        elif kind == OPEN:
            in_object = token[4] == b"{"
            opened.append((in_object, token.start(4)))
            path.append("" if in_object else 0)
            continue
        elif kind == CLOSE and opened:
            path.pop()
            start = opened.pop()[1]
            in_object = bool(opened) and opened[-1][0]
            if structure:
                yield Value("container", tuple(path), document, start, token.end())
        else:
            continue
        if not opened:
            document += 1
        elif not in_object:
            path[-1] = int(path[-1]) + 1
    while structure and opened:
        path.pop()
        yield Value("container", tuple(path), document, opened.pop()[1], len(text))


def completed(text: bytes) -> Iterator[bytes]:
    """Candidates for the JSON text that remains of one that was cut; one of them is valid.

    Strings and containers are closed; a number, a literal or an escape at the end is dropped, and
    a missing value becomes ``null``.
    """
    opened = []
    for token in TOKEN.finditer(text):
        if token.lastindex == OPEN:
            opened.append(b"}" if token[4] == b"{" else b"]")
        elif token.lastindex == CLOSE and opened:
            opened.pop()
    ends = b"".join(reversed(opened))
    for head in (text, CUT_PIECE.sub(b"", text)):
        for missing in (b"", b'"', b"null", b'":null', b":null"):
            yield head + missing + ends
        yield head.rstrip().removesuffix(b",") + ends


@lru_cache(maxsize=4096)
def member_name(escaped: bytes) -> str:
    return decoded_text(unescaped(escaped))


def unescaped(text: bytes) -> bytes:
    """The text between the quotes of a JSON string, decoded; a lone surrogate is three bytes."""
    if b"\\" not in text:
        return text
    if NEVER_IN_UTF8 in text:
        return ESCAPE.sub(decode_escape, text)
    text = text.replace(b"\\\\", NEVER_IN_UTF8)  # so that each backslash starts an escape
    for escape, character in SHORT_ESCAPES:
        text = text.replace(escape, character)
    if b"\\" in text:
        pieces = ESCAPES.split(text)
        pieces[1::2] = map(decoded_escape, pieces[1::2])
        text = b"".join(pieces)
    return text.replace(NEVER_IN_UTF8, b"\\")


@lru_cache(maxsize=16384)
def decoded_escape(escape: bytes) -> bytes:
    match = ESCAPE.match(escape)
    assert match is not None
    return decode_escape(match)


def decode_escape(escape: re.Match[bytes]) -> bytes:
    """The character of one match of ``ESCAPE``, in UTF-8."""
    high, low, unit, short = escape.groups()
    if short is not None:
        return SHORT.get(short, short)
    code = (
        int(unit, 16)
        if unit is not None
        else (0x10000 + ((int(high, 16) - 0xD800) << 10) + (int(low, 16) - 0xDC00))
    )
    return chr(code).encode("utf-8", "surrogatepass")


def decoded_text(text: bytes) -> str:
    """JSON as text: UTF-8 (RFC 8259, 8.1) with lone surrogates; if it is not, read as Latin-1."""
    try:
        return text.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return text.decode("latin-1")
