"""The cassettes that are opened in a run: who opened each and has to close it, and what each did.

That of a fixture of a wider scope stays open over the tests that use the fixture; a test that runs
again (pytest-rerunfailures) may play again what it has played. One that a test or a fixture has
left open is closed, and warned of as Python warns of open files.
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any, TypeAlias

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

__all__ = ["LeftOpenError", "Opening", "Openings"]


class LeftOpenError(CassetteError):
    """A test or a fixture is over, and a cassette that it opened is still open.

    Attributes:
        code: its name in the report of a run.
    """

    code = "left-open"


class Opening:
    """Who opened a cassette.

    Attributes:
        state: the test that ran then; ``None`` where none did.
        fixture: the fixture that opened it and outlives a test, empty where its name is not known;
            ``None`` where none did.
        is_by_factory: ``llm_cassettes`` opened it: tests that use the same fixture record into it
            together.
    """

    def __init__(self, state: TestState | None, fixture: str | None) -> None:
        self.state = state
        self.fixture = fixture
        self.is_by_factory = False

    @property
    def test(self) -> str:
        """Empty where a fixture that outlives the test opened it, or no test ran."""
        return "" if self.state is None or self.fixture is not None else self.state.nodeid

    @property
    def has_failed(self) -> bool:
        """Whether a test opened it, or a fixture for that test alone, and the test has failed."""
        return self.state is not None and self.state.failed and self.fixture is None


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
        self._uncounted: list[Engine] = []
        self._to_close: dict[Owner, list[Engine]] = {}
        self._test = ""
        self._used_up: dict[Engine, bytes] = {}

    def opened(self, recorder: Engine, opening: Opening, owner: Owner | None) -> None:
        """A cassette has been opened; its owner has to close it, if it has one."""
        self.facts.uses_cassettes = True
        recorder.opening = opening
        self._uncounted.append(recorder)
        if owner is not None:
            self._to_close.setdefault(owner, []).append(recorder)

    def still_open(self) -> Iterator[Engine]:
        """The cassettes that have not been closed."""
        return (recorder for recorder in self._uncounted if not recorder.closed)

    def not_saved(self, test: str) -> None:
        """What a test recorded is not saved, because it did not pass."""
        unsaved = self.facts.record.unsaved
        if test not in unsaved:
            unsaved.append(test)

    def began(self, test: str) -> None:
        """A test begins, perhaps again: then what it did before does not count."""
        for recorder in tuple(self._uncounted):
            if recorder.closed:
                self._uncounted.remove(recorder)
                if recorder.saved or recorder.opening.test != test:
                    self._count(recorder)
        if test != self._test:
            self._test = test
            self.fixture_is_set_up()
        else:
            for recorder, used_up in self._used_up.items():
                recorder.player.play_again(used_up)

    def fixture_is_set_up(self) -> None:
        """A fixture of a wider scope is ready; it is not set up again where the test runs again."""
        self._used_up = {recorder: recorder.player.used_up() for recorder in self.still_open()}

    def close_left_open(
        self,
        owner: Owner,
        who: Callable[[], str],
        fix: str,
        *,
        save: bool = True,
        complain: bool = True,
    ) -> Sequence[Engine]:
        """Close what a test or a fixture has left open, when it has been torn down.

        Args:
            owner: the test or fixture.
            who: gives its name for a message.
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
        if not left:
            return ()
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
                f"{who()} left this cassette open. Fix: {fix}", path=recorder.path
            )
            if self._must_close():
                raise left_open
            warnings.warn(str(left_open), ResourceWarning, stacklevel=2)
        return left

    def finish(self, *, save_failed: bool) -> None:
        """Everything has run: save what is open, if wanted of failed tests, too; count the rest."""
        for recorder in self.still_open():
            if save_failed or not recorder.opening.has_failed:
                try:
                    recorder.save()
                except CassetteError as error:
                    self.facts.late("", error)
        for recorder in self._uncounted:
            self._count(recorder)
        self._uncounted.clear()

    def _count(self, recorder: Engine) -> None:
        facts, player = self.facts, recorder.player
        if not facts.is_of_project(recorder.path):
            return
        use = facts.cassette(recorder.path)
        recorded = recorder.recorded if recorder.contents.records else ()
        self._count_roles(recorder, use, bool(recorded))
        if recorded:
            from llmcassette.review.report.notes import notes_on

            use.recorded += len(recorded)
            use.written += len(recorded) if recorder.saved else 0
            for kind, line in notes_on(recorded, facts.relative(recorder.path)):
                facts.record.note(kind, line)
        use.replayed += len(player.played_positions)
        use.seconds += player.seconds
        if recorder.mode == "none":
            use.interactions = max(use.interactions or 0, player.count)
            use.played += player.played_positions
            use.openings += 1
            if not recorder.opening.test:
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

    def _count_roles(self, recorder: Engine, use: CassetteUse, has_recorded: bool) -> None:
        opening: Opening = recorder.opening
        test, state = opening.test, opening.state
        by_plugin = state is not None and state.recorder is recorder
        use.give(test, "fixture" if by_plugin else "opened")
        fixture = opening.fixture
        if fixture and not fixture.startswith("_"):  # pytest's own, for setup_module and the like
            use.fixtures.add(fixture)
        if has_recorded or recorder.errors or recorder.player.played_positions:
            use.give(test, "asked")
        has_passed = not test or self.facts.record.tests.get(test) == "passed"
        by_hand = not test or not opening.is_by_factory
        # Also where others recorded the same before.
        if by_hand and (recorder.saved or (has_recorded and has_passed)):
            use.give(test, "saved")
