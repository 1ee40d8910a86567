"""The end of a run: counting what its cassettes did, joining the workers, and telling.

The verdict itself is made in ``conftest_plugin.conclusion``, which is imported only then.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary, WeakSet

from conftest_plugin.naming import shown_nodeid
from conftest_plugin.summary import Totals
from llmcassette.errors import CassetteError, UnfiredFaultError
from llmcassette.recorder.run import current_run

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pytest

    from conftest_plugin.conclusion import Conclusion
    from conftest_plugin.ledger import Ledger
    from conftest_plugin.shared import SharedFiles
    from conftest_plugin.unused import UnusedCassetteError
    from conftest_plugin.verdict.judge import TestState
    from conftest_plugin.verifying import Verifying
    from llmcassette.recorder.engine import Engine
    from llmcassette.recorder.settings import Settings

__all__ = ["RunEnd"]


class RunEnd:
    """What every cassette of the run came to, and what is made of it at the end.

    Args:
        config: pytest's.
        ledger: where the facts are noted.
        shared: gives the cassettes that several tests name.
        verifying: what ``--llm-verify`` has found; ``None`` without it.
        settings: gives the project's; not asked for before a cassette is used.

    Attributes:
        totals: the counts so far.
    """

    def __init__(
        self,
        config: pytest.Config,
        ledger: Ledger,
        shared: Callable[[], SharedFiles],
        verifying: Verifying | None,
        settings: Callable[[], Settings],
    ) -> None:
        self.totals = Totals()
        self._config = config
        self._ledger = ledger
        self._shared = shared
        self._verifying = verifying
        self._settings = settings
        self._conclusion: Conclusion | None = None
        self._opened_by: WeakKeyDictionary[Engine, TestState] = WeakKeyDictionary()
        self._of_fixtures: WeakKeyDictionary[Engine, str] = WeakKeyDictionary()
        self._of_factory: WeakSet[Engine] = WeakSet()
        self._uncounted: list[Engine] = []

    def opened(self, recorder: Engine, running: TestState | None) -> None:
        """A cassette has been opened, perhaps while a test runs."""
        self._uncounted.append(recorder)
        if running is not None:
            self._opened_by[recorder] = running

    def still_open(self) -> Iterator[Engine]:
        """The cassettes that have been opened and not been closed."""
        return (recorder for recorder in self._uncounted if not recorder.closed)

    def opened_by_fixture(self, recorder: Engine, name: str) -> None:
        """It was opened by a fixture of a wider scope, whichever test runs."""
        self._of_fixtures[recorder] = name

    def fixture_of(self, recorder: Engine) -> str:
        """The fixture of a wider scope that opened it; empty for another, or an unknown one."""
        return self._of_fixtures.get(recorder, "")

    def opened_by_factory(self, recorder: Engine) -> None:
        """It was opened by ``llm_cassettes``: tests that use the same fixture write it together."""
        self._of_factory.add(recorder)

    def is_of_failed(self, recorder: Engine) -> bool:
        """Whether a test opened it, or a fixture for that test alone, and the test has failed."""
        state = self._opened_by.get(recorder)
        return state is not None and state.failed and recorder not in self._of_fixtures

    def not_saved(self, item: pytest.Item | None) -> None:
        """What a test recorded has not been saved, since it did not pass."""
        if item is not None and shown_nodeid(item) not in self.totals.unsaved:
            self.totals.unsaved.append(shown_nodeid(item))

    def opener_of(self, recorder: Engine) -> TestState | None:
        """The test that ran when a cassette was opened."""
        return self._opened_by.get(recorder)

    def unused(self, item: pytest.Item, recorder: Engine) -> UnusedCassetteError | None:
        """What a passing test with a cassette of its own fails by, see ``conftest_plugin.unused``.

        Args:
            item: the test, at the end of its call phase.
            recorder: its cassette.
        """
        if any(one is not recorder and one.path == recorder.path for one in self._uncounted):
            return None  # a fixture's, or opened by hand as well
        from conftest_plugin.unused import unused

        ci = current_run.must_replay(obey_ci=self._settings().ci)
        error = unused(item, recorder, self._ledger, self._shared(), ci=ci)
        if error is not None:
            self.totals.told.append(error.problem)
        return error

    def failed_by(self, item: pytest.Item, error: CassetteError) -> None:
        """A test has failed, for its cassette cannot be opened or saved, or by a fault."""
        from conftest_plugin.trouble import problem_of

        self._ledger.uses_cassettes = True
        self.totals.told.append(problem_of(item, error, self._ledger.relative).message_of())
        if isinstance(error, UnfiredFaultError):
            self.totals.unfired.append((item.nodeid, error.faults))

    def began(self, item: pytest.Item) -> None:
        """A test begins, perhaps again: then what it did before does not count."""
        self.totals.began(item)
        for recorder in tuple(self._uncounted):
            if recorder.closed:
                self._uncounted.remove(recorder)
                if not self._is_of(recorder, item):
                    self._count(recorder)

    def _is_of(self, recorder: Engine, item: pytest.Item) -> bool:
        state = self._opened_by.get(recorder)
        return (
            state is not None
            and state.nodeid == item.nodeid
            and recorder not in self._of_fixtures
            and not recorder.saved
        )

    def _count(self, recorder: Engine) -> None:
        self._ledger.uses_cassettes = True
        self.totals.count(recorder)
        state = self._opened_by.get(recorder)
        of_fixture = state is None or recorder in self._of_fixtures
        test = "" if of_fixture or state is None else state.nodeid
        by_fixture = state is not None and state.recorder is recorder
        by_hand = of_fixture or recorder not in self._of_factory
        self._ledger.used(recorder, test, by_fixture=by_fixture, by_hand=by_hand)

    def finish_counting(self) -> bool:
        """Everything has been run.

        Returns:
            Whether the run fails by what shows only now.
        """
        for recorder in self._uncounted:
            self._count(recorder)
        self._uncounted.clear()
        self.totals.unshared += [[str(p), *tests] for p, tests in self._shared().unwritten()]
        try:
            for path, written in self._verifying.save() if self._verifying else ():
                self.totals.wrote(path, written)
        except CassetteError as error:
            self.totals.late.append(["", str(error)])
        self.totals.unsought = sorted({*self.totals.unsought, *current_run.unsought})
        if self._is_of_interest:
            settings = self._settings()
            ci = current_run.must_replay(obey_ci=settings.ci)
            self._ledger.close(self._shared(), settings, ci=ci)
        return bool(self.totals.late)

    @property
    def _is_of_interest(self) -> bool:
        """Whether there is a verdict; with a report also where no cassette is used."""
        return self._ledger.uses_cassettes or self._config.option.llm_report is not None

    def message(self) -> dict[str, Any]:
        """What a worker sends to the controller."""
        facts = self._ledger.facts.message() if self._is_of_interest else None
        return {
            "totals": self.totals.as_message(),
            "facts": facts,
            "uses_cassettes": self._ledger.uses_cassettes,
        }

    def hear(self, message: dict[str, Any]) -> None:
        """What a worker has sent."""
        self.totals.add(message["totals"])
        if message["facts"] is not None:
            from llmcassette.review.report.facts import Facts

            self._ledger.uses_cassettes |= message["uses_cassettes"]
            self._ledger.facts.add(Facts.of(message["facts"]))

    def conclude(self) -> bool:
        """Make the verdict over the whole run, and write its report.

        Returns:
            Whether the run fails by it.
        """
        if not self._is_of_interest:
            return False
        report = self._config.option.llm_report
        from conftest_plugin.conclusion import conclude

        self._ledger.widen()
        self._conclusion = conclude(
            self._ledger.facts,
            self.totals,
            self._config.rootpath,
            self._config.invocation_params.dir,
            self._settings(),
            None if report is None else str(self._config.invocation_params.dir / report),
            brief=self._config.get_verbosity() < 0,
        )
        return self._conclusion.fails

    def tell(self, terminal: pytest.TerminalReporter) -> None:
        """Print the summary; on GitHub, annotations too."""
        if not (self._conclusion or self._ledger.uses_cassettes or self.totals.late):
            return
        from conftest_plugin.conclusion import Conclusion, commands

        conclusion = self._conclusion or Conclusion()
        self.totals.tell(terminal, self._config, conclusion)
        if self._ledger.uses_cassettes and os.environ.get("GITHUB_ACTIONS") == "true":
            for line in commands(
                conclusion, self._ledger.facts, self.totals, self._config.rootpath
            ):
                terminal.line(line)
