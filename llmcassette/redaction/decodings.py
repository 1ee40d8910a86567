"""What a text spells once its escapes, Base64, hexadecimal digits and compressions are decoded.

Encodings may be nested in any order, such as gzip in Base64 in JSON in a URL.
"""

from __future__ import annotations

import binascii
import re
import string
from functools import lru_cache
from html import unescape
from typing import TYPE_CHECKING, Final, NamedTuple

from llmcassette.json.spans import ESCAPE, decode_escape, unescaped
from llmcassette.redaction.charsets import is_utf8, transcoded
from llmcassette.redaction.compression import has_mark, unpack
from llmcassette.redaction.runs import classes_of, long_runs, text_stretches
from llmcassette.redaction.views import Decoded, Encoding, Pieces, Runs, Span, Unpacked, View

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from llmcassette.streams.bounds import Bounds

__all__ = ["JSON_ESCAPES", "decodings"]

MAX_DEPTH: Final = 5
MAX_VIEWS: Final = 60
"""Bounds of the search. Each view is at most as long as the one before, but for decompression."""

ALWAYS_DECODED: Final = 60_000_000
MOST_DECODED: Final = 6
"""Bytes of all views together, and how many times a text's own; what is larger decides."""


def decode_percent(text: bytes) -> bytes:
    pieces = PERCENT_ESCAPE.split(text)
    pieces[1::2] = map(PERCENT_ESCAPES.__getitem__, pieces[1::2])
    return b"".join(pieces)


PERCENT_ESCAPE: Final = re.compile(rb"(%[0-9a-fA-F]{2})")
DIGITS: Final = string.hexdigits
PERCENT_ESCAPES: Final = {
    f"%{high}{low}".encode(): bytes.fromhex(high + low) for high in DIGITS for low in DIGITS
}


@lru_cache(maxsize=4096)
def decoded_entity(entity: bytes) -> bytes:
    return unescape(entity.decode()).encode("utf-8", "surrogatepass")


def decode_entities(text: bytes) -> bytes:
    pieces = ENTITY.split(text)
    pieces[1::2] = map(decoded_entity, pieces[1::2])
    return b"".join(pieces)


ENTITY: Final = re.compile(rb"(&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});)")
JSON_ESCAPES: Final = Encoding(ESCAPE, decode_escape, unescaped)
PERCENT: Final = Encoding(PERCENT_ESCAPE, lambda match: PERCENT_ESCAPES[match[0]], decode_percent)
ENTITIES: Final = Encoding(ENTITY, lambda match: decoded_entity(match[0]), decode_entities)
NULS: Final = Encoding(re.compile(rb"\0+"), lambda _: b"", lambda text: text.replace(b"\0", b""))
"""ASCII in UTF-16 or UTF-32 has them; see ``charsets.py`` for bodies in a named encoding."""


BASE64_LINE: Final = re.compile(rb"[A-Za-z0-9+/]{60}")
SHORTEST_LINE: Final = 60
LINE_BREAK: Final = re.compile(rb"(?:\r?\n|(?:\\r)?\\n)(?=[A-Za-z0-9+/=])")
"""A line break of MIME's Base64, also as an escape in JSON."""

PERCENT_PLAIN: Final = re.compile(rb"%(?:[2-7][0-9a-fA-F]|0[aAdD])")
ESCAPED_PLAIN: Final = re.compile(rb"\\(?:u00[2-7]|/)")

URL_SAFE: Final = bytes.maketrans(b"-_", b"+/")


def decode_base64(run: bytes) -> bytes:
    characters = run.translate(URL_SAFE)
    length = len(characters) - (len(characters) % 4 == 1)
    return binascii.a2b_base64(characters[:length] + b"=" * (-length % 4))


