"""One pytest run: what happens in it, and what serves it once something uses a cassette.

Every run has a session. One without cassettes pays for plain notes only: what has been collected,
and the outcomes of tests. What serves a run with cassettes is imported and made when the first test
with one is collected, or when one is opened, and reads these notes.
"""

from __future__ import annotations

import contextlib
import threading
import time
from functools import cached_property
from typing import TYPE_CHECKING, Any

import pytest

from conftest_plugin import options
from conftest_plugin.options import CONFIG, FACTORY, FIXTURE, has_cassette
from conftest_plugin.phases import Collected, Phases
from llmcassette.errors import CassetteError, ReplayError, SettingsError
from llmcassette.recorder.run import Run, current_run

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Sequence

    from conftest_plugin.parts import Parts
    from conftest_plugin.run.guard import RunGuard
    from llmcassette.recorder.engine import Engine
    from llmcassette.recorder.recorder import Recorder

__all__ = ["Session", "finish", "loading_conftests", "running_session", "session_of", "start"]


class Session(Phases):
    """The state of a run."""

    def __init__(self, config: pytest.Config) -> None:
        super().__init__(config)
        self._is_network_blocked = False
        self._run_guard: RunGuard | None = None
        self._lock = threading.RLock()
        self._thread = threading.get_ident()
        run = Run(
            command_line=options.command_line_mode(config.option),
            replay_only=config.option.llm_ci,
            started=getattr(config, "workerinput", {}).get("llm_started", time.time()),
            continues_after_miss=config.option.llm_drift,
        )
        run.watchers.append(self._opened)
        run.listeners.append(self.charge)
        run.running_test = lambda: (
            "none: no test is running" if self.item is None else self.item.nodeid
        )
        run.remedy = lambda path: self.parts.cassettes.remedy(path)
        run.is_of_other_tests = self._is_of_others
        self._outer = current_run.become(run)

    @cached_property
    def parts(self) -> Parts:
        """What serves a run that uses cassettes."""
        from conftest_plugin.parts import Parts

        return Parts(self)

    def activate(self) -> Session:
        """Serve the run from now on.

        Raises:
            SettingsError: pyproject.toml cannot be obeyed.
        """
        with self._lock:  # threads of one test may open the first cassettes
            if not self.is_active:
                self._name_cassettes()
                self.is_active = True
                if self.parts.verifier is not None:
                    current_run.verifiers.append(self.parts.verifier.verified)
                if self.item is not None:
                    state = self.begin_active(self.item)
                    outcome = self.outcomes[self.item.nodeid]
                    state.passed, state.failed = outcome == "passed", outcome == "failed"
        return self

    def guard_run(self) -> None:
        """Take over the guard of ``--llm-ci``, or begin it where no conftest could be guarded."""
        from conftest_plugin.run import guard

        self._run_guard = guard.begin(self.config)
        if self._run_guard is not None:
            self._run_guard.charge_to(lambda error: self.charge(error, None))

    def _name_cassettes(self) -> None:
        from conftest_plugin.paths import Naming, name_cassettes_of_run, note_lookalikes

        project, settings = self.parts.project, self.parts.settings
        root = project.path.parent if project.path else self.config.rootpath
        naming = Naming(settings.cassette_dir, settings.cassette_name, root)
        name_cassettes_of_run(self.config, naming)
        for one in self.collected:
            note_lookalikes(one.children)

    # Collection

    def module_or_class(
        self, collector: pytest.Module | pytest.Class, report: pytest.CollectReport
    ) -> None:
        """A module or class has been collected, or could not be."""
        children = tuple(report.result or ())  # pytest's --lf changes the list later
        self.collected.append(Collected(collector, report.outcome, children))
        if self.is_active:
            from conftest_plugin.paths import note_lookalikes

            note_lookalikes(children)
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
        self._block_network()

    def _block_network(self) -> None:
        """Let nothing leave this machine from now on, if ``CI=true`` and cassettes are used."""
        is_wanted = self.is_active and self.parts.facts.uses_cassettes
        if not is_wanted or self._is_network_blocked or self.config.option.llm_ci:
            return
        from conftest_plugin.cassettes.network import block_in_ci

        def blocked(error: ReplayError) -> ReplayError:
            self.charge(error, None)
            return error

        block = block_in_ci(self.parts.settings, blocked)
        if block is not None:
            self._is_network_blocked = True
            self.until_the_end.enter_context(block)

    def _give_cassette(self, item: pytest.Item) -> None:
        """Have a test's cassette opened before its fixtures of function scope."""
        from conftest_plugin.pytest_private import first_of_function_scope, is_overridden

        nodeid = item.nodeid
        if nodeid in self.with_cassette:
            return
        self.activate().parts.facts.uses_cassettes = True
        self.parts.facts.owns_cassette(item)
        self.with_cassette[nodeid] = item
        # A list of its own: parametrised tests share one, and not all need be marked.
        names = [name for name in item.fixturenames if name != FIXTURE]  # type: ignore[attr-defined]
        names.insert(first_of_function_scope(item, names), FIXTURE)
        if is_overridden(item, CONFIG):
            names.insert(0, CONFIG)  # wider fixtures obey its pass_hosts
        item.fixturenames = names  # type: ignore[attr-defined]

    # Cassettes

    def open_own(self) -> Recorder:
        """Open the running test's cassette.

        Raises:
            pytest.fail.Exception: the file is missing or broken, or a setting is wrong.
        """
        from conftest_plugin.pytest_private import is_overridden, value_of_fixture
        from llmcassette.recorder.recorder import Recorder

        item = self.item
        assert item is not None
        has_own = is_overridden(item, CONFIG)
        configured = value_of_fixture(item, CONFIG) if has_own else {}
        return Recorder(self.activate().parts.cassettes.open_for(item, configured))

    def _opened(self, recorder: Engine) -> None:
        """A cassette has been opened, by whomever."""
        from conftest_plugin.cassettes.tracking import Opening
        from conftest_plugin.pytest_private import is_set_up

        is_wide = bool(self.wide_fixtures)
        fixture = self.wide_fixtures[-1] if is_wide else None
        owner: pytest.FixtureDef[Any] | pytest.Item | None = None
        # Another thread closes what it opens in its own time, perhaps when the test is over.
        if self.item is not None and threading.get_ident() == self._thread:
            # What is around the test (packages, custom collectors) is set up before its own set-up.
            owner = fixture or (self.item if is_wide or is_set_up(self.item) else None)
        name = "" if fixture is None else fixture.argname
        openings = self.activate().parts.openings
        self.parts.network.watch_clients()
        openings.opened(recorder, Opening(self.state, name if is_wide else None), owner)

    def charge(self, error: ReplayError, recorder: Engine | None) -> None:
        """An error is about to be raised through a client's call."""
        from conftest_plugin.verdict.failures import make_failure

        make_failure(error)
        self.activate().parts.judge.charge(error, recorder, self.state)

    def _is_of_others(self, recorder: Engine) -> bool:
        """Whether a fixture that the running test does not use opened a cassette."""
        opener = recorder.opening and recorder.opening.fixture
        return bool(opener and self.item) and opener not in getattr(self.item, "fixturenames", ())

    # The end

    def finish(self, session: pytest.Session) -> None:
        """Everything has run: judge the run, or send what a worker of pytest-xdist has counted."""
        if not self.is_active:
            return
        from conftest_plugin.pytest_private import tear_down_all

        if self.state is not None:
            self.state.over = True  # pytest reports no phase of a test that was stopped
        try:
            # pytest does this next, and would end with a traceback, and without its summary.
            tear_down_all(session)
        except* ReplayError:
            pass  # counted when it was raised
        except* CassetteError as group:
            self.parts.facts.late("", group)
        finally:
            if self._run_guard is not None:
                self._run_guard.wait_for_threads()
            self.parts.openings.finish(save_failed=self.config.option.llm_record_failed)
            self.parts.run_end.finish(self.parts.unwritten(), self.parts.verifier)
        if hasattr(self.config, "workeroutput"):
            self.config.workeroutput["llmcassette"] = self.parts.run_end.message()
        elif self.parts.run_end.conclude() and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED
        if self._run_guard is not None:
            self._run_guard.is_judged()

    def add_worker(self, message: dict[str, Any] | None) -> None:
        """Add what a worker of pytest-xdist has counted."""
        if message:
            self.activate().parts.run_end.add(message)

    def print_summary(self, terminal: pytest.TerminalReporter) -> None:
        """Print what the cassettes of the run did."""
        if self.is_active:
            self.parts.run_end.print_summary(terminal)

    def leave(self) -> None:
        """Give the process back as it was before this run, also where a test was interrupted."""
        if self.is_active:
            self.parts.network.end_guard()
        self.until_the_end.close()
        if self._run_guard is not None:
            self._run_guard.leave()
        current_run.become(self._outer)


