"""Text in a terminal: escaped, measured in columns, and cut to fit."""

from __future__ import annotations

import unicodedata
from typing import Final

__all__ = ["fit", "fit_end", "printable", "text_width"]

ESCAPED: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Unicode categories that a terminal interprets, reorders or doesn't show."""
JOINERS: Final = "\u200c\u200d"
"""Format characters that scripts and emoji need; they hide nothing."""


def printable(text: str) -> str:
    """Text with line ends, and with everything that a terminal would interpret escaped."""
    text = text.replace("\r\n", "\n").replace("\t", "    ")
    if text.isascii() and text.replace("\n", "").isprintable():
        return text
    return "".join(map(printable_character, text))


def printable_character(character: str) -> str:
    if character == "\n" or character in JOINERS:
        return character
    if unicodedata.category(character) not in ESCAPED:
        return character
    code = ord(character)
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def text_width(text: str) -> int:
    """The width of a text in columns of a terminal; CJK characters and emoji take two."""
    if text.isascii():
        return len(text)
    from rich.cells import cell_len

    return cell_len(text)


def fit(text: str, width: int) -> str:
    """The beginning of a text that fits, with ``…`` where it is cut."""
    if text_width(text) <= width:
        return text
    from rich.cells import set_cell_size

    return f"{set_cell_size(text, max(0, width - 1)).rstrip()}…"


def fit_end(text: str, width: int) -> str:
    """The end of a text that fits; of a path that keeps the file's name."""
    if text_width(text) <= width:
        return text
    start = len(text)
    while text_width(text[start - 1 :]) < width:
        start -= 1
    return f"…{text[start:]}"