def decode_hex(run: bytes) -> bytes:
    return binascii.unhexlify(run[: len(run) // 2 * 2])


class Digits(NamedTuple):
    """Base64 or hexadecimal digits.

    Attributes:
        classes: the digits; see ``classes_of``.
        least: how many may hold a secret.
        decode: the bytes of a run.
        group: how many digits stand for how many bytes: (4, 3) or (2, 1).
    """

    classes: bytes
    least: int
    decode: Callable[[bytes], bytes]
    group: tuple[int, int]

    def runs(self, text: bytes) -> Iterator[Span]:
        return long_runs(text, self.classes, self.least)


LETTERS_AND_DIGITS: Final = (string.ascii_letters + string.digits).encode()
BASE64: Final = Digits(classes_of(LETTERS_AND_DIGITS + b"+/-_"), 32, decode_base64, (4, 3))
HEX: Final = Digits(classes_of(string.hexdigits.encode()), 24, decode_hex, (2, 1))


def decodings(view: View, bounds: Bounds, *, escapes: bool) -> Iterator[View]:
    """The view, and its decoded forms.

    Args:
        view: the view to decode.
        bounds: how much the compressed data in it may decode to.
        escapes: decode all escapes, because the search is for texts with quotes, line ends or the
            like; else only escapes of plain characters, which need none.

    Raises:
        ExpandsError: the data decodes to more than ``bounds``.
    """
    seen: set[tuple[bytes, bytes]] = {(view.text, b"")}
    waiting: list[tuple[View, int]] = [(view, 0)]
    room = max(ALWAYS_DECODED, MOST_DECODED * len(view.text))
    for reading, depth in waiting:
        yield reading
        if depth < MAX_DEPTH and room > 0:
            for inner in decoded(text_in(reading), bounds, escapes):
                # The same text in Base64 and in compressed Base64 are two secrets.
                origin = inner.origin if isinstance(inner, (Runs, Unpacked)) else b""
                if (inner.text, origin) not in seen and len(seen) < MAX_VIEWS:
                    seen.add((inner.text, origin))
                    room -= len(inner.text)
                    waiting.append((inner, depth + 1))


def text_in(view: View) -> View:
    """The view, or what may be text in it if it is binary: chance makes escapes in other bytes."""
    text = view.text
    if is_utf8(text):
        return view
    spans = list(text_stretches(text))
    return Runs(view, spans, [text[start:end] for start, end in spans], (1, 1))


def decoded(view: View, bounds: Bounds, escapes: bool) -> Iterator[View]:
    text = view.text
    if b"\\" in text and (escapes or ESCAPED_PLAIN.search(text)):
        yield Decoded(view, JSON_ESCAPES)
    if b"%" in text and (PERCENT.pattern if escapes else PERCENT_PLAIN).search(text):
        yield Decoded(view, PERCENT)
    if b"&" in text and ENTITIES.pattern.search(text):
        yield Decoded(view, ENTITIES)
    if b"\0" in text:
        yield Decoded(view, NULS)
    runs = list(BASE64.runs(text))
    joined = joined_lines(view, runs)
    if joined is None:
        yield from decoded_runs(view, BASE64, runs, bounds)
    else:
        yield from decoded_runs(joined, BASE64, list(BASE64.runs(joined.text)), bounds)
    yield from decoded_runs(view, HEX, list(HEX.runs(text)), bounds)


def joined_lines(view: View, runs: Sequence[Span]) -> View | None:
    """The view without the line breaks between long lines of Base64; ``None`` if it has none."""
    text = view.text
    joined = None
    position = 0
    for start, end in runs:
        if end - start >= SHORTEST_LINE and BASE64_LINE.match(text, end - SHORTEST_LINE):
            line_break = LINE_BREAK.match(text, end)
            if line_break is not None:
                joined = joined or Pieces(view)
                joined.add(position, end)
                position = line_break.end()
    if joined is not None:
        joined.add(position, len(text))
    return joined


def decoded_runs(
    view: View, digits: Digits, runs: Sequence[Span], bounds: Bounds
) -> Iterator[View]:
    """The runs that hold a text, and those that hold a compressed one.

    Known values in other binary data are found in its Base64; see ``Secrets.find``.
    """
    text = view.text
    texts: list[tuple[Span, bytes]] = []
    contents: list[tuple[Span, bytes]] = []
    room = bounds.limit(len(text))
    dull: set[bytes] = set()  # the same id is in each event of a stream
    for start, end in runs:
        run = text[start:end]
        if run in dull:
            continue
        data = digits.decode(run)
        readable = is_readable(data)
        whole = whole_content(data, readable, bounds, room)
        if whole is not None:
            room -= len(whole)
            contents.append(((start, end), whole))
        elif readable:
            texts.append(((start, end), data))
        else:
            dull.add(run)
    if texts:
        spans, lines = zip(*texts, strict=True)
        yield Runs(view, spans, lines, digits.group)
    if contents:
        spans, lines = zip(*contents, strict=True)
        yield Unpacked(view, spans, lines)


def whole_content(data: bytes, readable: bool, bounds: Bounds, room: int) -> bytes | None:
    """The text of data that is compressed or in UTF-16 or UTF-32; ``None`` for other data."""
    other = transcoded(data, "")
    if other is not None:
        return other.text
    if not has_mark(data) and (readable or len(data) < LEAST_COMPRESSED):
        return None
    packed = unpack(data, bounds._replace(size=room))
    return None if packed is None else packed.content


LEAST_COMPRESSED: Final = 40
"""Bytes. Shorter data without the mark of gzip or zstd is a hash or an id: nobody compresses it."""

READABLE: Final = bytes(range(0x20, 0x7F)) + b"\t\n\r\0"
LEAST_READABLE: Final = 0.7


def is_readable(data: bytes) -> bool:
    """Whether data has a text in it: it is UTF-8, or most of it are ASCII letters and the like."""
    if len(data.translate(None, READABLE)) < (1 - LEAST_READABLE) * len(data):
        return True
    return is_utf8(data)
