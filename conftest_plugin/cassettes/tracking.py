"""The cassettes that are opened in a run: who opened each and has to close it, and what each did.

That of a fixture of a wider scope stays open over the tests that use the fixture; a test that runs
again (pytest-rerunfailures) may play again what it has played. One that a test or a fixture has
left open is closed, and warned of as Python warns of open files.
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any, TypeAlias
from weakref import WeakKeyDictionary, WeakSet

from conftest_plugin.pytest_private import run_in_anyio_runner
from llmcassette.errors import CassetteError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import pytest

    from conftest_plugin.run.facts import RunFacts
    from conftest_plugin.verdict.judge import TestState
    from llmcassette.recorder.engine import Engine
    from llmcassette.review.report.use import CassetteUse

    Owner: TypeAlias = pytest.Item | pytest.FixtureDef[Any]

__all__ = ["LeftOpenError", "Openings"]


class LeftOpenError(CassetteError):
    """A test or a fixture is over, and a cassette that it opened is still open.

    Attributes:
        code: its name in the report of a run.
    """

    code = "left-open"


class Openings:
    """Knows every cassette that has been opened, and counts what each did.

    What a test did counts when the next one begins: until then it may be run again.

    Args:
        facts: the facts of the run, where it is counted.
        must_close: whether a cassette left open is an error, as in CI; else it is a warning.
    """

    def __init__(self, facts: RunFacts, must_close: Callable[[], bool]) -> None:
        self.facts = facts
        self._must_close = must_close
        self._test_of: WeakKeyDictionary[Engine, TestState] = WeakKeyDictionary()
        self._fixture_of: WeakKeyDictionary[Engine, str] = WeakKeyDictionary()
        self._of_factory: WeakSet[Engine] = WeakSet()
        self._uncounted: list[Engine] = []
        self._to_close: dict[Owner, list[Engine]] = {}
        self._test = ""
        self._used_up: dict[Engine, bytes] = {}

    def opened(
        self, recorder: Engine, running: TestState | None, fixture: str | None, owner: Owner | None
    ) -> None:
        """A cassette has been opened.

        Args:
            recorder: the cassette.
            running: the test that is running.
            fixture: the fixture of a wider scope that is at work, empty where its name is not
                known; ``None`` where none is.
            owner: who has to close it; ``None`` where it may stay open.
        """
        self.facts.uses_cassettes = True
        self._uncounted.append(recorder)
        if running is not None:
            self._test_of[recorder] = running
        if fixture is not None:
            self._fixture_of[recorder] = fixture
        if owner is not None:
            self._to_close.setdefault(owner, []).append(recorder)

    def opened_by_factory(self, recorder: Engine) -> None:
        """``llm_cassettes`` opened it: tests that use the same fixture record into it together."""
        self._of_factory.add(recorder)

    def still_open(self) -> Iterator[Engine]:
        """The cassettes that have not been closed."""
        return (recorder for recorder in self._uncounted if not recorder.closed)

    def opener_of(self, recorder: Engine) -> TestState | None:
        """The test that ran when a cassette was opened."""
        return self._test_of.get(recorder)

    def fixture_of(self, recorder: Engine) -> str:
        """The fixture that opened a cassette and outlives a test; empty where there is none."""
        return self._fixture_of.get(recorder, "")

    def is_of_failed(self, recorder: Engine) -> bool:
        """Whether a test opened a cassette, or a fixture for that test alone, and it has failed."""
        state = self._test_of.get(recorder)
        return state is not None and state.failed and recorder not in self._fixture_of

    def not_saved(self, item: pytest.Item | None) -> None:
        """What a test recorded is not saved, because it did not pass."""
        unsaved = self.facts.record.unsaved
        if item is not None and item.nodeid not in unsaved:
            unsaved.append(item.nodeid)

    def began(self, item: pytest.Item) -> None:
        """A test begins, perhaps again: then what it did before does not count."""
        for recorder in tuple(self._uncounted):
            if recorder.closed:
                self._uncounted.remove(recorder)
                if recorder.saved or self._test_that_opened(recorder) != item.nodeid:
                    self._count(recorder)
        if item.nodeid != self._test:
            self._test = item.nodeid
            self.fixture_is_set_up()
        else:
            for recorder, used_up in self._used_up.items():
                recorder.player.play_again(used_up)

    def fixture_is_set_up(self) -> None:
        """A fixture of a wider scope is ready; it is not set up again where the test runs again."""
        self._used_up = {recorder: recorder.player.used_up() for recorder in self.still_open()}

    def close_left_open(
        self, owner: Owner, who: str, fix: str, *, save: bool = True, complain: bool = True
    ) -> Sequence[Engine]:
        """Close what a test or a fixture has left open, when it has been torn down.

        Args:
            owner: the test or fixture.
            who: how a message names it.
            fix: what it should do instead.
            save: whether to write what was recorded.
            complain: whether to warn of it.

        Raises:
            CassetteError: a file cannot be saved; or in CI, instead of the warning.
        """
        opened = self._to_close.pop(owner, ())
        if not opened:
            return ()
        from llmcassette.clients import scope
        from llmcassette.clients.serving import stop_serving

        left = [recorder for recorder in opened if scope.is_open(recorder)]
        unsaved: CassetteError | None = None
        for recorder in reversed(left):
            try:
                stop_serving(recorder, save=save)
            except CassetteError as error:
                unsaved = error
        run_in_anyio_runner(scope.forget_closed)
        if unsaved is not None:
            raise unsaved
        for recorder in left if complain else ():
            left_open = LeftOpenError(
                f"{who} left this cassette open. Fix: {fix}", path=recorder.path
            )
            if self._must_close():
                raise left_open
            warnings.warn(str(left_open), ResourceWarning, stacklevel=2)
        return left

    def finish(self, *, save_failed: bool) -> None:
        """Everything has run: save what is open, if wanted of failed tests, too; count the rest."""
        for recorder in self.still_open():
            if save_failed or not self.is_of_failed(recorder):
                try:
                    recorder.save()
                except CassetteError as error:
                    self.facts.late("", error)
        for recorder in self._uncounted:
            self._count(recorder)
        self._uncounted.clear()

    def _test_that_opened(self, recorder: Engine) -> str:
        """Empty where a fixture that outlives the test opened it, or no test ran."""
        state = self._test_of.get(recorder)
        return "" if state is None or recorder in self._fixture_of else state.nodeid

    def _count(self, recorder: Engine) -> None:
        facts, player = self.facts, recorder.player
        if not facts.is_of_project(recorder.path):
            return
        test = self._test_that_opened(recorder)
        use = facts.cassette(recorder.path)
        self._count_roles(recorder, use, test)
        use.recorded += len(recorder.recorded)
        if recorder.saved:
            use.written += len(recorder.recorded)
        if recorder.recorded:
            from conftest_plugin.run.notes import notes_on

            for kind, line in notes_on(recorder.recorded, facts.relative(recorder.path)):
                facts.record.note(kind, line)
        for interaction in player.played:
            use.replayed += 1
            try:
                use.seconds += interaction.response.duration
            except CassetteError:
                continue  # the test that played it has failed by it
        if recorder.mode == "none":
            use.interactions = max(use.interactions or 0, player.count)
            use.played += player.played_positions
            use.openings += 1
            if not test:
                use.alike.update(player.alike_positions)
        settings = recorder.settings
        use.unused = settings.unused or use.unused
        use.stale = settings.stale or use.stale
        use.keep_fields.update(settings.keep_fields)
        use.has_fakes = use.has_fakes or bool(settings.redact)
        if settings.max_age is not None:
            use.max_age = settings.max_age.total_seconds() / 3600
        asked, unused = player.rule_use()
        rules = facts.record.rules
        for rule in asked:
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
        has_passed = not test or self.facts.record.tests.get(test) == "passed"
        by_hand = not test or recorder not in self._of_factory
        # Also where others recorded the same before.
        if by_hand and (recorder.saved or (recorder.recorded and has_passed)):
            use.give(test, "saved")
