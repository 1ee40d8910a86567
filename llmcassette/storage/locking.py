"""One writer at a time for a cassette, over processes, and no litter of killed ones."""

from __future__ import annotations

import contextlib
import getpass
import hashlib
import os
import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from filelock import FileLock

from llmcassette.errors import CassetteError
from llmcassette.storage.writing import temporary_prefix

if TYPE_CHECKING:
    from collections.abc import Generator

__all__ = ["locked", "remove_leftovers"]


@contextlib.contextmanager
def locked(path: Path) -> Generator[None]:
    """Be the only process that writes this cassette. Waits as long as it takes.

    The lock file lies in the temporary folder, not beside the cassette, where it would show up in
    version control. A process that is killed gives its lock back.

    Raises:
        CassetteError: nothing can be locked there.
    """
    try:
        lock = FileLock(_lock_file(path))
        lock.acquire()
    except (OSError, NotImplementedError) as error:
        raise CassetteError(
            f"cannot be locked: {error}; set TMPDIR to a folder that can be written", path=path
        ) from error
    try:
        yield
    finally:
        lock.release()


def remove_leftovers(path: Path) -> None:
    """Remove the temporary files of writers of this cassette that were killed; under its lock."""
    real = Path(os.path.realpath(path))
    with contextlib.suppress(OSError):
        for leftover in list(real.parent.glob(f"{_literal(temporary_prefix(real))}*.tmp")):
            with contextlib.suppress(OSError):
                leftover.unlink()


def _lock_file(path: Path) -> Path:
    folder = Path(tempfile.gettempdir()) / f"llmcassette-locks-{_user()}"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder / f"{hashlib.sha256(os.fsencode(os.path.realpath(path))).hexdigest()[:32]}.lock"


def _user() -> str:
    try:
        return re.sub(r"\W", "_", getpass.getuser())
    except (ImportError, KeyError, OSError):
        return "unknown"


def _literal(name: str) -> str:
    return "".join(f"[{character}]" if character in "*?[" else character for character in name)
