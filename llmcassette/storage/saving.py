"""A change to a cassette that other processes may be changing too."""

from __future__ import annotations

import contextlib
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from llmcassette import formats
from llmcassette.errors import CassetteError, shown_path
from llmcassette.model import Cassette
from llmcassette.storage.locking import locked, remove_leftovers
from llmcassette.storage.reading import load
from llmcassette.storage.writing import dump

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["save"]


def save(path: Path, change: Callable[[Cassette], Cassette], *, anew: bool = False) -> bool:
    """Read a cassette, change it and write it back, alone among all processes.

    A cassette that comes out as it was isn't written. One that cannot be written is saved under
    another name, which the error tells.

    Args:
        path: the file; it need not exist yet.
        change: given the cassette as it is now (empty where there is no file), gives the new one.
        anew: what is there now is not to be read, only replaced.

    Returns:
        Whether the file was written.

    Raises:
        CassetteError: the file cannot be read or written; what was there is untouched.
    """
    with locked(path):
        remove_leftovers(path)
        try:
            keeps = not anew and path.exists() and not path.is_dir()
            after = change(load(path, lazy=True) if keeps else Cassette(path=path))
        except CassetteError as error:
            # The old file cannot be read: what was recorded must not be lost for that.
            raise _saved_beside(change(Cassette(path=path)), path, error) from error
        if _is_written(after, path):
            return False
        try:
            dump(after, path)
        except CassetteError as error:
            raise _saved_beside(after, path, error) from error
        return True


def _is_written(cassette: Cassette, path: Path) -> bool:
    try:
        return path.read_bytes() == formats.write(cassette).encode()
    except (OSError, CassetteError):
        return False


def _saved_beside(cassette: Cassette, path: Path, error: CassetteError) -> CassetteError:
    """Keep a recording whose file cannot be written, and tell where."""
    for folder in (path.parent, Path(tempfile.gettempdir())):
        other = _free_name(folder, path)
        with contextlib.suppress(CassetteError):
            dump(cassette, other)
            return CassetteError(
                f"{error.problem}\nThe recording was saved as {shown_path(other)} instead.",
                path=error.path or path,
                interaction=error.interaction,
                field=error.field,
                line=error.line,
            )
    return CassetteError(
        f"{error.problem}\nThe recording is lost: neither the cassette's folder nor the temporary "
        "folder can be written.",
        path=error.path or path,
    )


def _free_name(folder: Path, path: Path) -> Path:
    for number in range(1, 1000):
        candidate = folder / f"{path.stem}.unsaved-{number}{path.suffix or '.yaml'}"
        if not candidate.exists():
            return candidate
    return folder / f"{path.stem}.unsaved{path.suffix}"
