"""Writes a cassette file atomically."""

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

__all__ = ["dump", "temporary_prefix", "why_not", "write", "write_bytes"]

_REMEDIES: Final = {
    errno.EACCES: "permission denied: change the permissions of the folder or file",
    errno.EPERM: "permission denied: change the permissions of the folder or file",
    errno.EROFS: "the file system is read-only: choose another folder",
    errno.ENOSPC: "the disk is full: free some space",
    errno.EDQUOT: "the disk quota is exceeded: free some space",
    errno.EFBIG: "it is larger than the limit for files: record less, or raise ulimit -f",
    errno.EISDIR: "it is a folder: move it, or name a file in it",
    errno.ENAMETOOLONG: "the name is too long for this file system: choose a shorter one",
    errno.ELOOP: "the symbolic link points to itself: remove it",
}
_MAX_NAME: Final = 200  # bytes; the temporary file's name must not exceed 255


def dump(cassette: Cassette, path: str | os.PathLike[str]) -> None:
    """Write a cassette atomically: to a temporary file beside it, which is synced and renamed.

    Keeps the file's dialect, line ends and mode bits, follows symbolic links, and creates missing
    parent folders. A process that is killed may leave ``.<name>.llmcassette-<random>.tmp`` behind.

    Raises:
        CassetteError: a value or the file cannot be written. The old file stays as it is.
    """
    path = Path(path)
    try:
        parts = formats.encoded(cassette)
    except CassetteError as error:
        raise CassetteError(
            error.problem,
            path=path if error.path is None else error.path,
            interaction=error.interaction,
            field=error.field,
            line=error.line,
        ) from None
    write(path, *parts)


def write(path: Path, *parts: bytes) -> None:
    """Write any file as ``dump`` does.

    Raises:
        CassetteError: the file cannot be written. The old file stays as it is.
    """
    try:
        write_bytes(Path(os.path.realpath(path)), *parts)
    except OSError as error:
        raise CassetteError(f"cannot be saved: {why_not(error, path)}", path=path) from error
    except ValueError as error:
        raise CassetteError(f"cannot be saved: {error}", path=path) from error


def why_not(error: OSError, path: Path) -> str:
    """The reason of an error and the fix, for messages.

    Args:
        error: raised by a call with ``path``.
        path: a cassette.
    """
    if error.errno in {errno.ENOTDIR, errno.EEXIST}:
        above = Path(os.path.realpath(path)).parents
        in_the_way = [each for each in above if os.path.lexists(each) and not each.is_dir()]
        if in_the_way:
            return f"{shown_path(in_the_way[0])} is not a folder: move it, or choose another path"
    return _REMEDIES.get(error.errno or 0) or error.strerror or str(error)


def temporary_prefix(path: Path) -> str:
    """The start of the names of a file's temporary files; they end in ``.tmp``."""
    name = os.fsdecode(os.fsencode(path.name)[:_MAX_NAME])
    return f".{name}.llmcassette-"


def write_bytes(path: Path, *parts: bytes) -> None:
    """Write a file of any kind: to a temporary file beside it, which is synced and renamed.

    Args:
        path: the file.
        *parts: its content.

    Raises:
        OSError: it can't be written. The old file stays as it is.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    mode = _mode(path)
    temporary = path.with_name(f"{temporary_prefix(path)}{secrets.token_hex(6)}.tmp")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.writelines(parts)
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
    """The mode bits of an existing file; special files are refused: renaming replaces them."""
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        return None
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, "is a directory")
    if not stat.S_ISREG(mode):
        raise ValueError("it is not a regular file: move it, or choose another path")
    return stat.S_IMODE(mode)


def _sync_folder(folder: Path) -> None:
    """Make the rename durable, where folders can be opened and synced (not on Windows)."""
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
