"""Finds cassettes in folders."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

__all__ = ["SUFFIXES", "files_below"]

SUFFIXES: Final = frozenset({".yaml", ".yml"})
"""Suffixes of cassettes, in lower case."""


def files_below(folder: Path, suffixes: Collection[str] = SUFFIXES) -> list[Path]:
    """Files with such a suffix in a folder and its subfolders, except hidden ones, sorted."""
    return sorted(
        path
        for path in folder.rglob("*")
        if path.suffix.lower() in suffixes
        and path.is_file()
        and not any(part.startswith(".") for part in path.relative_to(folder).parts)
    )
