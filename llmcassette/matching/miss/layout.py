"""Lines of styled words, wrapped for a terminal."""

from __future__ import annotations

import re
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Final, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from llmcassette.matching.difference.words import Run

__all__ = ["WIDTH", "field", "paragraph", "styled"]

WIDTH: Final = 76
"""Columns; pytest puts four more before each line of an error."""

MARKS: Final = {"old": ("[-", "-]"), "new": ("{+", "+}")}
COLOURS: Final = {"old": "31", "new": "32", "cut": "2", "strong": "1", "place": "1;36"}
SPLIT = re.compile(r"(\s+)")


def paragraph(text: str, *, indent: int = 0) -> str:
    """Text, wrapped."""
    return wrapped([(text, "")], " " * indent, " " * indent, color=False)


def field(
    label: str,
    runs: Sequence[Run],
    column: int,
    *,
    color: bool,
    side: str = "",
    broken: bool = True,
) -> str:
    """A label and, in a column of its own, a text in which the differing words are marked.

    Args:
        label: the label, indented.
        runs: the text.
        column: column of the text.
        color: mark words by colour instead of brackets.
        side: ``old`` or ``new``, for the colour of a text that differs as a whole.
        broken: cut a word that is too long for a line; else it goes beyond the margin.
    """
    pieces = []
    for run in runs:
        style = side if run.style == "whole" else run.style
        before, behind = ("", "") if color else MARKS.get(run.style, ("", ""))
        pieces.append((f"{before}{run.text}{behind}", style))
    first = label.ljust(column)
    room = WIDTH - column if broken else None
    return wrapped(pieces, first, " " * column, color=color, longest=room)


Atom: TypeAlias = list[tuple[str, str]]
"""A word, or the space between two, in pieces of one style each."""


def wrapped(
    pieces: Iterable[tuple[str, str]],
    first: str,
    others: str,
    *,
    color: bool,
    longest: int | None = None,
) -> str:
    """Words in lines of at most ``WIDTH`` columns, which begin with ``first`` or ``others``.

    A word longer than ``longest`` is cut; without ``longest`` it gets a line of its own.
    """
    lines: list[Atom] = [[(first, "")]]
    used, space = len(first), ""
    empty = True
    for atom in shortened(atoms(pieces), longest):
        text = "".join(text for text, _ in atom)
        if text.isspace():
            space = text
            continue
        if not empty and used + len(space) + len(text) > WIDTH:
            lines.append([(others, "")])
            used, space = len(others), ""
        style = atom[0][1]
        lines[-1] += [(space, style if lines[-1][-1][1] == style else ""), *atom]
        used += len(space) + len(text)
        space, empty = "", False
    return "\n".join(line_text(line, color=color) for line in lines)


def line_text(line: Atom, *, color: bool) -> str:
    """The pieces of a line, joined by style."""
    return "".join(
        styled("".join(text for text, _ in run), style, color=color)
        for style, run in groupby(filter(itemgetter(0), line), key=itemgetter(1))
    )


def atoms(pieces: Iterable[tuple[str, str]]) -> list[Atom]:
    found: list[Atom] = []
    for text, style in pieces:
        for part in filter(None, SPLIT.split(text)):
            if found and part.isspace() == found[-1][0][0].isspace():
                found[-1].append((part, style))
            else:
                found.append([(part, style)])
    return found


def shortened(words: Iterable[Atom], longest: int | None) -> Iterator[Atom]:
    for word in words:
        atom: Atom = []
        room = longest or sum(len(text) for text, _ in word)
        for text, style in word:
            rest = text
            while len(rest) > room:
                yield [*atom, (rest[:room], style)]
                rest, atom, room = rest[room:], [], longest or 0
            atom.append((rest, style))
            room -= len(rest)
        yield atom


def styled(text: str, style: str, *, color: bool) -> str:
    code = COLOURS.get(style)
    return f"\x1b[{code}m{text}\x1b[0m" if color and code else text
