"""Text for a terminal or a pipe: wrapped by cells (CJK and emoji take two), shortened, styled."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Final, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

__all__ = [
    "Block",
    "Line",
    "Row",
    "Rule",
    "Span",
    "cells",
    "fit",
    "fit_end",
    "laid_out",
    "line",
    "printable",
    "unwrapped",
]

Span: TypeAlias = tuple[str, str]
"""A text and the name of its style; see ``llmcassette.cli.output.screen.STYLES``."""

Line: TypeAlias = list[Span]

LABEL: Final = 12
INDENT: Final = 2
LEAST_DASHES: Final = 3
LEAST_TEXT: Final = 20
"""Cells that a text gets at least, however narrow the terminal is."""

TOKEN = re.compile(r"[^\S\n]+|\S+")
UNSEEN: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
JOINERS: Final = "\u200c\u200d"
"""They belong to scripts and emoji, and hide nothing."""


@dataclass(frozen=True, slots=True)
class Row:
    """A label and a text beside it, which may have several lines.

    Attributes:
        style: of the label.
        limit: of so many lines the rest is left out, and said to be; 0 for no limit.
        indent: column of the label.
        column: of the text.
    """

    label: str
    spans: Sequence[Span]
    style: str = "label"
    limit: int = 0
    indent: int = INDENT
    column: int = INDENT + LABEL


@dataclass(frozen=True, slots=True)
class Rule:
    """A heading, and a line to the right end of the screen."""

    spans: Sequence[Span]
    right: str = ""


Block: TypeAlias = Row | Rule | None
"""``None`` is a blank line."""


def line(spans: Sequence[Span], column: int = 0) -> Row:
    """A text without a label, every line of it at one column."""
    return Row("", spans, column=column)


def printable(text: str) -> str:
    """Text with line ends, and without what a terminal obeys or reorders."""
    text = text.replace("\r\n", "\n").replace("\t", "    ")
    if text.isascii() and text.replace("\n", "").isprintable():
        return text
    return "".join(map(shown_character, text))


def shown_character(character: str) -> str:
    if character == "\n" or character in JOINERS:
        return character
    if unicodedata.category(character) not in UNSEEN:
        return character
    code = ord(character)
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def cells(text: str) -> int:
    """How many columns of a terminal a text takes."""
    if text.isascii():
        return len(text)
    from rich.cells import cell_len

    return cell_len(text)


def laid_out(blocks: Iterable[Block], width: int, *, full: bool = False) -> Iterator[Line]:
    """Lines of at most ``width`` cells.

    Args:
        blocks: what to show.
        width: of the terminal.
        full: nothing is left out.
    """
    for block in blocks:
        if block is None:
            yield []
        elif isinstance(block, Rule):
            yield from rule_lines(block, width)
        else:
            yield from row_lines(block, width, full=full)


def rule_lines(rule: Rule, width: int) -> Iterator[Line]:
    right = f" {fit(rule.right, width // 2)}" if rule.right else ""
    room = width - cells(right) - LEAST_DASHES - 1
    line: Line = []
    for text, style in rule.spans:
        shown = fit(text, room)
        line.append((shown, style))
        room -= cells(shown)
    dashes = "─" * (LEAST_DASHES + room)
    yield [*line, (f" {dashes}", "rule"), *([(right, "dim")] if right else [])]


def fit(text: str, width: int) -> str:
    """As much of a text as fits, with ``…`` where it is cut."""
    if cells(text) <= width:
        return text
    from rich.cells import set_cell_size

    return f"{set_cell_size(text, max(0, width - 1)).rstrip()}…"


def fit_end(text: str, width: int) -> str:
    """The same, but the end is what is kept: of a path the file's name."""
    if cells(text) <= width:
        return text
    start = len(text)
    while cells(text[start - 1 :]) < width:
        start -= 1
    return f"…{text[start:]}"


def row_lines(row: Row, width: int, *, full: bool) -> Iterator[Line]:
    column = row.column
    room = max(LEAST_TEXT, width - column)
    limit = 0 if full else row.limit
    lines = wrapped(row.spans, room)
    kept = list(islice(lines, limit + 2)) if limit else list(lines)
    note: Line = []
    if limit and len(kept) > limit + 1:
        kept = kept[:limit]
        left = sum(len(text) for text, _ in row.spans) - kept[-1][1]
        note = [(f"… {left:,} more characters", "cut")]
    first = f"{' ' * row.indent}{fit(row.label, max(0, column - row.indent - 1))}" if column else ""
    for number, line in enumerate([*(line for line, _ in kept), *([note] if note else [])]):
        if not line and number:
            yield []
            continue
        head = first + " " * (column - cells(first)) if not number else " " * column
        yield [(head if line else head.rstrip(), row.style if not number else ""), *line]


def unwrapped(blocks: Iterable[Block]) -> Iterator[str]:
    """The same as plain text, each paragraph on one line, nothing left out."""
    for block in blocks:
        if block is None:
            yield ""
        elif isinstance(block, Rule):
            yield f"── {''.join(text for text, _ in block.spans)}"
        else:
            column = block.column
            head = f"{' ' * block.indent}{block.label}".ljust(column)
            for line in "".join(text for text, _ in block.spans).split("\n"):
                yield f"{head}{line}".rstrip()
                head = " " * column


def wrapped(spans: Sequence[Span], width: int) -> Iterator[tuple[Line, int]]:
    """Lines of at most ``width`` cells, each with the offset in the whole text where it ends."""
    text = "".join(text for text, _ in spans)
    for start, end in breaks(text, width):
        yield sliced(spans, start, end), end


def sliced(spans: Sequence[Span], start: int, end: int) -> Line:
    line: Line = []
    at = 0
    for text, style in spans:
        piece = text[max(0, start - at) : max(0, end - at)]
        if piece:
            line.append((piece, style))
        at += len(text)
    return line


def breaks(text: str, width: int) -> Iterator[tuple[int, int]]:
    """Start and end of every line, as offsets; the blanks where a line is broken are in none."""
    at = 0
    while True:
        end = text.find("\n", at)
        end = len(text) if end < 0 else end
        yield from paragraph_breaks(text, at, end, width)
        if end == len(text):
            return
        at = end + 1


def paragraph_breaks(text: str, at: int, end: int, width: int) -> Iterator[tuple[int, int]]:
    start, stop, used = at, at, 0
    for token in TOKEN.finditer(text, at, end):
        word, size = token[0], cells(token[0])
        if used + size <= width:
            used += size
            stop = token.end() if not word.isspace() else stop
            continue
        if word.isspace():
            yield start, stop
            start = stop = token.end()
            used = 0
            continue
        if used and not breakable(size, width - used):
            yield start, stop
            start, used = token.start(), 0
        place = token.start()
        for piece in pieces(word, width - used, width):
            size = cells(piece)
            if used + size > width:
                yield start, place
                start, used = place, 0
            place += len(piece)
            used += size
        stop = token.end()
    yield start, stop


def breakable(size: int, room: int) -> bool:
    """A word so long that it is broken anyway begins where there is room for some of it."""
    return size > 2 * room and size > LONG_WORD and room >= LEAST_PIECE


LONG_WORD: Final = 60
LEAST_PIECE: Final = 12


def pieces(word: str, first: int, width: int) -> Iterator[str]:
    """A word in pieces of at most ``first``, then ``width`` cells."""
    from rich.cells import chop_cells

    if cells(word) <= first:
        yield word
        return
    head = chop_cells(word, first)[:1] if first >= 2 else []
    yield from head
    yield from chop_cells(word[sum(map(len, head)) :], width)
