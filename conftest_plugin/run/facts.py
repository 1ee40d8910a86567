"""The facts of a run, noted as they happen: test files, tests, and what was wrong with them."""

from __future__ import annotations

import contextlib
import glob
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

from conftest_plugin.options import has_cassette
from conftest_plugin.paths import cassette_path, folder_of_run, marked_path
from conftest_plugin.pytest_private import is_imported, matches
from llmcassette.errors import (
    BlockedHostError,
    CassetteError,
    SettingsError,
    UnfiredFaultError,
    UnmatchedRequestError,
    describe_place,
)
from llmcassette.review.report.facts import Facts, Missed
from llmcassette.review.report.problem import Problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from llmcassette.errors import ReplayError
    from llmcassette.recorder.settings import Settings
    from llmcassette.review.report.facts import Outcome
    from llmcassette.review.report.use import CassetteUse


__all__ = ["RunFacts"]

_OF_REQUESTS: Final = frozenset({"blocked", "replay", "unmatched"})
"""Errors that a thread of an earlier attempt raised; they stay when its test is run again."""


class RunFacts:
    """Fills the record of this process.

    Each worker of pytest-xdist fills one of its own and sends it to the controller.

    Args:
        config: pytest's.
        collected: the modules and classes, with the outcome of their collection and what is in
            them; kept by the caller.
        outcomes: of tests, by id; kept by the caller.

    Attributes:
        record: the facts so far.
        uses_cassettes: whether anything in the run does, as far as is known.
    """

    def __init__(
        self,
        config: pytest.Config,
        collected: Iterable[tuple[pytest.Module | pytest.Class, str, Sequence[Any]]],
        outcomes: dict[str, Outcome],
    ) -> None:
        self.record = Facts(tests=outcomes)
        self.uses_cassettes = False
        self._config = config
        self._root = config.rootpath
        self._below_root = os.path.join(self._root, "")  # noqa: PTH118
        self._collected = collected
        self._owners: dict[str, pytest.Item] = {}

    def owns_cassette(self, item: pytest.Item) -> None:
        """A test has a cassette of its own, whether it is selected or not."""
        self._owners[item.nodeid] = item

    def began(self, test: str) -> None:
        """A test begins. What it did before, when it is run again, no longer counts."""
        record = self.record
        if record.missed:
            record.missed = [one for one in record.missed if one.test != test]
        if record.problems:
            record.problems = [
                one for one in record.problems if test not in one.tests or one.code in _OF_REQUESTS
            ]
        record.unfired.pop(test, None)
        record.idle.pop(test, None)
        if test in record.unsaved:
            record.unsaved.remove(test)

    def missed(
        self, item: pytest.Item, file: Path, line: int, error: ReplayError, sent_by: str
    ) -> None:
        """A test failed by a request or connection, which this line of a source file sent."""
        report = error.report if isinstance(error, UnmatchedRequestError) else None
        self.record.missed.append(
            Missed(
                item.nodeid,
                self.relative(file),
                line,
                self.relative(error.path) if error.path else "",
                str(error),
                blocked=isinstance(error, BlockedHostError),
                cause=report.cause if report else "",
                difference=report.what_differs if report else "",
                key=report.key if report else "",
                sent_by=sent_by,
            )
        )

    def failed_by(self, item: pytest.Item, error: CassetteError) -> None:
        """A test failed because its cassette cannot be opened or saved, or by a fault."""
        self.uses_cassettes = True
        line = error.line or 1
        if error.path is None or not error.path.is_file():
            line = (item.reportinfo()[1] or 0) + 1
        self.record.problems.append(
            self._described(error, file=error.path or item.path, test=item.nodeid, line=line)
        )
        if isinstance(error, UnfiredFaultError):
            self.record.unfired[item.nodeid] = (
                self.record.unfired.get(item.nodeid, 0) + error.faults
            )

    def late(self, test: str, error: BaseException) -> None:
        """An error or a group came after its test's last report; ``""``: outside of any test."""
        if isinstance(error, BaseExceptionGroup):
            for one in error.exceptions:
                self.late(test, one)
            return
        if test:
            self.record.tests[test] = "failed"
        if isinstance(error, CassetteError):
            self.record.problems.append(
                self._described(error, file=error.path, test=test, failed_test=False)
            )
            return
        code = "blocked" if isinstance(error, BlockedHostError) else "replay"
        if isinstance(error, UnmatchedRequestError):
            code = "unmatched"
        self.record.problems.append(
            Problem(code=code, level="error", message=str(error), tests=(test,) if test else ())
        )

    def finish(self, settings: Settings, *, ci: bool) -> None:
        """Everything has run: note what is known only now; ``ci``: whether its rules apply."""
        self._read_collected()
        self.record.ci = ci
        self.record.checks = settings.checks
        self.record.cassette_dir = folder_of_run(self._config)
        for item in self._owners.values():
            with contextlib.suppress(SettingsError):  # the test fails by it
                marked = marked_path(item)
                self.cassette(marked or cassette_path(item)).give(
                    item.nodeid, "named" if marked else "own"
                )

    def note_uncollected(self) -> None:
        """Note the test files that no process has collected, though a complete run would."""
        from llmcassette.review.report.decided import folder_of, is_at_home

        record = self.record
        folders = {os.path.dirname(file) for file in record.files}  # noqa: PTH120
        name = record.cassette_dir
        found = (folder_of(path, name) for path in record.cassettes)
        beside = {folder for folder in found if folder is not None}
        files = _test_files(
            self._config,
            also_in={self._root / folder for folder in folders | beside},
            cassette_dir=name,
            everywhere="/" in name
            or not all(is_at_home(path, use, name) for path, use in record.cassettes.items()),
        )
        record.uncollected |= set(map(self.relative, files)) - record.files

    def _read_collected(self) -> None:
        record = self.record
        for collector, outcome, children in self._collected:
            path = self.relative(collector.path)
            is_module = isinstance(collector, pytest.Module)
            if outcome == "failed" or (
                is_module and outcome == "passed" and not is_imported(collector)
            ):
                record.uncollected.add(path)
                continue
            record.files.add(path)
            if is_module and outcome == "skipped":
                record.tests[path] = "skipped"
                continue
            record.uncollected.discard(collector.nodeid)
            for node in children:
                if isinstance(node, pytest.Class):
                    record.uncollected.add(node.nodeid)
                elif isinstance(node, pytest.Item):
                    record.tests.setdefault(node.nodeid, "deselected")
                    if has_cassette(node):
                        self._owners.setdefault(node.nodeid, node)

    def cassette(self, path: Path) -> CassetteUse:
        """What a cassette was used for, to be added to."""
        return self.record.cassette(self.relative(path))

    def is_of_project(self, path: Path) -> bool:
        """Whether a file is the project's, and not a test's in a temporary folder."""
        if os.fspath(path).startswith(self._below_root):
            return True
        path = path.resolve()
        if path.is_relative_to(self._root.resolve()):
            return True
        return not path.is_relative_to(Path(tempfile.gettempdir()).resolve())

    def relative(self, path: Path) -> str:
        """A path as the record names it: relative to the root folder, with slashes."""
        text = os.fspath(path)
        if text.startswith(self._below_root) and ".." not in text:
            return text[len(self._below_root) :].replace(os.sep, "/")
        try:
            return os.path.relpath(path, self._root).replace(os.sep, "/")
        except ValueError:  # on another drive
            return str(path)

    def _described(
        self,
        error: CassetteError,
        *,
        file: Path | None,
        test: str,
        line: int = 1,
        failed_test: bool = True,
    ) -> Problem:
        code: str = getattr(error, "code", "cassette")
        if isinstance(error, SettingsError):
            code = "setting"
        elif isinstance(error, UnfiredFaultError):
            code = "unfired"
        place = describe_place(None, error.interaction, error.field, None)
        return Problem(
            code=code,
            level="error",
            message=f"{place}: {error.problem}" if place else error.problem,
            file=self.relative(file) if file is not None else "",
            tests=(test,) if test else (),
            line=line,
            failed_test=failed_test,
        )


