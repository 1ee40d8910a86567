"""Find the root folder of a report's project: CI jobs move reports to other machines."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator
    from pathlib import Path


__all__ = ["find_root", "repository_of", "seen_from"]


def repository_of(folder: Path) -> Path | None:
    """The top of the git repository that a folder is in; ``None`` where it is in none."""
    for each in (folder, *folder.parents):
        if (each / ".git").exists():
            return each
    return None


def find_root(files: Collection[str], candidates: Iterable[Path]) -> Path | None:
    """The first folder that holds all of the files, else the first that holds half of them.

    Where there are no files, the first folder.
    """
    folders = [folder.resolve() for folder in candidates]
    present = [sum((folder / file).is_file() for file in files) for folder in folders]
    for wanted in (len(files), len(files) / 2):
        for folder, count in zip(folders, present, strict=True):
            if count >= wanted:
                return folder
    return None


def seen_from(here: Path, places: Iterable[str], further: Iterable[Path]) -> Iterator[Path]:
    """Folders in which the project may be, likeliest first.

    Args:
        here: the working directory.
        places: the project's folders, relative to the top of the repository.
        further: other candidates.
    """
    yield from (here, *here.parents)
    repository = repository_of(here)
    if repository is not None:
        yield from (repository / place for place in places)
    yield from further
