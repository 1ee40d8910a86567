"""Recording stays inside the project: no link and no name of a marker leads it elsewhere."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from llmcassette.errors import CassetteError, shown_path
from llmcassette.escaping import one_line

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["project_folder", "refuse_outside"]


def project_folder(start: Path, rootdir: Path) -> Path:
    """The folder of the nearest pyproject.toml above a file, else pytest's rootdir."""
    return next((each for each in start.parents if (each / "pyproject.toml").is_file()), rootdir)


def refuse_outside(path: Path, home: Path, *, by_name: bool) -> None:
    """Refuse a cassette that would be written outside the project.

    Args:
        path: the cassette, absolute. It need not exist.
        home: the project's folder.
        by_name: refuse a name that is outside, too, not only a link that leads there.

    Raises:
        CassetteError: names the link, and the remedy.
    """
    if _is_below(path.resolve(), home):
        return
    link = _link(path, home)
    allow = "allow it: outside = true, in [tool.llmcassette] of pyproject.toml or on the marker"
    if link is not None:
        raise CassetteError(
            f"not written: the link {shown_path(link)} leads out of the project, to "
            f"{shown_path(link.resolve())}.\nReplace the link, or {allow}.",
            path=path,
        )
    if by_name:
        raise CassetteError(
            f"not written: it is outside the project, {one_line(str(home))}.\n"
            f"Name a file inside it, or {allow}.",
            path=path,
        )


def _link(path: Path, home: Path) -> Path | None:
    """The first link on the way from the project's folder to a file that leads out of it."""
    for each in reversed((path, *path.parents)):
        if _is_below(each, home) and each.is_symlink() and not _is_below(each.resolve(), home):
            return each
    return None


def _is_below(path: Path, home: Path) -> bool:
    folders = (os.fspath(home), os.path.realpath(home))
    return any(path.is_relative_to(folder) for folder in folders)
