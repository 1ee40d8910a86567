"""Where the project lies that a report is of: CI jobs carry reports elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator
    from pathlib import Path


__all__ = ["find_root", "repository_of", "seen_from"]


def repository_of(folder: Path) -> Path | None:
    """The top folder of the repository that a folder lies in, if it lies in one."""
    for each in (folder, *folder.parents):
        if (each / ".git").exists():
            return each
    return None


def find_root(files: Collection[str], candidates: Iterable[Path]) -> Path | None:
    """The first folder that holds all of the files, or else most of them; any, where are none."""
    folders = [folder.resolve() for folder in candidates]
    held = [sum((folder / file).is_file() for file in files) for folder in folders]
    for wanted in (len(files), len(files) / 2):
        for folder, count in zip(folders, held, strict=True):
            if count >= wanted:
                return folder
    return None


def seen_from(here: Path, places: Iterable[str], further: Iterable[Path]) -> Iterator[Path]:
    yield from (here, *here.parents)
    repository = repository_of(here)
    if repository is not None:
        yield from (repository / place for place in places)
    yield from further
