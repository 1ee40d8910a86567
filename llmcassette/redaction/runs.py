"""Finds long runs of certain characters in a text, ten times as fast as a regular expression."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    from llmcassette.redaction.views import Span

__all__ = ["classes_of", "long_runs", "text_stretches"]


def classes_of(characters: bytes) -> bytes:
    """A table for ``bytes.translate``: ``a`` for these characters, a space for all others."""
    return bytes(b"a "[byte not in characters] for byte in range(256))


def long_runs(text: bytes, classes: bytes, least: int) -> Iterator[Span]:
    """Each run of ``least`` or more characters of a class, from its first character to its last.

    Args:
        text: the text.
        classes: see ``classes_of``.
        least: 1 or more.
    """
    classified = text.translate(classes)
    run = b"a" * least
    start = classified.find(run)
    while start >= 0:
        end = classified.find(b" ", start + least)
        if end < 0:
            end = len(text)
        yield start, end
        start = classified.find(run, end)


ASCII: Final = bytes(range(0x20, 0x7F)) + b"\t\n\r\0"
"""With NUL, which ASCII in UTF-16 and UTF-32 has."""

TEXT: Final = bytes(
    b"a"[0] if byte in ASCII else b"h"[0] if byte > 0x7F else b" "[0] for byte in range(256)
)
SHORTEST_TEXT: Final = 8
"""Bytes of ASCII; as long as the shortest secret."""


def text_stretches(data: bytes) -> Iterator[Span]:
    """Each stretch of binary data that may be text: no control characters, and some ASCII in it."""
    classified = data.translate(TEXT)
    ascii_run = b"a" * SHORTEST_TEXT
    end = 0
    found = classified.find(ascii_run)
    while found >= 0:
        start = classified.rfind(b" ", end, found) + 1 or end
        end = classified.find(b" ", found)
        if end < 0:
            end = len(data)
        yield start, end
        found = classified.find(ascii_run, end)
