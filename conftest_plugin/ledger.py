"""What happens in a run, noted as it happens, for the verdict at its end.

Each worker of pytest-xdist keeps its own and sends it; the controller puts them together.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from conftest_plugin.naming import cassette_path, marked_path
from llmcassette.errors import BlockedHostError, SettingsError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from conftest_plugin.session import Collected
    from conftest_plugin.shared import SharedFiles
    from conftest_plugin.verdict.judge import Charge
    from conftest_plugin.verdict.places import Place
    from llmcassette.recorder.engine import Engine
    from llmcassette.recorder.settings import Settings
    from llmcassette.review.report.facts import Facts, Outcome

__all__ = ["Ledger"]

_ANYTHING = "the rest of the project"


class Ledger:
    """The facts of this process, see ``llmcassette.review.report.facts.Facts``.

    Nothing of that is imported before a test uses a cassette.

    Attributes:
        uses_cassettes: whether anything in the run does, as far as is known.
    """

    def __init__(
        self, config: pytest.Config, collected: Sequence[Collected], outcomes: dict[str, Outcome]
    ) -> None:
        self.uses_cassettes = False
        self._config = config
        self._root = config.rootpath
        self._collected = collected
        self._tests = outcomes
        self._files: set[str] = set()
        self._unread: set[str] = set()
        self._items: list[pytest.Item] = []
        self._of_factory: set[str] = set()
        self._openers: dict[str, set[tuple[Path, str]]] = {}
        self._named: dict[Path, set[str]] | None = None
        self._sources: dict[Path, str] = {}
        self._facts: Facts | None = None

    @property
    def facts(self) -> Facts:
        """The facts so far."""
        if self._facts is None:
            from llmcassette.review.report.facts import Facts

            self._facts = Facts()
        return self._facts

    def read(self) -> None:
        """Read what has been collected."""
        for collector, outcome, children, is_imported in self._collected:
            path = self.relative(collector.path)
            if isinstance(collector, pytest.Module):
                if outcome == "skipped":
                    self._files.add(path)
                    self._tests[path] = "skipped"
                    continue
                if outcome == "passed" and not is_imported:
                    self._unread.add(path)
                    continue
            failed = outcome == "failed"
            (self._unread if failed else self._files).add(path)
            if not failed:
                self._unread.discard(collector.nodeid)
            for node in children:
                if isinstance(node, pytest.Class):
                    self._unread.add(node.nodeid)
                elif isinstance(node, pytest.Item):
                    self._tests.setdefault(node.nodeid, "deselected")
                    if "llm_cassettes" in getattr(node, "fixturenames", ()):
                        self._of_factory.add(node.nodeid)

    def has_cassette(self, item: pytest.Item) -> None:
        """A test has one of its own."""
        self._items.append(item)

    def began(self, item: pytest.Item) -> None:
        """A test begins, perhaps again."""
        if self._facts is not None:
            self._facts.missed = [one for one in self._facts.missed if one.test != item.nodeid]

    def failed(self, nodeid: str) -> None:
        """A test has failed that was over."""
        self._tests[nodeid] = "failed"

    def missed(self, item: pytest.Item, place: Place, charged: Iterable[Charge]) -> None:
        """A test failed by what its cassette could not answer."""
        from llmcassette.review.report.facts import Missed

        path = self.relative(Path(place.path))
        for kept in charged:
            cassette = self.relative(kept.error.path) if kept.error.path else ""
            self.facts.missed.append(
                Missed(
                    item.nodeid,
                    path,
                    place.line,
                    cassette,
                    str(kept.error),
                    blocked=isinstance(kept.error, BlockedHostError),
                )
            )

    def opened(self, recorder: Engine, item: pytest.Item, fixture: str) -> None:
        """A fixture of a wider scope opens a cassette, the first time that a test asks for it."""
        from conftest_plugin.openers import opener

        found = opener(item, fixture)
        if found is not None:
            self._openers.setdefault(self.relative(recorder.path), set()).add(found)

    def used(self, recorder: Engine, test: str, *, by_fixture: bool, by_hand: bool) -> None:
        """A cassette has been open.

        Args:
            recorder: as it was when it closed.
            test: who opened it; empty for a fixture that outlives the test.
            by_fixture: it was opened for the test, not by it.
            by_hand: not by a test with ``llm_cassettes``, whose fixture others may use, too.
        """
        if not self.is_of_project(recorder.path):
            return
        use = self.facts.cassette(self.relative(recorder.path))
        use.give(test, "fixture" if by_fixture else "opened")
        recorded = len(recorder.recorded)
        if recorder.errors or recorder.player.played_positions or recorded:
            use.give(test, "asked")
        has_passed = not test or self._tests.get(test) == "passed"
        # Also if others had it in there.
        if by_hand and (recorder.saved or (recorded and has_passed)):
            use.give(test, "saved")
        use.recorded += recorded
        if recorder.mode == "none":
            use.interactions = max(use.interactions or 0, recorder.player.count)
            use.played += recorder.player.played_positions
            use.openings += 1
            if not test:
                use.alike.update(recorder.player.alike_positions)
        self._obey(use, recorder.settings)
        asked, unused = recorder.player.rule_use()
        for rule in asked:
            self.facts.rules[rule] = self.facts.rules.get(rule, False) or rule not in unused

    def is_of_project(self, path: Path) -> bool:
        """Whether a file is one of the project's, not a test's own in a temporary folder."""
        temporary = Path(tempfile.gettempdir()).resolve()
        return not path.resolve().is_relative_to(temporary) or self._root.resolve().is_relative_to(
            temporary
        )

    def users_of(self, path: Path) -> set[str]:
        """The tests known to use a cassette: by its name or a marker, or by what they opened."""
        if self._named is None:
            self._named = {}
            for item in self._items:
                with contextlib.suppress(SettingsError):  # told when its cassette opens
                    self._named.setdefault(cassette_path(item), set()).add(item.nodeid)
        use = self.facts.cassettes.get(self.relative(path))
        return self._named.get(path, set()) | set(use.tests if use else ())

    def sources(self) -> Iterator[str]:
        """The texts of the test files that were looked at, and of the conftests beside them."""
        self.read()
        files = {self._root / file for file in self._files}
        above = {folder for file in files for folder in file.parents}
        folders = {folder for folder in above if folder.is_relative_to(self._root)}
        for file in sorted(files | {folder / "conftest.py" for folder in folders}):
            if file not in self._sources:
                with contextlib.suppress(OSError):
                    text = file.read_text(encoding="utf-8", errors="replace")
                    self._sources[file] = text
        yield from self._sources.values()

    @staticmethod
    def _obey(use: Any, settings: Settings) -> None:  # noqa: ANN401 (a CassetteUse)
        use.unused = settings.unused or use.unused
        use.stale = settings.stale or use.stale
        if settings.max_age is not None:
            use.max_age = settings.max_age.total_seconds() / 3600

    def close(self, shared: SharedFiles, settings: Settings, *, ci: bool) -> None:
        """Note what is known only when everything has been collected and run."""
        facts = self.facts
        self.read()
        facts.ci = ci
        facts.checks = settings.checks
        facts.tests |= self._tests  # a controller has none of its own
        facts.files |= self._files
        facts.other_files |= self._unread
        may_play = {test for test in self._of_factory if self._tests[test] != "left out"}
        for path, use in facts.cassettes.items():
            if "" in use.tests:
                use.elsewhere |= may_play
            for opened in self._openers.get(path, ()):
                from conftest_plugin.openers import users

                name = f"{self.relative(opened[0])}::{opened[1]}"
                use.fixtures[name] = users(self._config, opened)
        for item in self._items:
            with contextlib.suppress(SettingsError):  # told when its cassette opens
                marked = marked_path(item)
                use = facts.cassette(self.relative(marked or cassette_path(item)))
                use.give(item.nodeid, "named" if marked else "own")
                if marked and use.unplayed:
                    use.elsewhere |= {self._as_known(name) for name in shared.missing(item, marked)}

    def widen(self) -> None:
        """Find the test files that were not looked at; where all workers' facts are together."""
        from conftest_plugin.selecting import holds_whole_project, project_files

        if holds_whole_project(self._config):
            return
        said = self._config.args
        is_of_interest = self.facts.ci or self._config.option.llm_report is not None
        if not is_of_interest and any("::" in arg or Path(arg).is_file() for arg in said):
            self.facts.other_files.add(_ANYTHING)
            return
        found = {self.relative(path) for path in project_files(self._config)}
        self.facts.other_files |= found - self.facts.files

    def relative(self, path: Path) -> str:
        """A path as facts name it."""
        try:
            return os.path.relpath(path, self._root).replace(os.sep, "/")
        except ValueError:  # on another drive
            return str(path)

    def _as_known(self, name: str) -> str:
        """A file as facts name it; tests and classes have their ids."""
        if "::" in name:
            return name
        return self.relative(self._config.invocation_params.dir / name)
