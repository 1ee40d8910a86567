"""Decoded forms of a text that map positions back to the original text."""

from __future__ import annotations

import binascii
import re
from bisect import bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from llmcassette.json.spans import ESCAPE, decode_escape

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Base64Runs", "Pieces", "Slice", "View", "decodings"]

Span = tuple[int, int]


class View(Protocol):
    """A decoded form of an original text."""

    @property
    def text(self) -> bytes: ...

    def locate(self, start: int, end: int) -> list[Span]:
        """The spans of the original that ``text[start:end]`` comes from, sorted."""


@dataclass(frozen=True, slots=True)
class Slice:
    """A part of the original, not decoded."""

    text: bytes
    offset: int = 0

    def locate(self, start: int, end: int) -> list[Span]:
        return [(start + self.offset, end + self.offset)]


class Pieces:
    """Pieces of another view joined; some of them decoded."""

    __slots__ = ("_decoded", "_size", "_source", "_spans", "_starts", "parent")

    def __init__(self, parent: View) -> None:
        self.parent = parent
        self._source = parent.text
        self._decoded: list[bytes] = []
        self._size = 0
        self._starts: list[int] = []
        self._spans: list[Span] = []

    @property
    def text(self) -> bytes:
        if len(self._decoded) > 1:
            self._decoded = [b"".join(self._decoded)]
        return self._decoded[0] if self._decoded else b""

    def add(self, start: int, end: int, decoded: bytes | None = None) -> None:
        """Append a span of the parent, or its decoded text, which ``locate`` never splits."""
        if start == end:
            return
        piece = self._source[start:end] if decoded is None else decoded
        self._starts.append(self._size)
        self._spans.append((start, end))
        self._decoded.append(piece)
        self._size += len(piece)

    def add_decoded(self, start: int, end: int, encoding: re.Pattern[bytes]) -> None:
        """Append a span of the parent, with each match of ``encoding`` decoded."""
        position = start
        for match in encoding.finditer(self._source, start, end):
            self.add(position, match.start())
            decoded = decode_percent(match) if encoding is PERCENT else decode_escape(match)
            self.add(match.start(), match.end(), decoded)
            position = match.end()
        self.add(position, end)

    def locate(self, start: int, end: int) -> list[Span]:
        found: list[Span] = []
        for index in range(bisect_right(self._starts, start) - 1, len(self._starts)):
            at = self._starts[index]
            if at >= end:
                break
            first, last = self._spans[index]
            behind = self._starts[index + 1] if index + 1 < len(self._starts) else self._size
            if behind - at == last - first:
                first, last = first + max(start - at, 0), min(first + end - at, last)
            if found and found[-1][1] == first:
                found[-1] = (found[-1][0], last)
            else:
                found.append((first, last))
        return [span for piece in found for span in self.parent.locate(*piece)]


class Base64Runs:
    """The decoded runs of Base64 in another view, one a line."""

    __slots__ = ("_runs", "_starts", "parent", "text")

    def __init__(self, parent: View, runs: list[re.Match[bytes]]) -> None:
        self.parent = parent
        self._runs = runs
        self._starts: list[int] = []
        lines = []
        size = 0
        for run in runs:
            line = decode_base64(run[0])
            self._starts.append(size)
            lines.append(line)
            size += len(line) + 1
        self.text = b"\n".join(lines)

    def locate(self, start: int, end: int) -> list[Span]:
        index = bisect_right(self._starts, start) - 1
        at = self._starts[index]
        first, last = self._runs[index].span()
        return self.parent.locate(
            first + (start - at) // 3 * 4, min(first - (at - end) // 3 * 4, last)
        )


PERCENT = re.compile(rb"%([0-9a-fA-F]{2})")
PERCENT_PLAIN = re.compile(rb"%[2-7][0-9a-fA-F]")
BASE64_RUN = re.compile(rb"(?<![A-Za-z0-9+/_-])[A-Za-z0-9+/_-]{32,}+")
ESCAPED_PLAIN = re.compile(rb"\\(?:u00[2-7]|/)")
URL_SAFE = bytes.maketrans(b"-_", b"+/")


def decodings(view: View, *, escapes: bool) -> Iterator[View]:
    """The view, and its decoded forms: JSON escapes, percent escapes and Base64.

    Escapes are decoded twice: a JSON string may contain JSON, and a URL's query a URL.

    Args:
        view: the view to decode.
        escapes: decode all escapes, because the search is for texts with quotes, line ends or the
            like; else only escapes of plain characters, which need none.
    """
    readings = [view]
    for _ in range(2):
        text = readings[-1].text
        if b"\\" not in text or not (escapes or ESCAPED_PLAIN.search(text)):
            break
        readings.append(decoded(readings[-1], ESCAPE))
    encoded = PERCENT if escapes else PERCENT_PLAIN
    level = tuple(readings)
    for _ in range(2):
        level = tuple(decoded(outer, PERCENT) for outer in level if encoded.search(outer.text))
        readings += level
    yield from readings
    for reading in readings:
        if runs := list(BASE64_RUN.finditer(reading.text)):
            yield Base64Runs(reading, runs)


def decoded(view: View, encoding: re.Pattern[bytes]) -> View:
    reading = Pieces(view)
    reading.add_decoded(0, len(view.text), encoding)
    return reading


def decode_percent(match: re.Match[bytes]) -> bytes:
    return bytes([int(match[1], 16)])


def decode_base64(run: bytes) -> bytes:
    characters = run.translate(URL_SAFE)
    length = len(characters) - (len(characters) % 4 == 1)
    return binascii.a2b_base64(characters[:length] + b"=" * (-length % 4))
