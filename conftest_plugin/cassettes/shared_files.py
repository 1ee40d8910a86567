"""Cassettes that several tests name: rewriting one needs all of these tests.

What each test recorded is kept until all of them have passed; then the file is written once.
"""

from __future__ import annotations

import contextlib
from functools import partial
from typing import TYPE_CHECKING

import pytest

from conftest_plugin.paths import (
    folder_of_cassettes,
    marked_path,
    naming_of,
    shown_file,
)
from conftest_plugin.pytest_private import is_imported, matches
from llmcassette.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from conftest_plugin.phases import Notes
    from llmcassette.model import Interaction
    from llmcassette.recorder.engine import Engine

__all__ = ["SharedFiles"]


class SharedFiles:
    """Which tests name which cassette, in the test files that were collected.

    Args:
        notes: of the run, when everything has been collected.
    """

    def __init__(self, notes: Notes) -> None:
        self._named: dict[Path, dict[str, None]] = {}
        self._looked_at: set[Path] = set()
        self._unopened: dict[str, pytest.Class] = {}
        self._handed: dict[Path, dict[str, tuple[Interaction, ...]]] = {}
        self._written: dict[Path, int] = {}
        for one in notes.collected:
            if is_imported(one.collector) and one.outcome != "skipped":
                self._looked_at.add(one.collector.path)
                self._unopened.pop(one.collector.nodeid, None)
                for node in one.children:
                    if isinstance(node, pytest.Class):
                        self._unopened[node.nodeid] = node
                    elif isinstance(node, pytest.Item):
                        self._note(node)
        for item in notes.with_cassette.values():
            self._note(item)
        deselected = {item.nodeid for item in notes.deselected}
        self._selected = notes.with_cassette.keys() - deselected

    def _note(self, item: pytest.Item) -> None:
        with contextlib.suppress(SettingsError):  # the test with that marker fails by it
            if path := marked_path(item):
                self._named.setdefault(path, {})[item.nodeid] = None

    def tests_of(self, path: Path) -> list[str]:
        """The tests that name a cassette, in the order of their definition."""
        return list(self._named.get(path, ()))

    def missing(self, item: pytest.Item, path: Path) -> list[str]:
        """The tests, classes and files that name a cassette, and are not to run.

        Files that were not collected are searched for its name: rewriting the cassette without
        their tests would lose what these recorded.
        """
        tests = [nodeid for nodeid in self.tests_of(path) if nodeid not in self._selected]
        classes = [
            nodeid
            for nodeid, node in self._unopened.items()
            if any(
                folder_of_cassettes(node.path.parent, naming_of(node)) / name == path
                for name in _names_in(node.obj)
            )
        ]
        return [*tests, *classes, *self._files_with(item, path)]

    def hand_over(self, nodeid: str, recorder: Engine) -> int:
        """Take what one of the tests recorded; write the file once all of them have passed.

        Returns:
            How many interactions were written that were not written before.

        Raises:
            CassetteError: the file cannot be written, or a recorded interaction must not be.
        """
        if recorder.refused:
            from llmcassette.recorder import saving

            raise saving.refusal(recorder.path, recorder.recorded, recorder.refused)
        handed = self._handed.setdefault(recorder.path, {})
        before = handed.get(nodeid)
        handed[nodeid] = recorder.recorded
        group = self.tests_of(recorder.path)
        written = self._written.get(recorder.path, 0)
        if any(test not in handed for test in group) or (written and handed[nodeid] == before):
            return 0
        self._written[recorder.path] = _write(recorder, [handed[test] for test in group])
        return self._written[recorder.path] - written

    def unwritten(self) -> Iterator[tuple[Path, list[str]]]:
        """The cassettes that were not rewritten, each with the tests that did not pass."""
        for path, handed in self._handed.items():
            missing = [test for test in self.tests_of(path) if test not in handed]
            if missing:
                yield path, missing

    def _files_with(self, item: pytest.Item, path: Path) -> Iterator[str]:
        patterns = item.config.getini("python_files")
        for file in sorted(item.path.parent.glob("*.py")):
            if file in self._looked_at or not matches(file, patterns):
                continue
            if path.name in file.read_text(encoding="utf-8", errors="replace"):
                yield shown_file(item.config, file)


def _names_in(holder: type) -> Iterator[str]:
    """The paths on markers of a class and its functions."""
    for thing in (holder, *vars(holder).values()):
        marks = getattr(thing, "pytestmark", [])
        for mark in marks if isinstance(marks, list) else [marks]:
            if getattr(mark, "name", "") == "llm_cassette" and mark.args:
                yield str(mark.args[0])


def _write(recorder: Engine, recordings: Iterable[tuple[Interaction, ...]]) -> int:
    from llmcassette.matching import Index
    from llmcassette.recorder import saving

    rules = recorder.settings.rules
    together: list[Interaction] = []
    for recording in recordings:
        # Each test opens the file afresh, so equal requests of two tests need one recording.
        index = Index(tuple(together), rules)
        together += [one for one in recording if index.take(one.request) is None]
    saving.save(
        saving.File(recorder.path, is_replaced=lambda: True),
        together,
        partial(saving.merged, mode=recorder.mode, rules=rules),
        recorder.settings.redaction,
    )
    return len(together)
