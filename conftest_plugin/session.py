"""One pytest run: what serves it, put together, and what is noted while tests are collected."""

from __future__ import annotations

import contextlib
import time
from functools import cached_property
from typing import TYPE_CHECKING, Any

import pytest

from conftest_plugin.guarding import FixtureGuard
from conftest_plugin.judging import Judging
from conftest_plugin.ledger import Ledger
from conftest_plugin.naming import MARKER, note_lookalikes
from conftest_plugin.network import Network
from conftest_plugin.options import command_line_mode
from conftest_plugin.placeholders import settings_of
from conftest_plugin.run_end import RunEnd
from conftest_plugin.shared import SharedFiles
from llmcassette.errors import SettingsError
from llmcassette.recorder.project import Project, find_project
from llmcassette.recorder.run import Run, current_run

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping, Sequence

    from conftest_plugin.cassettes import Cassettes
    from conftest_plugin.verifying import Verifying
    from llmcassette.recorder.recorder import Recorder
    from llmcassette.recorder.settings import Settings

__all__ = ["Session", "finish", "of", "start"]

FIXTURE = "llm_cassette"
FACTORY = "llm_cassettes"
GUARD_FIXTURE = "_llm_cassette_guard"

_session = pytest.StashKey["Session"]()


class Session:
    """The state of a run, kept in the config's stash.

    What only a run with cassettes needs is imported when the first one is opened: this is made at
    the start of every pytest run.

    Attributes:
        project: what pyproject.toml says.
        guard: keeps fixtures from a provider.
        shared: the cassettes that several tests name.
        ledger: the facts of the run.
        run_end: what is made of them.
        judging: the verdict of each test.
        network: closed in CI.
        wide_fixtures: the fixtures that outlive a test and are being set up, the innermost last;
            an empty name where one may be torn down.
    """

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self.project: Project = find_project(config.rootpath)
        self.wide_fixtures: list[str] = []
        self.guard = FixtureGuard()
        self.shared = SharedFiles()
        self.ledger = Ledger(config)
        verifying = _verifying(config, self.ledger)
        self.run_end = RunEnd(config, self.ledger, self.shared, verifying, lambda: self.settings)
        self.judging = Judging(
            self.ledger, self.run_end, self.project, lambda item: self.cassettes.save_for(item)
        )
        self.network = Network(config, self.ledger, lambda: self.settings, self.judging.blocked)
        self._outer = current_run.become(
            Run(
                command_line=command_line_mode(config.option),
                replay_only=config.option.llm_ci,
                started=getattr(config, "workerinput", {}).get("llm_started", time.time()),
                watchers=[self._opened],
                listeners=[self.judging.kept],
                goes_on=config.option.llm_drift,
                verifiers=[] if verifying is None else [verifying.verified],
                at_work=self.judging.at_work,
                is_of_others=self._is_of_others,
            )
        )

    @cached_property
    def settings(self) -> Settings:
        """The project's; ``placeholders.provide`` has seen to it that they can be obeyed."""
        return settings_of(self.project)

    @cached_property
    def cassettes(self) -> Cassettes:
        """What opens cassettes, imported with the first one."""
        from conftest_plugin.cassettes import Cassettes

        return Cassettes(self.config, self.project, self.shared, self.run_end, self.judging)

    def finish(self) -> None:
        """Give the process back as it was before this run, also where a test was interrupted."""
        self.guard.end()
        self.network.open()
        current_run.become(self._outer)

    # Collection

    def look_at(self, collector: pytest.Collector, report: pytest.CollectReport) -> None:
        """A module or class has been read, or not; not all of its children need be selected."""
        if isinstance(collector, pytest.Module):
            if report.skipped:
                self.ledger.skipped(collector)
                return
            if report.passed and getattr(collector, "_obj", None) is None:  # by --lf
                self.ledger.passed_over(collector)
                return
        children: Sequence[Any] = report.result or ()
        note_lookalikes(children)
        with contextlib.suppress(SettingsError):  # told when the test's cassette opens
            self.shared.note(collector, children)
        self.ledger.looked_at(collector, children, failed=report.failed)

    def collect(self, item: pytest.Item) -> None:
        """Have a test's cassette opened before function-scoped fixtures."""
        names: list[str] | None = getattr(item, "fixturenames", None)
        uses = names is not None and (
            item.get_closest_marker(MARKER) is not None or FIXTURE in names
        )
        uses_factory = names is not None and FACTORY in names
        self.ledger.collected(item, uses_cassette=uses, uses_factory=uses_factory)
        if names is None or not uses:
            return
        self.ledger.uses_cassettes = True
        self.shared.select(item)
        # A list of its own: parametrised tests share one, and not all need be marked.
        names = [name for name in names if name != FIXTURE]
        names.insert(_first_of_function_scope(item, names), FIXTURE)
        item.fixturenames = [GUARD_FIXTURE, *names]  # type: ignore[attr-defined]

    def begin(self, item: pytest.Item) -> None:
        """A test's set-up begins."""
        self.run_end.began(item)
        self.judging.begin(item)
        if FIXTURE in getattr(item, "fixturenames", ()):
            with contextlib.suppress(SettingsError):  # told when the cassette opens
                self.guard_fixtures(item, {})

    def guard_fixtures(self, item: pytest.Item, configured: Mapping[str, object]) -> None:
        """In mode ``none``, see to it that wider-scoped fixtures do not reach a provider.

        Raises:
            SettingsError: a setting is wrong.
        """
        from conftest_plugin.said import layers_of
        from llmcassette.recorder.settings import merge

        settings = merge(layers_of(item, configured, self.project))
        if current_run.mode(settings.mode, obey_ci=settings.ci) == "none":
            from llmcassette.clients import scope

            scope.forget_closed()
            self.guard.begin(item.nodeid, settings)
        else:
            self.guard.end()

    def running(self, item: pytest.Item) -> contextlib.AbstractContextManager[None]:
        """While the call phase of a test runs."""
        if not self.ledger.uses_cassettes:
            return contextlib.nullcontext()
        from conftest_plugin.anyio_runner import outlived

        return outlived(item)

    @contextlib.contextmanager
    def tearing_down(self, item: pytest.Item) -> Generator[None]:
        """While a test, and perhaps what is around it, is torn down."""
        __tracebackhide__ = True
        self.wide_fixtures.append("")
        try:
            if not self.ledger.uses_cassettes:
                yield
                return
            from conftest_plugin.teardown import contained

            with contained(item):
                yield
        finally:
            self.wide_fixtures.pop()

    def end(self) -> None:
        """A test's teardown is over."""
        self.judging.end()
        self.guard.end()

    def _opened(self, recorder: Recorder) -> None:
        self.ledger.uses_cassettes = True
        self.run_end.opened(recorder, self.judging.running)
        if self.wide_fixtures:
            self.run_end.opened_by_fixture(recorder, self.wide_fixtures[-1])

    def _is_of_others(self, recorder: Recorder) -> bool:
        opener = self.run_end.fixture_of(recorder)
        item = self.judging.item
        return bool(opener and item) and opener not in getattr(item, "fixturenames", ())


