"""Finds and reads the cassettes that the user names: files, folders, and ``-`` for stdin."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from llmcassette.errors import CassetteError
from llmcassette.review.files import files_below

if TYPE_CHECKING:
    from collections.abc import Iterable

    from llmcassette.model import Cassette

__all__ = ["STDIN", "find_cassettes", "parse_cassette", "read_bytes", "read_cassette"]

STDIN: Final = Path("-")


def find_cassettes(arguments: Iterable[str]) -> list[Path]:
    """The cassettes that arguments name. Folders are searched; their files are sorted by name.

    Raises:
        CassetteError: a path is empty, or a folder contains no YAML file.
    """
    found: list[Path] = []
    for argument in arguments:
        if not argument:
            # Path("") is the working directory: an unset shell variable must not mean all of it.
            raise CassetteError("empty path given; name a file or a folder")
        path = Path(argument)
        if path.is_dir():
            files = files_below(path)
            if not files:
                raise CassetteError("folder contains no .yaml files", path=path)
            found += files
        else:
            found.append(path)
    return found


def read_bytes(path: Path) -> bytes:
    """Read a file, or stdin.

    Raises:
        CassetteError: it can't be read.
    """
    if path == STDIN:
        return sys.stdin.buffer.read()
    from llmcassette.storage.reading import read_bytes

    return read_bytes(path)


def read_cassette(path: Path) -> Cassette:
    """Read a cassette from a file or stdin.

    Raises:
        CassetteError: it can't be read, or is not a cassette.
    """
    if path == STDIN:
        return parse_cassette(read_bytes(path), path)
    from llmcassette.storage import load

    return load(path)


def parse_cassette(data: bytes, path: Path) -> Cassette:
    """Parse a cassette; ``path`` is only for messages.

    Raises:
        CassetteError: the bytes are not a cassette.
    """
    from llmcassette import formats

    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        raise CassetteError(f"not UTF-8 at byte {error.start}", path=path) from None
    return formats.read(text, path=path)
