"""Pairs of cassettes for ``diff``: from two files, two folders, or a commit and now."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from llmcassette.cli import git
from llmcassette.cli.inputs import STDIN, parse_cassette, read_cassette
from llmcassette.errors import CassetteError
from llmcassette.model import Cassette
from llmcassette.review.files import SUFFIXES, files_below

if TYPE_CHECKING:
    from llmcassette.matching import Rules
    from llmcassette.review.diff.results import CassetteDiff

__all__ = ["CassettePair", "ComparedPair", "changed_pairs", "pairs_at_revision", "pairs_of_paths"]

Reader = Callable[[], Cassette]

EMPTY: Final = Cassette()
HEAD_BYTES: Final = 512


@dataclass(frozen=True, slots=True)
class ComparedPair:
    """Two cassettes and how they differ.

    Attributes:
        name: the path that both have in their folders; for two files that of the new one.
        old: the path of the old one; empty if there is none.
        new: the path of the new one; empty if there is none.
        diff: how they differ.
    """

    name: str
    old: str
    new: str
    diff: CassetteDiff

    @property
    def equal(self) -> bool:
        """Both exist, and only noise differs."""
        return self.diff.equal and bool(self.old and self.new)


@dataclass(frozen=True, slots=True)
class CassettePair:
    """Two cassettes to compare.

    Attributes:
        name: see ``ComparedPair``, also for ``old`` and ``new``.
        read_old: reads the old one; an empty cassette if there is none.
        read_new: reads the new one; an empty cassette if there is none.
    """

    name: str
    old: str
    new: str
    read_old: Reader
    read_new: Reader

    def compare(self, rules: Rules) -> ComparedPair:
        """Read and compare both.

        Raises:
            CassetteError: one can't be read.
        """
        from llmcassette.review.diff.compare import compare

        diff = compare(self.read_old(), self.read_new(), rules=rules)
        return ComparedPair(self.name, self.old, self.new, diff)


def pairs_of_paths(old: str, new: str) -> list[CassettePair]:
    """Two files, or the files of two folders by name.

    Raises:
        CassetteError: one is a folder and the other is not, neither folder contains a cassette, or
            both are stdin.
    """
    if Path(old) == Path(new) == STDIN:
        raise CassetteError("only one side can be stdin")
    folders = Path(old).is_dir(), Path(new).is_dir()
    if not any(folders):
        return [CassettePair(new, old, new, file_reader(old), file_reader(new))]
    if not all(folders):
        file = new if folders[0] else old
        raise CassetteError("not a folder; compare two files or two folders", path=file)
    names = [{path.relative_to(side) for path in files_below(Path(side))} for side in (old, new)]
    pairs = []
    for name in sorted(names[0] | names[1]):
        before = str(Path(old) / name) if name in names[0] else ""
        after = str(Path(new) / name) if name in names[1] else ""
        reader, new_reader = file_reader(before), file_reader(after)
        pairs.append(CassettePair(str(name), before, after, reader, new_reader))
    if not pairs:
        raise CassetteError("neither folder contains a .yaml file", path=new)
    return pairs


def file_reader(name: str) -> Reader:
    """Reads a file; an empty name and the null device are an empty cassette."""
    if name in ("", os.devnull):
        return lambda: EMPTY
    return lambda: read_cassette(Path(name))


def pairs_at_revision(name: str, revision: str) -> list[CassettePair]:
    """A file, or each file of a folder, in a commit and now.

    Raises:
        CassetteError: git fails, or there is no cassette.
    """
    path = Path(name)
    if path.is_dir():
        folder = path
        before = {p for p in git.files_at(folder, revision) if p.suffix.lower() in SUFFIXES}
        now = {file.relative_to(folder) for file in files_below(folder)}
    else:
        folder = path.parent
        before = {Path(path.name)} & set(git.files_at(folder, revision))
        now = {Path(path.name)} if path.exists() else set()
    if not before | now:
        raise CassetteError(f"no cassette found, neither now nor in {revision}", path=path)
    return [
        pair_at_revision(folder / inside, revision, was=inside in before, is_now=inside in now)
        for inside in sorted(before | now)
    ]


def changed_pairs(folder: Path, revision: str) -> list[CassettePair]:
    """The cassettes in a folder that were changed, added or removed since a commit.

    The revision ``""`` is what is staged. Files of other tools are left out.

    Raises:
        CassetteError: git fails.
    """
    known = set(git.files_at(folder, revision))
    pairs = []
    for inside in git.files_changed_since(folder, revision):
        if inside.suffix.lower() not in SUFFIXES:
            continue
        file = folder / inside
        was, is_now = inside in known, file.is_file()
        content = file.read_bytes() if is_now else git.read_file_at(file, revision)
        if is_cassette(content):
            pairs.append(pair_at_revision(file, revision, was=was, is_now=is_now))
    return pairs


def is_cassette(content: bytes) -> bool:
    """Whether a file names our version: other tools keep theirs in folders of this name."""
    return any(line.rstrip() == b"version: 2" for line in content[:HEAD_BYTES].splitlines())


def pair_at_revision(file: Path, revision: str, *, was: bool, is_now: bool) -> CassettePair:
    old = f"{revision or 'staged'}:{file}" if was else ""
    new = str(file) if is_now else ""
    old_reader = revision_reader(file, revision) if was else file_reader("")
    return CassettePair(str(file), old, new, old_reader, file_reader(new))


def revision_reader(file: Path, revision: str) -> Reader:
    name = Path(f"{revision}:{file}")
    return lambda: parse_cassette(git.read_file_at(file, revision), name)
