"""Reads files from a commit, by git."""

from __future__ import annotations

import subprocess
from pathlib import Path

from llmcassette.errors import CassetteError

__all__ = ["files_at", "files_changed_since", "git", "read_file_at"]


def read_file_at(path: Path, revision: str) -> bytes:
    """The content of a file in a commit; ``""`` is what is staged.

    Raises:
        CassetteError: git is not installed, or knows no such commit or file.
    """
    return git(path.parent, "show", "--end-of-options", f"{revision}:./{path.name}")


def files_at(folder: Path, revision: str) -> list[Path]:
    """The files below a folder in a commit, relative to the folder; ``""`` is what is staged.

    Raises:
        CassetteError: git is not installed, knows no such commit, or the folder is in no
            repository.
    """
    tree = ("ls-tree", "-r", "-z", "--name-only", "--end-of-options", revision)
    listed = git(folder, *(tree if revision else ("ls-files", "-z")))
    return [Path(name) for name in listed.decode("utf-8", "surrogateescape").split("\0") if name]


def files_changed_since(folder: Path, revision: str) -> list[Path]:
    """The files below a folder that differ from a commit, and the new ones that it doesn't have.

    Files that git ignores are left out. The revision ``""`` is what is staged.

    Raises:
        CassetteError: git is not installed, knows no such commit, or the folder is in no
            repository.
    """
    options = ("diff", "--name-only", "--no-renames", "--relative", "-z", "--end-of-options")
    changed = git(folder, *options, *([revision] if revision else []), "--", ".")
    new = git(folder, "ls-files", "--others", "--exclude-standard", "-z")
    names = (changed + new).decode("utf-8", "surrogateescape").split("\0")
    return sorted({Path(name) for name in names if name})


def git(folder: Path, *arguments: str) -> bytes:
    if not folder.is_dir():
        raise CassetteError("no such folder", path=folder)
    try:
        done = subprocess.run(  # noqa: S603 (no shell)
            ["git", "-C", str(folder), *arguments],  # noqa: S607 (the user's own)
            capture_output=True,
            check=False,
        )
    except OSError as error:
        raise CassetteError(f"cannot run git: {error.strerror}") from error
    if done.returncode:
        message = done.stderr.decode("utf-8", "replace").strip().removeprefix("fatal: ")
        raise CassetteError(f"git failed: {message}", path=folder)
    return done.stdout
