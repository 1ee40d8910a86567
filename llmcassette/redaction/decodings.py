"""What a text spells once its escapes, Base64, hexadecimal digits and compressions are decoded.

Encodings may be nested in any order, such as gzip in Base64 in JSON in a URL.
"""

from __future__ import annotations

import binascii
import re
from html import unescape
from typing import TYPE_CHECKING, Final, NamedTuple

from llmcassette.json.spans import ESCAPE, decode_escape
from llmcassette.redaction.charsets import is_utf8, transcoded
from llmcassette.redaction.compression import has_mark, unpack
from llmcassette.redaction.views import Decoded, Encoding, Runs, Span, Unpacked, View

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from llmcassette.streams.codings import Bounds

__all__ = ["JSON_ESCAPES", "decodings"]

MAX_DEPTH: Final = 5
MAX_VIEWS: Final = 60
"""Bounds of the search. Each view is at most as long as the one before, but for decompression."""


def decode_percent(match: re.Match[bytes]) -> bytes:
    return bytes([int(match[1], 16)])


def decode_entity(match: re.Match[bytes]) -> bytes:
    return unescape(match[0].decode()).encode("utf-8", "surrogatepass")


JSON_ESCAPES: Final = Encoding(ESCAPE, decode_escape)
PERCENT: Final = Encoding(re.compile(rb"%([0-9a-fA-F]{2})"), decode_percent)
ENTITIES: Final = Encoding(
    re.compile(rb"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});"),
    decode_entity,
)
NULS: Final = Encoding(re.compile(rb"\0+"), lambda _: b"")
"""ASCII in UTF-16 or UTF-32 has them; see ``charsets.py`` for bodies in a named encoding."""


def decode_line_break(match: re.Match[bytes]) -> bytes:
    """Nothing, if a line of Base64 ends here."""
    is_base64 = BASE64_LINE.match(match.string, max(0, match.start() - 60), match.start())
    return b"" if is_base64 else match[0]


BASE64_LINE: Final = re.compile(rb"[A-Za-z0-9+/]{60}")
BASE64_LINES: Final = re.compile(
    rb"(?<![A-Za-z0-9+/])[A-Za-z0-9+/]{60,}+(?:\r?\n|(?:\\r)?\\n)[A-Za-z0-9+/=]"
)
LINE_BREAKS: Final = Encoding(
    re.compile(rb"(?:\r?\n|(?:\\r)?\\n)(?=[A-Za-z0-9+/=])"), decode_line_break
)
"""The line breaks of MIME's Base64, also as escapes in JSON."""

PERCENT_PLAIN: Final = re.compile(rb"%(?:[2-7][0-9a-fA-F]|0[aAdD])")
ESCAPED_PLAIN: Final = re.compile(rb"\\(?:u00[2-7]|/)")

URL_SAFE: Final = bytes.maketrans(b"-_", b"+/")


def decode_base64(run: bytes) -> bytes:
    characters = run.translate(URL_SAFE)
    length = len(characters) - (len(characters) % 4 == 1)
    return binascii.a2b_base64(characters[:length] + b"=" * (-length % 4))


class Digits(NamedTuple):
    """Base64 or hexadecimal digits.

    Attributes:
        run: as many as may hold a secret.
        decode: the bytes of a run.
        group: how many digits stand for how many bytes.
    """

    run: re.Pattern[bytes]
    decode: Callable[[bytes], bytes]
    group: tuple[int, int]


BASE64: Final = Digits(
    re.compile(rb"(?<![A-Za-z0-9+/_-])[A-Za-z0-9+/_-]{32,}+"), decode_base64, (4, 3)
)
HEX: Final = Digits(
    re.compile(rb"(?<![0-9a-fA-F])(?:[0-9a-fA-F]{2}){12,}+"), binascii.unhexlify, (2, 1)
)


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
    seen = {view.text}
    waiting: list[tuple[View, int]] = [(view, 0)]
    for reading, depth in waiting:
        yield reading
        if depth < MAX_DEPTH:
            for inner in decoded(reading, bounds, escapes):
                if inner.text not in seen and len(seen) < MAX_VIEWS:
                    seen.add(inner.text)
                    waiting.append((inner, depth + 1))


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
    joined = Decoded(view, LINE_BREAKS) if BASE64_LINES.search(text) else view
    yield from decoded_runs(joined, BASE64, bounds)
    yield from decoded_runs(view, HEX, bounds)


def decoded_runs(view: View, digits: Digits, bounds: Bounds) -> Iterator[View]:
    """The runs that hold a text, and those that hold a compressed one.

    Known values in other binary data are found in its Base64; see ``Secrets.find``.
    """
    texts: list[tuple[Span, bytes]] = []
    contents: list[tuple[Span, bytes]] = []
    room = bounds.limit(len(view.text))
    for found in digits.run.finditer(view.text):
        data = digits.decode(found[0])
        whole = whole_content(data, bounds._replace(size=room))
        if whole is not None:
            room -= len(whole)
            contents.append((found.span(), whole))
        elif is_readable(data):
            texts.append((found.span(), data))
    if texts:
        spans, lines = zip(*texts, strict=True)
        yield Runs(view, spans, lines, digits.group)
    if contents:
        spans, lines = zip(*contents, strict=True)
        yield Unpacked(view, spans, lines)


def whole_content(data: bytes, bounds: Bounds) -> bytes | None:
    """The text of data that is compressed or in UTF-16 or UTF-32; ``None`` for other data."""
    other = transcoded(data, "")
    if other is not None:
        return other.text
    if is_readable(data) and not has_mark(data):
        return None
    packed = unpack(data, bounds)
    return None if packed is None else packed.content


READABLE: Final = bytes(range(0x20, 0x7F)) + b"\t\n\r\0"
LEAST_READABLE: Final = 0.7


def is_readable(data: bytes) -> bool:
    """Whether data has a text in it: it is UTF-8, or most of it are ASCII letters and the like."""
    if len(data.translate(None, READABLE)) < (1 - LEAST_READABLE) * len(data):
        return True
    return is_utf8(data)
