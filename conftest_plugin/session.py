"""One pytest run: what happens in it, and what serves it once something uses a cassette.

Every run has a session. One without cassettes pays for plain notes only: what has been collected,
and the outcomes of tests. What serves a run with cassettes is imported and made when the first test
with one is collected, or when one is opened, and reads these notes.
"""

from __future__ import annotations

import contextlib
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest

from conftest_plugin.collected import FACTORY, FIXTURE, Collected, give_cassette, has_cassette
from conftest_plugin.options import asks_for_something, command_line_mode
from conftest_plugin.parts import Parts
from conftest_plugin.pytest_private import is_imported, is_set_up, tear_down_all
from llmcassette.errors import CassetteError, ReplayError, SettingsError
from llmcassette.recorder.run import Run, current_run

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Sequence

    from conftest_plugin.verdict.judge import TestState
    from llmcassette.recorder.engine import Engine
    from llmcassette.review.report.facts import Outcome

__all__ = ["Session", "finish", "session_of", "start"]


class Session(Parts):
    """The state of a run.

    Attributes:
        is_active: whether something uses a cassette, or an option asks for something.
        state: what is known of the running test; ``None`` where the run is not active.
    """

    def __init__(self, config: pytest.Config) -> None:
        super().__init__(config)
        self.is_active = False
        self.state: TestState | None = None
        # Fixtures that outlive a test and are being set up; ``None`` where one may be torn down.
        self._wide_fixtures: list[pytest.FixtureDef[Any] | None] = []
        self._is_network_blocked = False
        self._until_the_end = contextlib.ExitStack()
        self._lock = threading.RLock()
        self._thread = threading.get_ident()
        run = Run(
            command_line=command_line_mode(config.option),
            replay_only=config.option.llm_ci,
            started=getattr(config, "workerinput", {}).get("llm_started", time.time()),
            continues_after_miss=config.option.llm_drift,
        )
        run.watchers.append(self._opened)
        run.listeners.append(self.charge)
        run.running_test = lambda: (
            "none: no test is running" if self.item is None else self.item.nodeid
        )
        run.remedy = lambda path: self.cassettes.remedy(path)
        run.is_of_other_tests = self._is_of_others
        self._outer = current_run.become(run)

    def activate(self) -> Session:
        """Serve the run from now on.

        Raises:
            SettingsError: pyproject.toml cannot be obeyed.
        """
        with self._lock:  # threads of one test may open the first cassettes
            if not self.is_active:
                _ = self.project
                self.is_active = True
                if self.verifier is not None:
                    current_run.verifiers.append(self.verifier.verified)
                if self.item is not None:
                    state = self._begin(self.item)
                    outcome = self.outcomes[self.item.nodeid]
                    state.passed, state.failed = outcome == "passed", outcome == "failed"
        return self

    # Collection

    def module_or_class(
        self, collector: pytest.Module | pytest.Class, report: pytest.CollectReport
    ) -> None:
        """A module or class has been collected, or could not be."""
        children = tuple(report.result or ())  # pytest's --lf changes the list later
        self.collected.append(
            Collected(collector, report.outcome, children, is_imported(collector))
        )
        if report.failed:
            from conftest_plugin.placeholders import add_hint_on_import

            add_hint_on_import(collector, report)

    def test(self, item: pytest.Item) -> None:
        """A test has been collected; the marker alone activates its cassette."""
        self.outcomes[item.nodeid] = "not run"
        if has_cassette(item):
            self._give_cassette(item)
        elif FACTORY in getattr(item, "fixturenames", ()):
            self.activate()

    def deselect(self, items: Sequence[pytest.Item]) -> None:
        """Tests are not to run after all."""
        self.deselected += items
        for item in items:
            self.outcomes[item.nodeid] = "deselected"

    def collection_finished(self, items: Iterable[pytest.Item]) -> None:
        """These tests are to run, and other plugins have marked them by now."""
        for item in items:
            if has_cassette(item):
                self._give_cassette(item)
        self.block_network()

    def block_network(self) -> None:
        """Let nothing leave this machine from now on, in CI and if cassettes are used at all."""
        is_wanted = self.is_active and (self.config.option.llm_ci or self.facts.uses_cassettes)
        if not is_wanted or self._is_network_blocked:
            return
        from conftest_plugin.cassettes.network import block_in_ci

        def blocked(error: ReplayError) -> ReplayError:
            self.charge(error, None)
            return error

        block = block_in_ci(self.settings, blocked)
        if block is not None:
            self._is_network_blocked = True
            self._until_the_end.enter_context(block)

    def _give_cassette(self, item: pytest.Item) -> None:
        if give_cassette(item):
            self.activate().facts.uses_cassettes = True
            self.facts.owns_cassette(item)
            self.with_cassette[item.nodeid] = item

    # A test

    def begin(self, item: pytest.Item) -> None:
        """A test's set-up begins, perhaps again."""
        self.item = item
        self.outcomes[item.nodeid] = "not run"
        if self.is_active:
            self._begin(item)

    def _begin(self, item: pytest.Item) -> TestState:
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
            self._wide_fixtures.append(fixture)
        try:
            if self.is_active:
                from conftest_plugin.verdict.failures import unwrap_in_fixture

                with self.guard.setting_up(fixture), unwrap_in_fixture(fixture, request):
                    yield
            else:
                yield
        finally:
            if is_wide:
                self._wide_fixtures.pop()
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
        self._wide_fixtures.append(None)
        is_torn_down = False
        try:
            if self.is_active:
                with self.guard.tearing_down():
                    yield
            else:
                yield
            is_torn_down = True
        finally:
            self._wide_fixtures.pop()
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

    # Cassettes

    def _opened(self, recorder: Engine) -> None:
        """A cassette has been opened, by whomever."""
        is_wide = bool(self._wide_fixtures)
        fixture = self._wide_fixtures[-1] if is_wide else None
        owner: pytest.FixtureDef[Any] | pytest.Item | None = None
        # Another thread closes what it opens in its own time, perhaps when the test is over.
        if self.item is not None and threading.get_ident() == self._thread:
            # What is around the test (packages, custom collectors) is set up before its own set-up.
            owner = fixture or (self.item if is_wide or is_set_up(self.item) else None)
        name = "" if fixture is None else fixture.argname
        openings = self.activate().openings
        openings.opened(recorder, self.state, name if is_wide else None, owner)

    def charge(self, error: ReplayError, recorder: Engine | None) -> None:
        """An error is about to be raised through a client's call."""
        from conftest_plugin.verdict.failures import make_failure

        make_failure(error)
        self.activate().judge.charge(error, recorder, self.state)

    def _is_of_others(self, recorder: Engine) -> bool:
        """Whether a fixture that the running test does not use opened a cassette."""
        opener = self.openings.fixture_of(recorder)
        return bool(opener and self.item) and opener not in getattr(self.item, "fixturenames", ())

    # The end

    def finish(self, session: pytest.Session) -> None:
        """Everything has run: judge the run, or send what a worker of pytest-xdist has counted."""
        if not self.is_active:
            return
        if self.state is not None:
            self.state.over = True  # pytest reports no phase of a test that was stopped
        try:
            # pytest does this next, and would end with a traceback, and without its summary.
            tear_down_all(session)
        except* ReplayError:
            pass  # counted when it was raised
        except* CassetteError as group:
            self.facts.late("", group)
        finally:
            self.openings.finish(save_failed=self.config.option.llm_record_failed)
            self.run_end.finish(self.shared.unwritten(), self.verifier)
        if hasattr(self.config, "workeroutput"):
            self.config.workeroutput["llmcassette"] = self.run_end.message()
        elif self.run_end.conclude() and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def add_worker(self, message: dict[str, Any] | None) -> None:
        """Add what a worker of pytest-xdist has counted."""
        if message:
            self.activate().run_end.add(message)

    def print_summary(self, terminal: pytest.TerminalReporter) -> None:
        """Print what the cassettes of the run did."""
        if self.is_active:
            self.run_end.print_summary(terminal)

    def leave(self) -> None:
        """Give the process back as it was before this run, also where a test was interrupted."""
        if self.is_active:
            self.guard.end()
        self._until_the_end.close()
        current_run.become(self._outer)


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


_session = pytest.StashKey[Session]()


def start(config: pytest.Config) -> None:
    """Begin a run.

    Raises:
        pytest.UsageError: the command line or pyproject.toml cannot be obeyed.
    """
    session = config.stash[_session] = Session(config)
    if asks_for_something(config.option):
        try:
            session.activate()
        except SettingsError as error:
            raise pytest.UsageError(str(error)) from error


def session_of(config: pytest.Config) -> Session:
    """The run that a config belongs to."""
    return config.stash[_session]


def finish(config: pytest.Config) -> None:
    """End a run, where it has begun."""
    session = config.stash.get(_session, None)
    if session is not None:
        session.leave()
