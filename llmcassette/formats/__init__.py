"""Cassette files: reading and writing go-vcr version 2, in the dialects of all its writers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmcassette.lazy_names import lazy_names

if TYPE_CHECKING:
    from llmcassette.formats.dialect import CHARM, Dialect
    from llmcassette.formats.emitter import emit
    from llmcassette.formats.fast import Answer, Unread, read_fast
    from llmcassette.formats.reader import read
    from llmcassette.formats.source import Source
    from llmcassette.formats.writer import dialect_of, encoded, write

__all__ = [
    "CHARM",
    "Answer",
    "Dialect",
    "Source",
    "Unread",
    "dialect_of",
    "emit",
    "encoded",
    "read",
    "read_fast",
    "write",
]


if not TYPE_CHECKING:  # type checkers would accept misspelt names
    __getattr__ = lazy_names(
        __name__,
        {
            "dialect": "CHARM Dialect",
            "emitter": "emit",
            "fast": "Answer Unread read_fast",
            "reader": "read",
            "source": "Source",
            "writer": "dialect_of encoded write",
        },
    )
