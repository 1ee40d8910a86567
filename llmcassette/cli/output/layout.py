"""Lays out blocks for a terminal or a pipe: labels in a column, texts wrapped beside them."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Final, TypeAlias

from llmcassette.cli.output.text import fit, text_width
from llmcassette.cli.output.wrapping import Line, Span, wrapped

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

__all__ = ["Block", "Line", "Row", "Rule", "Span", "laid_out", "line", "unwrapped"]

LABEL_WIDTH: Final = 12
INDENT: Final = 2
LEAST_DASHES: Final = 3
LEAST_TEXT: Final = 20
"""Columns of a text in the narrowest terminal."""


@dataclass(frozen=True, slots=True)
class Row:
    """A label and a text beside it, which may have several lines.

    Attributes:
        label: on the first line.
        spans: the text.
        style: of the label.
        limit: lines to show; the rest is counted in a note. 0 shows all.
        indent: column of the label.
        column: column of the text.
    """

    label: str
    spans: Sequence[Span]
    style: str = "label"
    limit: int = 0
    indent: int = INDENT
    column: int = INDENT + LABEL_WIDTH


@dataclass(frozen=True, slots=True)
class Rule:
    """A heading with a line to the right edge of the screen."""

    spans: Sequence[Span]
    right: str = ""


Block: TypeAlias = Row | Rule | None
"""``None`` is a blank line."""


def line(spans: Sequence[Span], column: int = 0) -> Row:
    """A text without a label; all its lines start at one column."""
    return Row("", spans, column=column)


def laid_out(blocks: Iterable[Block], width: int, *, full: bool = False) -> Iterator[Line]:
    """Blocks as lines of at most ``width`` columns.

    Args:
        blocks: what to show.
        width: of the terminal.
        full: ignore the limits of rows.
    """
    for block in blocks:
        if block is None:
            yield []
        elif isinstance(block, Rule):
            yield rule_line(block, width)
        else:
            yield from row_lines(block, width, full=full)


def rule_line(rule: Rule, width: int) -> Line:
    right = f" {fit(rule.right, width // 2)}" if rule.right else ""
    room = width - text_width(right) - LEAST_DASHES - 1
    spans: Line = []
    for text, style in rule.spans:
        shown = fit(text, room)
        spans.append((shown, style))
        room -= text_width(shown)
    dashes = "─" * (LEAST_DASHES + room)
    return [*spans, (f" {dashes}", "rule"), *([(right, "dim")] if right else [])]


def row_lines(row: Row, width: int, *, full: bool) -> Iterator[Line]:
    column = row.column
    limit = 0 if full else row.limit
    lines = wrapped(row.spans, max(LEAST_TEXT, width - column))
    # One line more than the limit is shown: a note would take as much room.
    shown = list(islice(lines, limit + 2)) if limit else list(lines)
    note: list[Line] = []
    if limit and len(shown) > limit + 1:
        shown = shown[:limit]
        left = sum(len(text) for text, _ in row.spans) - shown[-1][1]
        note = [[(f"… {left:,} more characters", "cut")]]
    label_width = max(0, column - row.indent - 1)
    first = f"{' ' * row.indent}{fit(row.label, label_width)}" if column else ""
    for number, spans in enumerate([*(spans for spans, _ in shown), *note]):
        if not spans and number:
            yield []
            continue
        head = " " * column if number else first + " " * (column - text_width(first))
        yield [(head if spans else head.rstrip(), "" if number else row.style), *spans]


def unwrapped(blocks: Iterable[Block]) -> Iterator[str]:
    """Blocks as plain text, each paragraph on one line, without limits."""
    for block in blocks:
        if block is None:
            yield ""
        elif isinstance(block, Rule):
            yield f"── {''.join(text for text, _ in block.spans)}"
        else:
            head = f"{' ' * block.indent}{block.label}".ljust(block.column)
            for paragraph in "".join(text for text, _ in block.spans).split("\n"):
                yield f"{head}{paragraph}".rstrip()
                head = " " * block.column
