"""A change to a cassette that other processes may be changing too."""

from __future__ import annotations

import errno
import secrets
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from llmcassette.errors import CassetteError, ReplayError, shown_path
from llmcassette.model import Cassette
from llmcassette.storage.locking import locked, remove_leftovers
from llmcassette.storage.reading import load
from llmcassette.storage.writing import dump

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from llmcassette.model import Interaction

__all__ = ["save", "save_beside"]

# Where there can be nothing, either, writing tells what is wrong; elsewhere reading does.
_NOTHING_IS_THERE: Final = frozenset({errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.ENAMETOOLONG})


def save(
    path: Path,
    change: Callable[[Cassette], Cassette],
    *,
    anew: Callable[[], bool] | None = None,
    known: Cassette | None = None,
) -> bool:
    """Read a cassette, change it and write it back, alone among all processes.

    A cassette that comes out as it was isn't written. One that cannot be read or written is left
    alone, and the change is saved under another name, which the error tells.

    Args:
        path: the file; it need not exist yet.
        change: given the cassette as it is now (empty where there is no file), gives the new one.
        anew: whether what is there now is not to be read, only replaced; asked while no other
            process can write.
        known: what the file held before; it is read anew where it has changed.

    Returns:
        Whether the file was written.

    Raises:
        CassetteError: the file cannot be read or written; what was there is untouched.
    """
    after: Cassette | None = None
    try:
        with locked(path):
            remove_leftovers(path)
            before = Cassette(path=path) if anew is not None and anew() else _held(path, known)
            after = change(before)
            if _is_unchanged(before, after):
                return False
            dump(after, path)
            return True
    except (CassetteError, ReplayError) as error:
        told = error if isinstance(error, CassetteError) else CassetteError(str(error), path=path)
        kept = change(Cassette(path=path)) if after is None else after
        raise save_beside(kept.interactions, path, told) from error


def save_beside(
    interactions: Sequence[Interaction], path: Path, error: CassetteError
) -> CassetteError:
    """Keep what cannot be saved where it belongs: beside it, or in the temporary folder.

    Args:
        interactions: what is to be kept.
        path: the cassette that it was meant for.
        error: why it cannot be there.

    Returns:
        The error to raise, which tells the other name, or that there is none.
    """
    told = f"The recording is lost: neither {path.parent} nor the temporary folder can be written."
    for folder in (path.parent, Path(tempfile.gettempdir())):
        other = _new_file(folder, path)
        if other is None:
            continue
        try:
            dump(Cassette(interactions=tuple(interactions)), other)
        except CassetteError:
            other.unlink(missing_ok=True)
            continue
        told = f"The recording was saved as {shown_path(other)} instead."
        break
    return CassetteError(
        f"{error.problem}\n{told}",
        path=error.path or path,
        interaction=error.interaction,
        field=error.field,
        line=error.line,
    )


def _held(path: Path, known: Cassette | None) -> Cassette:
    try:
        path.stat()
    except OSError as error:
        if error.errno in _NOTHING_IS_THERE:
            return Cassette(path=path)
    return load(path, lazy=True, known=known)


def _is_unchanged(before: Cassette, after: Cassette) -> bool:
    if after is before:
        return True
    try:
        return bool(before.interactions) and after.interactions == before.interactions
    except CassetteError:
        return False  # an answer that was broken has been replaced


def _new_file(folder: Path, path: Path) -> Path | None:
    """A file made now, under a name that nobody else has; others may read the folder, not it."""
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
