"""Changes a cassette file while other processes can't, and saves what doesn't fit beside it."""

from __future__ import annotations

import errno
import secrets
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from llmcassette.errors import CassetteError, ReplayError, shown_path
from llmcassette.model import Cassette
from llmcassette.storage.atomic_writing import dump
from llmcassette.storage.locking import locked, remove_leftovers
from llmcassette.storage.reading import load

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from llmcassette.model import Interaction

__all__ = ["save", "save_beside"]

# With these errors there is no file to read; writing then reports what is wrong with the path.
_NO_FILE: Final = frozenset({errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.ENAMETOOLONG})


def save(
    path: Path,
    change: Callable[[Cassette], Cassette],
    *,
    replaces: Callable[[], bool] | None = None,
    known: Cassette | None = None,
) -> bool:
    """Read a cassette, change it and write it, under its lock.

    An unchanged cassette is not written. If the file cannot be read or written, it stays as it is,
    and the change is saved under another name, which the error contains.

    Args:
        path: the file; it need not exist.
        change: returns the new cassette, given the current one (empty if there is no file).
        replaces: whether to ignore the current content. Called under the lock.
        known: an earlier content; the file is only read if it has changed since.

    Returns:
        Whether the file was written.

    Raises:
        CassetteError: the file cannot be read or written.
    """
    after: Cassette | None = None
    try:
        with locked(path):
            remove_leftovers(path)
            is_replaced = replaces is not None and replaces()
            before = Cassette(path=path) if is_replaced else _current(path, known)
            after = change(before)
            if _is_unchanged(before, after):
                return False
            dump(after, path)
            return True
    except (CassetteError, ReplayError) as error:
        cause = error if isinstance(error, CassetteError) else CassetteError(str(error), path=path)
        unsaved = change(Cassette(path=path)) if after is None else after
        raise save_beside(unsaved.interactions, path, cause) from error


def save_beside(
    interactions: Sequence[Interaction], path: Path, error: CassetteError
) -> CassetteError:
    """Save interactions under another name, beside the cassette or in the temporary folder.

    Args:
        interactions: to save.
        path: the cassette that they belong to.
        error: why they cannot be saved there.

    Returns:
        The error to raise. It contains the other name, or says that the recording is lost.
    """
    result = f"The recording is lost: cannot write to {path.parent} or the temporary folder."
    for folder in (path.parent, Path(tempfile.gettempdir())):
        other = _new_file(folder, path)
        if other is None:
            continue
        try:
            dump(Cassette(interactions=tuple(interactions)), other)
        except CassetteError:
            other.unlink(missing_ok=True)
            continue
        result = f"The recording was saved as {shown_path(other)} instead."
        break
    return CassetteError(
        f"{error.problem}\n{result}",
        path=error.path or path,
        interaction=error.interaction,
        field=error.field,
        line=error.line,
    )


def _current(path: Path, known: Cassette | None) -> Cassette:
    try:
        path.stat()
    except OSError as error:
        if error.errno in _NO_FILE:
            return Cassette(path=path)
    return load(path, lazy=True, known=known)


def _is_unchanged(before: Cassette, after: Cassette) -> bool:
    if after is before:
        return True
    try:
        return bool(before.interactions) and after.interactions == before.interactions
    except CassetteError:
        return False  # a broken answer was replaced


def _new_file(folder: Path, path: Path) -> Path | None:
    """A new file under an unused name, private to the user; ``None`` if it cannot be created."""
    stem, suffix = path.stem[:100], path.suffix or ".yaml"
    names = [f"{stem}.unsaved-{number}{suffix}" for number in range(1, 100)]
    for name in (*names, f"{stem}.unsaved-{secrets.token_hex(6)}{suffix}"):
        try:
            folder.mkdir(parents=True, exist_ok=True)
            (folder / name).touch(mode=0o600, exist_ok=False)
        except FileExistsError:
            continue
        except (OSError, ValueError):
            return None
        return folder / name
    return None
