"""What is kept at the start of every pytest run, until something uses a cassette.

Nobody pays for what he does not use: what serves a run with cassettes, ``conftest_plugin.session``,
is imported and made when the first test with one is collected, or when one is opened. What it has
missed until then it is told.
"""

from __future__ import annotations

import contextlib
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest

from conftest_plugin.options import MARKER, asks_for_something, command_line_mode
from llmcassette.errors import SettingsError
from llmcassette.recorder.run import Run, current_run

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable
    from pathlib import Path

    from conftest_plugin.session import Session
    from llmcassette.errors import ReplayError
    from llmcassette.recorder.engine import Engine
    from llmcassette.review.report.facts import Outcome

__all__ = ["Standby", "finish", "of", "outcome_after", "start"]


class Standby:
    """One pytest run, kept in the config's stash.

    Attributes:
        session: what serves a run that uses cassettes; ``None`` as long as none is used.
        item: the test that is running.
        wide_fixtures: the fixtures that outlive a test and are being set up, the innermost last;
            ``None`` where one may be torn down.
    """

    def __init__(self, config: pytest.Config) -> None:
        self.session: Session | None = None
        self.item: pytest.Item | None = None
        self.wide_fixtures: list[pytest.FixtureDef[Any] | None] = []
        self._config = config
        self._lock = threading.Lock()
        self._thread = threading.get_ident()
        self._missed: list[Callable[[Session], None]] = []
        self._without: list[pytest.Item] = []  # which there may be many of
        self._outcomes: dict[str, Outcome] = {}
        run = Run(
            command_line=command_line_mode(config.option),
            replay_only=config.option.llm_ci,
            started=getattr(config, "workerinput", {}).get("llm_started", time.time()),
            goes_on=config.option.llm_drift,
        )
        run.watchers.append(self._opened)
        run.listeners.append(self._kept)
        run.at_work = self._at_work
        run.remedy = self._remedy
        run.is_of_others = self._is_of_others
        self._outer = current_run.become(run)

    def wake(self) -> Session:
        """What serves a run that uses cassettes, made if need be.

        Raises:
            SettingsError: pyproject.toml cannot be obeyed.
        """
        with self._lock:  # threads of one test may open the first cassettes
            if self.session is None:
                self.session = self._made()
        return self.session

    def _made(self) -> Session:
        from conftest_plugin.session import Session

        session = Session(self._config, self.wide_fixtures)
        for item in self._without:
            session.collect(item, uses_cassette=False, uses_factory=False)
        for tell in self._missed:
            tell(session)
        self._missed.clear()
        self._without.clear()
        if self.item is not None:
            session.begin(self.item)
            state = session.judging.running
            assert state is not None
            outcome = self._outcomes[self.item.nodeid]
            state.passed, state.failed = outcome == "passed", outcome == "failed"
        session.ledger.went_by(self._outcomes)
        return session

    def tell(self, call: Callable[[Session], None]) -> None:
        """Have the session note something, now or when there is one."""
        if self.session is None:
            self._missed.append(call)
        else:
            call(self.session)

    def collect(self, item: pytest.Item) -> None:
        """A test has been collected, and may use a cassette."""
        names = getattr(item, "fixturenames", ())
        uses = _has_cassette(item)
        uses_factory = "llm_cassettes" in names
        if uses or uses_factory or self.session is not None:
            self.wake().collect(item, uses_cassette=uses, uses_factory=uses_factory)
        else:
            self._without.append(item)

    def look_again(self, items: Iterable[pytest.Item]) -> None:
        """These tests are to run, and other plugins have marked them by now."""
        for item in items:
            if _has_cassette(item):
                self.wake().select(item)

    def finish(self) -> None:
        """Give the process back as it was before this run, also where a test was interrupted."""
        if self.session is not None:
            self.session.finish()
        current_run.become(self._outer)

    # A test

    def begin(self, item: pytest.Item) -> None:
        """Its set-up begins."""
        self.item = item
        if self.session is None:
            self._outcomes[item.nodeid] = "not run"
        else:
            self.session.begin(item)

    def running(self, item: pytest.Item) -> contextlib.AbstractContextManager[None]:
        """While its call phase runs."""
        if self.session is None or "anyio_backend" not in getattr(item, "fixturenames", ()):
            return contextlib.nullcontext()
        from conftest_plugin.verdict.groups import unwrap_in_test

        return unwrap_in_test(item)

    def overrules(self, item: pytest.Item, raised: BaseException | None) -> BaseException | None:
        """At the end of its call phase: what it fails by, whatever it ended with itself."""
        return raised if self.session is None else self.session.judging.overrules(item, raised)

    @contextlib.contextmanager
    def tearing_down(self, item: pytest.Item) -> Generator[None]:
        """While it, and perhaps what is around it, is torn down."""
        __tracebackhide__ = True
        self.wide_fixtures.append(None)
        is_torn_down = False
        try:
            if self.session is not None:
                with self.session.tearing_down():
                    yield
            else:
                yield
            is_torn_down = True
        finally:
            self.wide_fixtures.pop()
            if self.session is not None:
                self.session.close_left_open(item, complain=is_torn_down)

    def reported(
        self, item: pytest.Item, call: pytest.CallInfo[None], report: pytest.TestReport
    ) -> None:
        """A phase of it is over."""
        if self.session is None:
            before = self._outcomes.get(item.nodeid, "not run")
            self._outcomes[item.nodeid] = outcome_after(before, report)
        else:
            self.session.judging.judge(item, call, report)

    def end(self) -> None:
        """Its teardown is over."""
        self.item = None
        if self.session is not None:
            self.session.end()

    # Cassettes

    def _at_work(self) -> str:
        return "none: no test is running" if self.item is None else self.item.nodeid

    def _remedy(self, path: Path) -> str:
        return self.wake().cassettes.remedy(path)

    def _opened(self, recorder: Engine) -> None:
        # Another thread closes what it opens in its own time, perhaps when the test is over.
        self.wake().opened(recorder, by_thread=threading.get_ident() != self._thread)

    def _kept(self, error: ReplayError, recorder: Engine | None) -> None:
        from conftest_plugin.verdict.errors import make_failure

        make_failure(error)
        self.wake().judging.kept(error, recorder)

    def _is_of_others(self, recorder: Engine) -> bool:
        return self.wake().is_of_others(recorder, self.item)


def _has_cassette(item: pytest.Item) -> bool:
    names = getattr(item, "fixturenames", None)
    if names is None:
        return False
    return item.get_closest_marker(MARKER) is not None or "llm_cassette" in names


def outcome_after(before: Outcome, report: pytest.TestReport) -> Outcome:
    """What has become of a test, now that a phase of it is over."""
    if report.failed:
        return "failed"
    if report.skipped:
        return "skipped"
    if report.when == "call" and before != "failed":  # by a subtest
        return "passed"
    return before


_standby = pytest.StashKey[Standby]()


def start(config: pytest.Config) -> None:
    """Begin a run.

    Raises:
        pytest.UsageError: the command line or pyproject.toml cannot be obeyed.
    """
    config.stash[_standby] = held = Standby(config)
    if asks_for_something(config.option):
        try:
            held.wake()
        except SettingsError as error:
            raise pytest.UsageError(str(error)) from error


def of(config: pytest.Config) -> Standby:
    """The run that a config belongs to."""
    return config.stash[_standby]


def finish(config: pytest.Config) -> None:
    """End a run, where it has begun."""
    held = config.stash.get(_standby, None)
    if held is not None:
        held.finish()
