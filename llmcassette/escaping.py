"""Text of files on its way to a terminal, a log or a report: shown, never obeyed.

Control characters steer terminals, bidirectional ones reorder what a reader sees, and in a log of
GitHub Actions a line that begins with ``::`` is a command.
"""

from __future__ import annotations

import re
from typing import Final

__all__ = ["escaped_character", "is_shown", "one_line", "printable"]

UNSEEN: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Unicode categories that a terminal interprets, reorders or doesn't show."""
JOINERS: Final = "\u200c\u200d"
"""Format characters that scripts and emoji need; they hide nothing."""
COMMAND: Final = r"(?m:^([^\S\n]*):(?=:)|#(?=#\[))"
"""The start of a workflow command, also of the older ``##[error]``, which works anywhere."""


def printable(text: str) -> str:
    """Text with its line ends, with everything escaped that a terminal or a log would obey."""
    text = text.replace("\r\n", "\n").replace("\t", "    ")
    if not (text.isascii() and text.replace("\n", "").isprintable()):
        text = "".join([c if is_shown(c) or c == "\n" else escaped_character(c) for c in text])
    if "::" in text or "##[" in text:
        return re.sub(
            COMMAND, lambda found: f"{found[1] or ''}{escaped_character(found[0][-1])}", text
        )
    return text


def one_line(text: str) -> str:
    """Printable text on one line, for names and short values."""
    return printable(text.replace("\n", "\\n"))


def is_shown(character: str) -> bool:
    """Whether a terminal shows a character in its place."""
    import unicodedata  # most texts are ASCII

    return unicodedata.category(character) not in UNSEEN or character in JOINERS


def escaped_character(character: str) -> str:
    r"""A character as in Python and JSON: ``\u001b``."""
    code = ord(character)
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