def start(config: pytest.Config) -> None:
    """Begin a run.

    Raises:
        pytest.UsageError: the command line or pyproject.toml cannot be obeyed.
    """
    config.addinivalue_line(
        "markers",
        "llm_cassette(path=None, **settings): answer the test's LLM requests from a cassette; the "
        "path is relative to cassettes/ beside the test file, and made from the test's name if "
        "none is given.",
    )
    try:
        config.stash[_session] = Session(config)
    except SettingsError as error:
        raise pytest.UsageError(str(error)) from error


def of(config: pytest.Config) -> Session:
    """The run that a config belongs to."""
    return config.stash[_session]


def finish(config: pytest.Config) -> None:
    """End a run."""
    held = config.stash.get(_session, None)
    if held is not None:
        held.finish()


def _verifying(config: pytest.Config, ledger: Ledger) -> Verifying | None:
    """What compares answers with live ones, where that was asked for."""
    if not config.option.llm_verify:
        return None
    from conftest_plugin.verifying import Verifying

    return Verifying(ledger, update=config.option.llm_verify_update)


def _first_of_function_scope(item: pytest.Item, names: list[str]) -> int:
    definitions: dict[str, Any] = item._fixtureinfo.name2fixturedefs  # type: ignore[attr-defined]
    for position, name in enumerate(names):
        found = definitions.get(name)
        if found and found[-1].scope == "function":
            return position
    return len(names)
