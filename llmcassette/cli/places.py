"""Cassettes as the command line names them: files, folders, ``-`` for stdin."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from llmcassette.errors import CassetteError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from llmcassette.model import Cassette

__all__ = ["STDIN", "SUFFIXES", "Place", "cassettes_below", "find", "parse", "read"]

STDIN: Final = "-"
SUFFIXES: Final = frozenset({".yaml", ".yml"})


@dataclass(frozen=True, slots=True)
class Place:
    """One cassette to read.

    Attributes:
        path: the file; ``None`` for stdin.
        asked: it was named itself, and not found in a folder.
    """

    path: Path | None
    asked: bool = True

    @property
    def name(self) -> str:
        """As it is shown."""
        return STDIN if self.path is None else str(self.path)


def find(arguments: Iterable[str]) -> list[Place]:
    """Every cassette the arguments mean; folders are searched, in the order of names.

    Raises:
        CassetteError: a path is empty (and not the working directory: a variable that is not set
            must not have all of it rewritten), or a folder holds no YAML file.
    """
    found: list[Place] = []
    for argument in arguments:
        if not argument:
            raise CassetteError("an empty name was given: name a file or a folder")
        path = Path(argument)
        if argument == STDIN:
            found.append(Place(None))
        elif path.is_dir():
            inside = [Place(file, asked=False) for file in cassettes_below(path)]
            if not inside:
                raise CassetteError("is a folder without any .yaml file in it", path=path)
            found += inside
        else:
            found.append(Place(path))
    return found


def cassettes_below(folder: Path) -> list[Path]:
    """Every YAML file in a folder and the folders in it; hidden ones are left out."""
    inside = (path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES)
    return sorted(path for path in inside if path.is_file() and not is_hidden(path, folder))


def is_hidden(path: Path, folder: Path) -> bool:
    return any(part.startswith(".") for part in path.relative_to(folder).parts)


def read(place: Place) -> Cassette:
    """Read one cassette.

    Raises:
        CassetteError: it cannot be read, or is no cassette.
    """
    if place.path is None:
        return parse(sys.stdin.buffer.read(), Path(STDIN))
    from llmcassette.storage import load

    return load(place.path)


def parse(data: bytes, path: Path) -> Cassette:
    """A cassette from bytes that come from elsewhere; ``path`` is for messages.

    Raises:
        CassetteError: they are no cassette.
    """
    from llmcassette import formats

    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        raise CassetteError(f"not UTF-8 at byte {error.start}", path=path) from None
    return formats.read(text, path=path)
