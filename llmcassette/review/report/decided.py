"""Which cassettes a run can judge: those that no test may play that has not run and passed."""

from __future__ import annotations

from functools import cached_property
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from llmcassette.review.report.facts import Facts
    from llmcassette.review.report.use import CassetteUse

__all__ = ["Decided", "folder_of", "is_at_home"]


class Decided:
    """What a run decides, whole or partial.

    Args:
        facts: the run.
    """

    def __init__(self, facts: Facts) -> None:
        self._facts = facts

    def is_played_out(self, path: str, use: CassetteUse) -> bool:
        """Whether nothing more can be played from a cassette: every test that may did, and passed.

        A file named after a test is that test's; one that markers name may be named anywhere in its
        folder; one that code opens may be used by any test beside or below it.
        """
        if any(self._facts.tests.get(test) != "passed" for test in use.tests if test):
            return False
        if all("own" in roles for roles in use.tests.values()):
            return True
        named = all(roles & {"own", "named"} for roles in use.tests.values())
        folder = folder_of(path, self._facts.cassette_dir) or "."
        if named and is_at_home(path, use, self._facts.cassette_dir):
            return folder not in self._partly_collected
        return self._facts.complete and self.is_settled(folder)

    def is_settled(self, folder: str) -> bool:
        """Whether all test files in and below a folder were collected, and all their tests passed.

        Args:
            folder: relative to the root, ``.`` for the root itself.
        """
        return folder not in self._unsettled

    @cached_property
    def _uncollected(self) -> set[str]:
        return {*self._facts.not_collected(), *self._facts.skipped_files()}

    @cached_property
    def _partly_collected(self) -> set[str]:
        return {str(PurePosixPath(file).parent) for file in _files(self._uncollected)}

    @cached_property
    def _unsettled(self) -> set[str]:
        tests = (test for test, outcome in self._facts.tests.items() if outcome != "passed")
        files = _files(self._uncollected) | _files(tests)
        return {str(folder) for file in files for folder in PurePosixPath(file).parents}


def _files(names: Iterable[str]) -> set[str]:
    return {name.partition("::")[0] for name in names}


def folder_of(path: str, cassette_dir: str) -> str | None:
    """The folder of tests that holds the folder of a cassette; ``None`` if none does.

    Args:
        path: of the cassette.
        cassette_dir: see ``Facts``; the folder of a whole run belongs to no folder of tests.
    """
    folders = PurePosixPath(path).parts[:-1]
    if cassette_dir not in folders:
        return None
    last = len(folders) - 1 - folders[::-1].index(cassette_dir)
    return str(PurePosixPath(*folders[:last]))


def is_at_home(path: str, use: CassetteUse, cassette_dir: str) -> bool:
    """Whether a cassette is in a folder of cassettes beside its tests, or above them."""
    folder = folder_of(path, cassette_dir)
    return folder is not None and all(
        PurePosixPath(test.partition("::")[0]).is_relative_to(folder) for test in use.tests if test
    )
