"""What a run does around the set-up, the call and the teardown of each test."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

import pytest

from conftest_plugin.collected import FIXTURE
from conftest_plugin.parts import Parts
from llmcassette.errors import CassetteError, SettingsError

if TYPE_CHECKING:
    from collections.abc import Generator

    from conftest_plugin.verdict.judge import TestState
    from llmcassette.review.report.facts import Outcome

__all__ = ["Phases"]


class Phases(Parts):
    """The running test, and the fixtures that are at work.

    Attributes:
        is_active: whether something uses a cassette, or an option asks for something.
        state: what is known of the running test; ``None`` where the run is not active.
        wide_fixtures: those that outlive a test and are being set up; ``None`` where one may be
            torn down.
    """

    def __init__(self, config: pytest.Config) -> None:
        super().__init__(config)
        self.is_active = False
        self.state: TestState | None = None
        self.wide_fixtures: list[pytest.FixtureDef[Any] | None] = []

    def begin(self, item: pytest.Item) -> None:
        """A test's set-up begins, perhaps again."""
        self.item = item
        self.outcomes[item.nodeid] = "not run"
        if self.is_active:
            self.begin_active(item)

    def begin_active(self, item: pytest.Item) -> TestState:
        """A test begins in a run that uses cassettes, or the run comes to use some meanwhile."""
        from conftest_plugin.verdict.judge import begin

        state = self.state = begin(item)
        self.openings.began(item)
        self.facts.began(item)
        if FIXTURE in getattr(item, "fixturenames", ()):
            with contextlib.suppress(SettingsError):  # the test fails by it when its cassette opens
                self.guard.begin(item, {})
        return state

    @contextlib.contextmanager
    def setting_up(
        self, fixture: pytest.FixtureDef[Any], request: pytest.FixtureRequest
    ) -> Generator[None]:
        """While a fixture is set up."""
        __tracebackhide__ = True
        # One of class scope does not outlive a test that is in no class.
        is_wide = fixture.scope != "function" and request.node is not self.item
        if is_wide:
            self.wide_fixtures.append(fixture)
        try:
            if self.is_active:
                from conftest_plugin.verdict.failures import unwrap_in_fixture

                with self.guard.setting_up(fixture), unwrap_in_fixture(fixture, request):
                    yield
            else:
                yield
        finally:
            if is_wide:
                self.wide_fixtures.pop()
        if is_wide and self.is_active:
            self.openings.fixture_is_set_up()

    def torn_down(self, fixture: pytest.FixtureDef[Any]) -> None:
        """A fixture has been torn down.

        Raises:
            CassetteError: it left a cassette open, in CI; or one cannot be saved.
        """
        if self.is_active and fixture.scope != "function":
            from conftest_plugin.cassettes.network import described

            fix = "open it in a `with` block around the `yield`"
            self.openings.close_left_open(fixture, described(fixture), fix)

    @contextlib.contextmanager
    def calling(self, item: pytest.Item) -> Generator[None]:
        """While a test's function runs.

        Raises:
            BaseException: what the test fails by, whatever has become of that error on its way.
        """
        __tracebackhide__ = True
        raised: BaseException | None = None
        try:
            if self.is_active and "anyio_backend" in getattr(item, "fixturenames", ()):
                from conftest_plugin.verdict.failures import unwrap_in_test

                with unwrap_in_test(item):
                    yield
            else:
                yield
        except (KeyboardInterrupt, pytest.exit.Exception):
            raise
        except BaseException as error:
            if not self.is_active:
                raise
            raised = error
        failure = self.judge.failure_of(item, raised) if self.is_active else None
        if failure is not None:
            raise failure

    @contextlib.contextmanager
    def tearing_down(self, item: pytest.Item) -> Generator[None]:
        """While a test, and perhaps what is around it, is torn down.

        Raises:
            CassetteError: it left a cassette open, in CI; or one cannot be saved.
        """
        __tracebackhide__ = True
        self.wide_fixtures.append(None)
        is_torn_down = False
        try:
            if self.is_active:
                with self.guard.tearing_down():
                    yield
            else:
                yield
            is_torn_down = True
        finally:
            self.wide_fixtures.pop()
            try:
                if self.is_active:
                    self._close_left_open(item, complain=is_torn_down)
            finally:
                self.item = self.state = None
                if self.is_active:
                    self.guard.end()

    def _close_left_open(self, item: pytest.Item, *, complain: bool) -> None:
        passed = self.state is not None and self.state.passed
        save = passed or self.config.option.llm_record_failed
        left = self.openings.close_left_open(
            item,
            "the test",
            "open it in a `with` block; for several tests, in a fixture of a wider scope",
            save=save,
            complain=complain and passed,
        )
        if not save and any(recorder.recorded for recorder in left):
            self.openings.not_saved(item)

    def raised(self, call: pytest.CallInfo[None]) -> None:
        """A phase of a test is over, and its report is about to be made."""
        if call.excinfo is not None and isinstance(call.excinfo.value, CassetteError):
            from conftest_plugin.verdict.report import hide_our_frames

            hide_our_frames(call.excinfo.value)

    def reported(
        self, item: pytest.Item, call: pytest.CallInfo[None], report: pytest.TestReport
    ) -> None:
        """The report of a phase has been made; it may be changed here."""
        if call.excinfo is not None and isinstance(call.excinfo.value, CassetteError):
            from conftest_plugin.verdict.report import shorten

            shorten(item, report, call.excinfo.value)
        if self.is_active:
            self.judge.judge(item, call, report)
        self.outcomes[item.nodeid] = _outcome_after(self.outcomes[item.nodeid], report)


def _outcome_after(before: Outcome, report: pytest.TestReport) -> Outcome:
    """The outcome of a test after one more of its phases.

    Args:
        before: its outcome so far.
        report: the phase.
    """
    if report.failed:
        return "failed"
    if report.skipped:
        return "skipped"
    if report.when == "call" and before != "failed":  # by a subtest
        return "passed"
    return before
