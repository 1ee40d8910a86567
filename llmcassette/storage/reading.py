"""Reads a cassette file."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Final

from llmcassette import formats
from llmcassette.errors import CassetteError

if TYPE_CHECKING:
    from llmcassette.model import Cassette

__all__ = ["IS_A_FOLDER", "load", "read_bytes"]

IS_A_FOLDER: Final = "is a folder; a cassette is a YAML file: move it, or name a file in it"


def load(
    path: str | os.PathLike[str], *, lazy: bool = False, known: Cassette | None = None
) -> Cassette:
    """Read a cassette file.

    Args:
        path: the file.
        lazy: report a broken response only when it is first accessed.
        known: an earlier result of ``load``, returned again if the file's bytes are the same.

    Raises:
        CassetteError: the file cannot be read, or is not a go-vcr version 2 cassette.
    """
    path = Path(path)
    data = read_bytes(path)
    if known is not None and isinstance(known.source, formats.Source) and known.source.is_of(data):
        return known
    cassette = formats.read_fast(data, path=path, lazy=lazy)
    return cassette or formats.read(_decode(data, path), path=path, lazy=lazy)


def read_bytes(path: Path) -> bytes:
    """Read a file.

    Raises:
        CassetteError: it is not there, is not a regular file, or can't be read.
    """
    try:
        if path.is_dir():
            raise CassetteError(IS_A_FOLDER, path=path)
        # Without O_NONBLOCK, opening a FIFO waits for a writer.
        with open(path, "rb", opener=_open_nonblocking) as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise CassetteError("is not a regular file; a cassette is a YAML file", path=path)
            return file.read()
    except FileNotFoundError:
        raise CassetteError("no such file", path=path) from None
    except PermissionError:
        raise CassetteError("permission denied: change the file's permissions", path=path) from None
    except (OSError, ValueError) as error:
        raise CassetteError(f"cannot be read: {_reason(error)}", path=path) from error


def _open_nonblocking(name: str, flags: int) -> int:
    return os.open(name, flags | getattr(os, "O_NONBLOCK", 0))


def _reason(error: OSError | ValueError) -> str:
    return (error.strerror or str(error)) if isinstance(error, OSError) else str(error)


def _decode(data: bytes, path: Path) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = 1 + data.count(b"\n", 0, error.start)
        raise CassetteError(
            f"not UTF-8: byte 0x{data[error.start]:02X} at offset {error.start}; "
            "save the file as UTF-8",
            path=path,
            line=line,
        ) from None
