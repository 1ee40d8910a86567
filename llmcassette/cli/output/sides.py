"""What ``diff`` compares: pairs of cassettes, from files, folders, or a commit."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from llmcassette.cli import places, revisions
from llmcassette.errors import CassetteError
from llmcassette.model import Cassette

__all__ = ["Sides", "against_revision", "between"]

Reader = Callable[[], Cassette]

NOTHING: Final = Cassette()


@dataclass(frozen=True, slots=True)
class Sides:
    """Two cassettes to compare.

    Attributes:
        name: what both are called, in a folder; else the new one's path.
        old: the old one's name; empty where there is none.
        new: likewise.
        read_old, read_new: read them; an empty cassette where there is none.
    """

    name: str
    old: str
    new: str
    read_old: Reader
    read_new: Reader


def between(old: str, new: str) -> list[Sides]:
    """Two files, or two folders file by file.

    Raises:
        CassetteError: one is a folder and the other is not, neither holds a cassette, or both are
            stdin.
    """
    if old == new == places.STDIN:
        raise CassetteError("stdin can be one of the two, not both")
    folders = Path(old).is_dir(), Path(new).is_dir()
    if not any(folders):
        return [Sides(new, old, new, reader(old), reader(new))]
    if not all(folders):
        file = new if folders[0] else old
        raise CassetteError("is no folder: compare two files or two folders", path=file)
    names = [
        {path.relative_to(side) for path in places.cassettes_below(Path(side))}
        for side in (old, new)
    ]
    found = []
    for name in sorted(names[0] | names[1]):
        was = str(Path(old) / name) if name in names[0] else ""
        now = str(Path(new) / name) if name in names[1] else ""
        found.append(Sides(str(name), was, now, reader(was), reader(now)))
    if not found:
        raise CassetteError("holds no .yaml file, and the other folder neither", path=new)
    return found


def reader(name: str) -> Reader:
    """Reads a file; nothing, and the null device, are an empty cassette."""
    if name in ("", os.devnull):
        return lambda: NOTHING
    return lambda: places.read(places.Place(None if name == places.STDIN else Path(name)))


def against_revision(name: str, revision: str) -> list[Sides]:
    """A file, or each file of a folder, in a commit against now.

    Raises:
        CassetteError: git cannot tell, or there is nothing to compare.
    """
    path = Path(name)
    if path.is_dir():
        before = {p for p in revisions.files_at(path, revision) if p.suffix in places.SUFFIXES}
        now = {file.relative_to(path) for file in places.cassettes_below(path)}
        files = [path / inside for inside in sorted(before | now)]
    else:
        listed = revisions.files_at(path.parent, revision)
        before = {Path(path.name)} & set(listed)
        now = {Path(path.name)} if path.exists() else set()
        files = [path] if before or now else []
    if not files:
        raise CassetteError(f"there is no cassette, neither now nor in {revision}", path=path)
    base = path if path.is_dir() else path.parent
    return [
        Sides(
            str(file),
            f"{revision}:{file}" if file.relative_to(base) in before else "",
            str(file) if file.relative_to(base) in now else "",
            at_revision(file, revision) if file.relative_to(base) in before else reader(""),
            reader(str(file) if file.relative_to(base) in now else ""),
        )
        for file in files
    ]


def at_revision(file: Path, revision: str) -> Reader:
    def read() -> Cassette:
        return places.parse(revisions.show(file, revision), Path(f"{revision}:{file}"))

    return read
