"""The cassettes that are opened in a run: who opened each, and what each did."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol
from weakref import WeakKeyDictionary, WeakSet

from llmcassette.errors import CassetteError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import pytest

    from conftest_plugin.run.facts import RunFacts
    from llmcassette.errors import ReplayError
    from llmcassette.recorder.engine import Engine
    from llmcassette.review.report.use import CassetteUse

__all__ = ["Openings", "RunningTest"]


class RunningTest(Protocol):
    """What is known of a test while it runs."""

    nodeid: str
    failed: bool
    over: bool
    recorder: Engine | None

    def charge(self, error: ReplayError) -> None:
        """Charge the test with an error."""


class Openings:
    """Knows every cassette that has been opened, and counts what each did.

    What a test did counts when the next one begins: until then it may be run again.

    Args:
        facts: the facts of the run, where it is counted.
    """

    def __init__(self, facts: RunFacts) -> None:
        self._facts = facts
        self._test_of: WeakKeyDictionary[Engine, RunningTest] = WeakKeyDictionary()
        self._fixture_of: WeakKeyDictionary[Engine, str] = WeakKeyDictionary()
        self._of_factory: WeakSet[Engine] = WeakSet()
        self._uncounted: list[Engine] = []

    def opened(self, recorder: Engine, running: RunningTest | None) -> None:
        """A cassette has been opened, perhaps while a test runs."""
        self._uncounted.append(recorder)
        if running is not None:
            self._test_of[recorder] = running

    def opened_by_fixture(self, recorder: Engine, name: str) -> None:
        """A fixture that outlives the running test opened it."""
        self._fixture_of[recorder] = name

    def opened_by_factory(self, recorder: Engine) -> None:
        """``llm_cassettes`` opened it: tests that use the same fixture record into it together."""
        self._of_factory.add(recorder)

    def still_open(self) -> Iterator[Engine]:
        """The cassettes that have not been closed."""
        return (recorder for recorder in self._uncounted if not recorder.closed)

    def opener_of(self, recorder: Engine) -> RunningTest | None:
        """The test that ran when a cassette was opened."""
        return self._test_of.get(recorder)

    def fixture_of(self, recorder: Engine) -> str:
        """The fixture that opened a cassette and outlives a test; empty where there is none."""
        return self._fixture_of.get(recorder, "")

    def test_of(self, recorder: Engine) -> str:
        """The test that opened a cassette; empty where a fixture that outlives it did, or none."""
        state = self._test_of.get(recorder)
        return "" if state is None or recorder in self._fixture_of else state.nodeid

    def is_of_failed(self, recorder: Engine) -> bool:
        """Whether a test opened a cassette, or a fixture for that test alone, and it has failed."""
        state = self._test_of.get(recorder)
        return state is not None and state.failed and recorder not in self._fixture_of

    def not_saved(self, item: pytest.Item | None) -> None:
        """What a test recorded is not saved, because it did not pass."""
        unsaved = self._facts.record.unsaved
        if item is not None and item.nodeid not in unsaved:
            unsaved.append(item.nodeid)

    def recorded_nothing(self, item: pytest.Item, path: Path) -> None:
        """A test passed in a record mode, and sent no request."""
        self._facts.record.idle[item.nodeid] = self._facts.relative(path)

    def wrote(self, path: Path, interactions: int) -> None:
        """A file has been written that no single test records: shared, or verified."""
        self._facts.record.cassette(self._facts.relative(path)).written += interactions

    def not_rewritten(self, path: Path, tests: list[str]) -> None:
        """A file that tests share is as it was, because these did not pass."""
        self._facts.record.unwritten[self._facts.relative(path)] = tests

    def began(self, item: pytest.Item) -> None:
        """A test begins, perhaps again: then what it did before does not count."""
        for recorder in tuple(self._uncounted):
            if recorder.closed:
                self._uncounted.remove(recorder)
                if recorder.saved or self.test_of(recorder) != item.nodeid:
                    self._count(recorder)

    def finish(self) -> None:
        """Everything has run: count the rest, also what is still open."""
        for recorder in self._uncounted:
            self._count(recorder)
        self._uncounted.clear()

    def _count(self, recorder: Engine) -> None:
        facts = self._facts
        facts.uses_cassettes = True
        if not facts.is_of_project(recorder.path):
            return
        test = self.test_of(recorder)
        use = facts.record.cassette(facts.relative(recorder.path))
        self._count_roles(recorder, use, test)
        use.recorded += len(recorder.recorded)
        if recorder.saved:
            use.written += len(recorder.recorded)
        for interaction in recorder.player.played:
            use.replayed += 1
            try:
                use.seconds += interaction.response.duration
            except CassetteError:
                continue  # the test that played it has failed by it
        if recorder.mode == "none":
            use.interactions = max(use.interactions or 0, recorder.player.count)
            use.played += recorder.player.played_positions
            use.openings += 1
            if not test:
                use.alike.update(recorder.player.alike_positions)
        settings = recorder.settings
        use.unused = settings.unused or use.unused
        use.stale = settings.stale or use.stale
        if settings.max_age is not None:
            use.max_age = settings.max_age.total_seconds() / 3600
        asked, unused = recorder.player.rule_use()
        for rule in asked:
            rules = facts.record.rules
            rules[rule] = rules.get(rule, False) or rule not in unused

    def _count_roles(self, recorder: Engine, use: CassetteUse, test: str) -> None:
        state = self._test_of.get(recorder)
        by_plugin = state is not None and state.recorder is recorder
        use.give(test, "fixture" if by_plugin else "opened")
        fixture = self.fixture_of(recorder)
        if fixture and not fixture.startswith("_"):  # pytest's own, for setup_module and the like
            use.fixtures.add(fixture)
        if recorder.errors or recorder.player.played_positions or recorder.recorded:
            use.give(test, "asked")
        has_passed = not test or self._facts.record.tests.get(test) == "passed"
        by_hand = not test or recorder not in self._of_factory
        # Also where others recorded the same before.
        if by_hand and (recorder.saved or (recorder.recorded and has_passed)):
            use.give(test, "saved")