def _test_files(
    config: pytest.Config, *, also_in: Iterable[Path], cassette_dir: str, everywhere: bool
) -> Iterator[Path]:
    """The project's test files that are beside a folder of cassettes, or below such a place.

    Test files are those that pytest collects by default: ``python_files`` in ``testpaths``.

    Args:
        config: pytest's.
        also_in: folders to search, too: tests outside of ``testpaths`` can be named by hand.
        cassette_dir: the name of a folder of cassettes.
        everywhere: whether those that are not beside or below cassettes count, too.
    """
    test_files, hidden = config.getini("python_files"), config.getini("norecursedirs")
    beside: set[str] = set()
    seen: set[str] = set()
    for start in sorted({*_default_folders(config), *map(os.path.normpath, also_in)}):
        for folder, below, names in os.walk(start):  # a folder comes before those in it
            if folder in seen or "pyvenv.cfg" in names:  # a virtual environment
                below.clear()
                continue
            seen.add(folder)
            if everywhere or cassette_dir in below or os.path.dirname(folder) in beside:  # noqa: PTH120
                beside.add(folder)
                yield from (
                    file for name in names if matches(file := Path(folder, name), test_files)
                )
            below[:] = [
                name
                for name in below
                if name != cassette_dir and not matches(Path(folder, name), hidden)
            ]


def _default_folders(config: pytest.Config) -> Iterator[str]:
    root = config.rootpath
    for pattern in config.getini("testpaths") or ["."]:
        for found in glob.iglob(str(root / pattern), recursive=True):  # noqa: PTH207
            yield os.path.normpath(found)
