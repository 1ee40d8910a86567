"""Prints lines on stdout: with colours on a terminal, plain in a pipe or with ``NO_COLOR``."""

from __future__ import annotations

from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING, Final

from llmcassette.cli.output.layout import laid_out
from llmcassette.escaping import escaped_character, printable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.console import Console
    from rich.text import Text

    from llmcassette.cli.output.layout import Block, Line

__all__ = ["STYLES", "Screen"]

LINES_AT_ONCE: Final = 500
WIDEST: Final = 120
"""Columns."""

STYLES: Final = {
    "label": "dim",
    "head": "bold",
    "model": "bold cyan",
    "rule": "dim",
    "dim": "dim",
    "system": "magenta",
    "user": "bold blue",
    "assistant": "green",
    "tool": "yellow",
    "answer": "bold green",
    "error": "bold red",
    "call": "yellow",
    "reasoning": "dim italic",
    "media": "cyan",
    "cut": "dim",
    "old": "red",
    "new": "green",
    "old-mark": "bold red",
    "new-mark": "bold green",
    "old-blank": "reverse red",
    "new-blank": "reverse green",
    "place": "bold",
    "quote": "",
    "whole": "",
}


class Screen:
    """stdout, a terminal or a pipe."""

    def __init__(self, console: Console | None = None) -> None:
        if console is None:
            from rich.console import Console

            console = Console(highlight=False, markup=False, emoji=False, soft_wrap=True)
        self._console = console

    @cached_property
    def width(self) -> int:
        """Width in columns: the terminal's or ``COLUMNS``; 80 in a pipe; 120 at most."""
        return min(self._console.width, WIDEST)

    @property
    def needs_brackets(self) -> bool:
        """Whether changed words are put in brackets because there are no colours."""
        return self._console.color_system is None or self._console.no_color

    def show(self, blocks: Iterable[Block], *, full: bool = False) -> None:
        """Lay out and print blocks."""
        self.print(laid_out(blocks, self.width, full=full))

    def print(self, lines: Iterable[Line]) -> None:
        """Print lines as they are."""
        waiting = iter(lines)
        while page := list(islice(waiting, LINES_AT_ONCE)):
            with self._console:  # writes once, when it ends
                for line in page:
                    text = self._text(line)
                    self._console.print(text, no_wrap=True, overflow="ignore", crop=False)

    def _text(self, line: Line) -> Text:
        from rich.text import Text

        spans = [(text, STYLES.get(style, "")) for text, style in harmless(line)]
        return Text.assemble(*spans, end="")


def harmless(line: Line) -> Line:
    """The line, not to be taken for a workflow command: a text may be wrapped before any word."""
    whole = "".join(text for text, _ in line)
    if "##[" in whole:
        line = [(printable(text), style) for text, style in line]
    if not whole.lstrip().startswith("::"):
        return line
    at = next(at for at, (text, _) in enumerate(line) if text.strip())
    text, style = line[at]
    return [*line[:at], (text.replace(":", escaped_character(":"), 1), style), *line[at + 1 :]]