_session = pytest.StashKey[Session]()
_running: list[Session] = []
"""The runs of this process, the innermost last: pytest may run inside a test."""


def start(config: pytest.Config) -> None:
    """Begin a run.

    Raises:
        pytest.UsageError: the command line or pyproject.toml cannot be obeyed.
    """
    session = config.stash[_session] = Session(config)
    _running.append(session)
    if options.asks_for_something(config.option):
        try:
            session.activate()
            if config.option.llm_ci:
                session.guard_run()
        except SettingsError as error:
            raise pytest.UsageError(str(error)) from error


@contextlib.contextmanager
def loading_conftests(config: pytest.Config) -> Generator[None]:
    """While the first conftests are loaded; under ``--llm-ci`` the guard begins here.

    Raises:
        pytest.UsageError: a conftest lets out that the guard refused a connection.
    """
    run_guard: RunGuard | None = None
    if config.known_args_namespace.llm_ci:
        from conftest_plugin.run import guard

        run_guard = guard.begin(config)
    try:
        yield
    except ReplayError as error:
        if run_guard is not None:
            run_guard.is_shown(error)
        raise pytest.UsageError(str(error)) from None


def session_of(config: pytest.Config) -> Session:
    """The run that a config belongs to."""
    return config.stash[_session]


def running_session() -> Session:
    """The run whose test is running."""
    return _running[-1]


def finish(config: pytest.Config) -> None:
    """End a run, where it has begun."""
    session = config.stash.get(_session, None)
    if session is not None:
        _running.remove(session)
        session.leave()
