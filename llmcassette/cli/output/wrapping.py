"""Wraps text with styles to a width in columns."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, TypeAlias

from llmcassette.cli.output.text import text_width

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["Line", "Span", "wrapped"]

Span: TypeAlias = tuple[str, str]
"""A text and the name of its style, see ``llmcassette.cli.output.screen.STYLES``."""

Line: TypeAlias = list[Span]

TOKEN = re.compile(r"[^\S\n]+|\S+")
LONG_WORD: Final = 60
LEAST_PIECE: Final = 12


def wrapped(spans: Sequence[Span], width: int) -> Iterator[tuple[Line, int]]:
    """Lines of at most ``width`` columns, each with the offset in the whole text where it ends."""
    text = "".join(text for text, _ in spans)
    for start, end in breaks(text, width):
        yield sliced(spans, start, end), end


def sliced(spans: Sequence[Span], start: int, end: int) -> Line:
    line: Line = []
    offset = 0
    for text, style in spans:
        piece = text[max(0, start - offset) : max(0, end - offset)]
        if piece:
            line.append((piece, style))
        offset += len(text)
    return line


def breaks(text: str, width: int) -> Iterator[tuple[int, int]]:
    """Start and end offsets of every line; white space where a line is broken is in none."""
    start = 0
    while True:
        end = text.find("\n", start)
        end = len(text) if end < 0 else end
        yield from paragraph_breaks(text, start, end, width)
        if end == len(text):
            return
        start = end + 1


def paragraph_breaks(text: str, start: int, end: int, width: int) -> Iterator[tuple[int, int]]:
    stop, used = start, 0
    for token in TOKEN.finditer(text, start, end):
        word, size = token[0], text_width(token[0])
        if used + size <= width:
            used += size
            stop = token.end() if not word.isspace() else stop
            continue
        if word.isspace():
            yield start, stop
            start = stop = token.end()
            used = 0
            continue
        if used and not starts_here(size, width - used):
            yield start, stop
            start, used = token.start(), 0
        offset = token.start()
        for piece in pieces(word, width - used, width):
            size = text_width(piece)
            if used + size > width:
                yield start, offset
                start, used = offset, 0
            offset += len(piece)
            used += size
        stop = token.end()
    yield start, stop


def starts_here(size: int, room: int) -> bool:
    """Whether a word so long that it is broken anyway starts in the rest of the line."""
    return size > 2 * room and size > LONG_WORD and room >= LEAST_PIECE


def pieces(word: str, first: int, width: int) -> Iterator[str]:
    """A word in pieces, the first of at most ``first`` columns, the others of ``width``."""
    from rich.cells import chop_cells

    if text_width(word) <= first:
        yield word
        return
    head = chop_cells(word, first)[:1] if first >= 2 else []
    yield from head
    yield from chop_cells(word[sum(map(len, head)) :], width)
