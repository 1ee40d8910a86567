"""What a run does around the set-up, the call and the teardown of each test."""

from __future__ import annotations

import contextlib
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from conftest_plugin.options import FIXTURE
from llmcassette.errors import CassetteError

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

    from conftest_plugin.verdict.judge import TestState
    from llmcassette.review.report.facts import Outcome

__all__ = ["Collected", "Notes", "Phases"]


class Collected(NamedTuple):
    """A module or class that pytest has collected, or could not.

    Attributes:
        collector: the module or class.
        outcome: of its collection: passed, failed or skipped.
        children: all that is in it, selected or not.
    """

    collector: pytest.Module | pytest.Class
    outcome: str
    children: Sequence[Any]


class Notes:
    """Notes about a run.

    Attributes:
        config: pytest's.
        item: the test that is running.
        collected: the modules and classes, in the order of their collection.
        outcomes: of the tests that are to run, by id.
        with_cassette: the tests that have a cassette of their own, by id.
        deselected: the tests that are not to run after all.
        wide_fixtures: those that outlive a test and are being set up; ``None`` where one may be
            torn down.
        until_the_end: what is undone when the run ends.
    """

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self.item: pytest.Item | None = None
        self.collected: list[Collected] = []
        self.outcomes: dict[str, Outcome] = {}
        self.with_cassette: dict[str, pytest.Item] = {}
        self.deselected: list[pytest.Item] = []
        self.wide_fixtures: list[pytest.FixtureDef[Any] | None] = []
        self.until_the_end = contextlib.ExitStack()


class Phases(Notes, ABC):
    """The running test, and the fixtures that are at work.

    Attributes:
        is_active: whether something uses a cassette, or an option asks for something.
        state: what is known of the running test; ``None`` where the run is not active.
    """

    def __init__(self, config: pytest.Config) -> None:
        super().__init__(config)
        self.is_active = False
        self.state: TestState | None = None

    @property
    @abstractmethod
    def parts(self) -> Any:  # noqa: ANN401 - Parts, which imports this module
        """What serves a run that uses cassettes."""

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
        self.parts.openings.began(state.nodeid)
        self.parts.facts.began(state.nodeid)
        if FIXTURE in getattr(item, "fixturenames", ()):
            self.parts.network.begin_guard()
        return state

    def setting_up(
        self, fixture: pytest.FixtureDef[Any], request: pytest.FixtureRequest
    ) -> Generator[None, object, object]:
        """A fixture is set up."""
        __tracebackhide__ = True
        # One of class scope does not outlive a test that is in no class.
        is_wide = fixture.scope != "function" and request.node is not self.item
        if is_wide:
            self.wide_fixtures.append(fixture)
        try:
            if self.is_active:
                from conftest_plugin.verdict.failures import unwrap_in_fixture

                value = yield from unwrap_in_fixture(fixture, request)
            else:
                value = yield
        finally:
            if is_wide:
                self.wide_fixtures.pop()
        if is_wide and self.is_active:
            self.parts.openings.fixture_is_set_up()
        return value

    def torn_down(self, fixture: pytest.FixtureDef[Any]) -> None:
        """A fixture has been torn down.

        Raises:
            CassetteError: it left a cassette open, in CI; or one cannot be saved.
        """
        if self.is_active and fixture.scope != "function":
            from conftest_plugin.pytest_private import described

            fix = "open it in a `with` block around the `yield`"
            self.parts.openings.close_left_open(fixture, lambda: described(fixture), fix)

    def calling(self, item: pytest.Item) -> Generator[None, object, object]:
        """A test's function runs.

        Raises:
            BaseException: what the test fails by, whatever has become of that error on its way.
        """
        __tracebackhide__ = True
        raised: BaseException | None = None
        value: object = None
        try:
            if self.is_active and "anyio_backend" in getattr(item, "fixturenames", ()):
                from conftest_plugin.verdict.failures import unwrap_in_test

                with unwrap_in_test(item):
                    value = yield
            else:
                value = yield
        except (KeyboardInterrupt, pytest.exit.Exception):
            raise
        except BaseException as error:
            if not self.is_active:
                raise
            raised = error
        failure = self.parts.judge.failure_of(item, raised) if self.is_active else None
        if failure is not None:
            raise failure
        return value

    def tearing_down(self, item: pytest.Item) -> Generator[None, object, object]:
        """A test, and perhaps what is around it, is torn down.

        Raises:
            CassetteError: it left a cassette open, in CI; or one cannot be saved.
        """
        __tracebackhide__ = True
        self.wide_fixtures.append(None)
        is_torn_down = False
        try:
            value = yield
            is_torn_down = True
        finally:
            self.wide_fixtures.pop()
            try:
                if self.is_active:
                    self._close_left_open(item, complain=is_torn_down)
            finally:
                self.item = self.state = None
                if self.is_active:
                    self.parts.network.end_guard()
        return value

    def _close_left_open(self, item: pytest.Item, *, complain: bool) -> None:
        passed = self.state is not None and self.state.passed
        save = passed or self.config.option.llm_record_failed
        left = self.parts.openings.close_left_open(
            item,
            lambda: "the test",
            "open it in a `with` block; for several tests, in a fixture of a wider scope",
            save=save,
            complain=complain and passed,
        )
        if not save and any(recorder.recorded for recorder in left):
            self.parts.openings.not_saved(item.nodeid)

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
            self.parts.judge.judge(item, call, report)
        # A subtest may have failed before its test passes.
        passed = report.when == "call" and self.outcomes[report.nodeid] != "failed"
        if passed or report.outcome != "passed":
            self.outcomes[report.nodeid] = report.outcome
