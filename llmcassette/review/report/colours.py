"""The text of a miss in colours: red for what was recorded, green for what was sent."""

from __future__ import annotations

import re
from typing import Final

__all__ = ["coloured"]

OLD, NEW, STRONG = "31", "32", "1"
SIDES: Final = {"    recorded": OLD, "    sent": NEW}
MARKED: Final = re.compile(r"\[-(.*?)-\]|\{\+(.*?)\+\}", re.DOTALL)


def coloured(text: str) -> str:
    """A miss, or a group of misses, for a terminal with colours."""
    headline, *lines = text.split("\n")
    found = [paint(headline, STRONG)]
    value: list[str] = []
    colour = ""
    for line in [*lines, ""]:
        side = next((SIDES[name] for name in SIDES if line.startswith(f"{name} ")), "")
        if value and (side or not line.startswith(" " * 14)):
            found += painted_value(value, colour)
            value = []
        if side or value:
            colour = side or colour
            value.append(line)
        else:
            found.append(line)
    return "\n".join(found[:-1])


def painted_value(lines: list[str], colour: str) -> list[str]:
    """The lines of one value: its marked words, or all of it if none is marked."""
    label, text = lines[0][:14], "\n".join([lines[0][14:], *(line[14:] for line in lines[1:])])
    if MARKED.search(text):
        text = MARKED.sub(lambda mark: paint(mark[1] or mark[2] or "", colour), text)
    else:
        text = paint(text, colour)
    return f"{label}{text}".replace("\n", "\n" + " " * 14).split("\n")


def paint(text: str, colour: str) -> str:
    """A text in a colour, on each of its lines."""
    return "\n".join(f"\x1b[{colour}m{line}\x1b[0m" if line else line for line in text.split("\n"))
