"""A cassette to a file: the old one or the new one is there, whole, whatever happens."""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Final

from llmcassette import formats
from llmcassette.errors import CassetteError, shown_path

if TYPE_CHECKING:
    from llmcassette.model import Cassette

__all__ = ["dump", "temporary_prefix", "why_not"]

_REMEDIES: Final = {
    errno.EACCES: "the folder or file may not be written: change its permissions",
    errno.EPERM: "the folder or file may not be written: change its permissions",
    errno.EROFS: "the file system is read-only: choose another folder",
    errno.ENOSPC: "the disk is full: make room",
    errno.EDQUOT: "the disk quota is used up: make room",
    errno.EFBIG: "it is larger than a file may be here: leave something out, or see ulimit -f",
    errno.EISDIR: "it is a folder: move it away, or give the name of a file in it",
    errno.ENAMETOOLONG: "the name is too long for this file system: give it a shorter one",
    errno.ELOOP: "the symbolic link leads back to itself: remove it",
}
_MOST_BYTES: Final = 200  # of the name, so that the temporary one fits in 255


def dump(cassette: Cassette, path: str | os.PathLike[str]) -> None:
    """Write a cassette, atomically: into a temporary file beside, synced, then renamed over.

    Keeps the file's dialect, line ends and mode bits; writes through a symbolic link; creates
    missing parent folders. A killed process can leave ``.<name>.llmcassette-<random>.tmp`` behind.

    Raises:
        CassetteError: a value cannot be written, or the file cannot; the old file is untouched.
    """
    path = Path(path)
    try:
        data = formats.write(cassette).encode("utf-8")
    except CassetteError as error:
        raise CassetteError(
            error.problem,
            path=path if error.path is None else error.path,
            interaction=error.interaction,
            field=error.field,
            line=error.line,
        ) from None
    try:
        _replace(Path(os.path.realpath(path)), data)
    except OSError as error:
        raise CassetteError(f"cannot be saved: {why_not(error, path)}", path=path) from error
    except ValueError as error:
        raise CassetteError(f"cannot be saved: {error}", path=path) from error


def why_not(error: OSError, path: Path) -> str:
    """What is wrong with a path, and what to do about it.

    Args:
        error: what a call with the path gave.
        path: a cassette.
    """
    if error.errno in {errno.ENOTDIR, errno.EEXIST}:
        above = Path(os.path.realpath(path)).parents
        in_the_way = [one for one in above if os.path.lexists(one) and not one.is_dir()]
        if in_the_way:
            return f"{shown_path(in_the_way[0])} is no folder: move it away, or name another path"
    return _REMEDIES.get(error.errno or 0) or error.strerror or str(error)


def temporary_prefix(path: Path) -> str:
    """How the names of a file's temporary files begin; they end in ``.tmp``."""
    name = os.fsdecode(os.fsencode(path.name)[:_MOST_BYTES])
    return f".{name}.llmcassette-"


def _replace(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    mode = _mode(path)
    temporary = path.with_name(f"{temporary_prefix(path)}{secrets.token_hex(6)}.tmp")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if mode is not None:
            temporary.chmod(mode)
        temporary.replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise
    _sync_folder(path.parent)


def _mode(path: Path) -> int | None:
    """An existing file's mode bits; a special file is refused, for renaming would replace it."""
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        return None
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, "is a directory")
    if not stat.S_ISREG(mode):
        raise ValueError("it is no regular file: move it away, or give another name")
    return stat.S_IMODE(mode)


def _sync_folder(folder: Path) -> None:
    """Make the rename itself durable, where folders can be opened and synced (not on Windows)."""
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
