"""A lock, so that only one process at a time writes a cassette."""

from __future__ import annotations

import contextlib
import hashlib
import os
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from filelock import FileLock

from llmcassette.errors import CassetteError
from llmcassette.storage.atomic_writing import temporary_prefix

if TYPE_CHECKING:
    from collections.abc import Generator

__all__ = ["locked", "remove_leftovers"]


@contextlib.contextmanager
def locked(path: Path) -> Generator[None]:
    """Hold the lock of a cassette; waits without a limit until it is free.

    The lock file is in the temporary folder: beside the cassette it would appear in version
    control. The operating system releases the lock of a process that is killed. There are 256 lock
    files at most, so that none has to be removed, which would race with those who wait for it.
    Cassettes may share one, so never hold two locks.

    Raises:
        CassetteError: the lock file cannot be created.
    """
    try:
        lock = FileLock(_lock_file(path))
        lock.acquire()
    except (OSError, NotImplementedError) as error:
        raise CassetteError(
            f"cannot be locked: {error}; set TMPDIR to a writable folder", path=path
        ) from error
    try:
        yield
    finally:
        lock.release()


def remove_leftovers(path: Path) -> None:
    """Remove temporary files that killed processes left behind. Call this under the lock."""
    real = Path(os.path.realpath(path))
    with contextlib.suppress(OSError):
        for leftover in list(real.parent.glob(f"{_escape_glob(temporary_prefix(real))}*.tmp")):
            with contextlib.suppress(OSError):
                leftover.unlink()


def _lock_file(path: Path) -> Path:
    user = os.getuid() if sys.platform != "win32" else 0  # on Windows each user has such a folder
    folder = Path(tempfile.gettempdir()) / f"llmcassette-locks-{user}"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if folder.stat().st_uid != user:
        raise PermissionError(f"{folder} belongs to another user")  # its links may lead anywhere
    return folder / f"{hashlib.sha256(os.fsencode(os.path.realpath(path))).hexdigest()[:2]}.lock"


def _escape_glob(name: str) -> str:
    return "".join(f"[{character}]" if character in "*?[" else character for character in name)
