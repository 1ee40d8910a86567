"""Reads cassette files, writes them atomically, and changes them under a lock."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmcassette.lazy_names import lazy_names

if TYPE_CHECKING:
    from llmcassette.storage.atomic_writing import dump
    from llmcassette.storage.reading import load

__all__ = ["dump", "load"]


if not TYPE_CHECKING:  # type checkers would accept misspelt names
    __getattr__ = lazy_names(
        __name__,
        {
            "atomic_writing": "dump",
            "reading": "load",
        },
    )
