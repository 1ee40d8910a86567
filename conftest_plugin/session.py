"""One pytest run: what it decided, the cassette of each test, and who is charged with an error."""

from __future__ import annotations

import contextlib
import shlex
import time
from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

import pytest

from conftest_plugin.chunkings import chosen
from conftest_plugin.guarding import FixtureGuard
from conftest_plugin.ledger import Ledger
from conftest_plugin.naming import (
    MARKER,
    cassette_path,
    marked_path,
    note_lookalikes,
    shown_nodeid,
)
from conftest_plugin.options import command_line_mode
from conftest_plugin.placeholders import hint_for, project_layer, renew, settings_of, withdraw
from conftest_plugin.run_end import RunEnd
from conftest_plugin.shared import SharedFiles
from conftest_plugin.state import Kept, Place, TestState, place_of
from conftest_plugin.verifying import Verifying
from llmcassette.errors import CassetteError, ReplayError, SettingsError
from llmcassette.recorder.project import Project, find_project
from llmcassette.recorder.run import Run, current_run

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence
    from pathlib import Path

    from llmcassette.recorder.recorder import Recorder
    from llmcassette.recorder.settings import Layer, Settings

__all__ = ["Session", "finish", "of", "start"]

FIXTURE = "llm_cassette"
GUARD_FIXTURE = "_llm_cassette_guard"

_session = pytest.StashKey["Session"]()
_test = pytest.StashKey[TestState]()


class Session:
    """The state of a run, kept in the config's stash.

    What only a run with cassettes needs is imported when the first one is opened: this is made at
    the start of every pytest run.
    """

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self.project: Project = find_project(config.rootpath)
        self.guard = FixtureGuard()
        self.shared = SharedFiles()
        self.ledger = Ledger(config)
        verifying = Verifying(self.ledger, update=config.option.llm_verify_update)
        self.run_end = RunEnd(config, self.ledger, self.shared, verifying, lambda: self.settings)
        self._closed = False
        self._item: pytest.Item | None = None
        self._running: TestState | None = None
        self._outer = current_run.become(
            Run(
                command_line=command_line_mode(config.option),
                replay_only=config.option.llm_ci,
                started=getattr(config, "workerinput", {}).get("llm_started", time.time()),
                watchers=[self._opened],
                listeners=[self._kept],
                goes_on=config.option.llm_drift,
                verifiers=[verifying.verified] if config.option.llm_verify else [],
                at_work=self._at_work,
            )
        )
        self._network = contextlib.ExitStack()

    @cached_property
    def settings(self) -> Settings:
        """The project's; ``placeholders.provide`` has seen to it that they can be obeyed."""
        return settings_of(self.project)

    def close_network(self) -> None:
        """In CI let nothing leave this machine from now on, if cassettes are used at all."""
        if self._closed or not (self.config.option.llm_ci or self.ledger.uses_cassettes):
            return
        is_ci = current_run.must_replay(obey_ci=self.settings.ci)
        if not is_ci or self.settings.block_network is False:
            return
        from llmcassette.clients.network import block

        self._closed = True
        self._network.enter_context(
            block(
                self._at_work,
                self.settings.allowed_hosts + self.settings.pass_hosts,
                self._blocked,
                ignore_hosts=self.settings.ignore_hosts,
            )
        )

    def open_network(self) -> None:
        """Take ``close_network`` back."""
        self._network.close()

    def _blocked(self, error: ReplayError) -> ReplayError:
        self._kept(error, None)
        return error

    def _at_work(self) -> str:
        return "none: no test is running" if self._item is None else self._item.nodeid

    def finish(self) -> None:
        """Give the process back as it was before this run."""
        self.open_network()
        current_run.become(self._outer)

    # Collection

    def look_at(self, collector: pytest.Collector, children: Sequence[Any]) -> None:
        """A module or class has been read; not all of its children need be selected."""
        note_lookalikes(children)
        with contextlib.suppress(SettingsError):  # told when the test's cassette opens
            self.shared.note(collector, children)

    def collect(self, item: pytest.Item) -> None:
        """Have a test's cassette opened before function-scoped fixtures."""
        names: list[str] | None = getattr(item, "fixturenames", None)
        uses = names is not None and (
            item.get_closest_marker(MARKER) is not None or FIXTURE in names
        )
        self.ledger.collected(item, uses_cassette=uses)
        if names is None or not uses:
            return
        self.ledger.uses_cassettes = True
        self.shared.select(item)
        # A list of its own: parametrised tests share one, and not all need be marked.
        names = [name for name in names if name != FIXTURE]
        names.insert(_first_of_function_scope(item, names), FIXTURE)
        item.fixturenames = [GUARD_FIXTURE, *names]  # type: ignore[attr-defined]

    # One test

    def begin(self, item: pytest.Item) -> None:
        """A test's set-up begins."""
        self._item = item
        self.ledger.began(item)
        self.run_end.totals.began(item.nodeid)
        self._running = item.stash[_test] = TestState(item.nodeid, str(item.path))
        if FIXTURE in getattr(item, "fixturenames", ()):
            with contextlib.suppress(SettingsError):  # told when the cassette opens
                self.guard_fixtures(item, {})

    def guard_fixtures(self, item: pytest.Item, configured: Mapping[str, object]) -> None:
        """In mode ``none``, see to it that wider-scoped fixtures do not reach a provider.

        Raises:
            SettingsError: a setting is wrong.
        """
        from llmcassette.recorder.settings import merge

        settings = merge(self._layers(item, configured))
        if current_run.mode(settings.mode, obey_ci=settings.ci) == "none":
            from llmcassette.clients import scope

            scope.forget_closed()
            self.guard.begin(item.nodeid, settings)
        else:
            self.guard.end()

    def open_for(self, item: pytest.Item, configured: Mapping[str, object]) -> Recorder:
        """Open a test's cassette and serve from it.

        Raises:
            pytest.fail.Exception: the file is missing or broken, or a setting is wrong.
        """
        from llmcassette.clients import scope
        from llmcassette.clients.opening import open_recorder
        from llmcassette.clients.use import serve
        from llmcassette.recorder.settings import merge

        state = item.stash[_test]
        problem: CassetteError
        try:
            path = cassette_path(item)
            layers = self._layers(item, configured)
            recorder = open_recorder(
                path,
                mode="rewrite" if self._is_to_be_renewed(path, merge(layers)) else None,
                layers=layers,
                remedy=self._remedy(item, path),
            )
            self._refuse_part_of_rewriting(item, recorder)
        except CassetteError as error:
            problem = error
        else:
            state.recorder = recorder
            serve(recorder)
            if recorder.mode != "none":
                withdraw(self.config)
            # unittest.IsolatedAsyncioTestCase runs in a context that it copied before set-up.
            context = getattr(getattr(item, "instance", None), "_asyncioTestContext", None)
            if context is not None:
                scope.hand_to(context)
            return recorder
        pytest.fail(f"llmcassette: {problem}", pytrace=False)

    def close_for(self, item: pytest.Item) -> None:
        """Close what ``open_for`` opened, and save what a passing test recorded.

        Raises:
            pytest.fail.Exception: it cannot be saved.
        """
        from llmcassette.clients.use import stop_serving

        state = item.stash[_test]
        recorder = state.recorder
        assert recorder is not None
        save = state.passed or self.config.option.llm_record_failed
        problem = ""
        shares = recorder.mode == "rewrite" and len(self.shared.tests_of(recorder.path)) > 1
        try:
            recorder.close(save=save and not shares)
            if save and shares:
                written = self.shared.hand_over(item.nodeid, recorder)
                if written:
                    self.run_end.totals.wrote(str(recorder.path), written)
        except CassetteError as error:
            problem = f"llmcassette: {error}"
        finally:
            stop_serving(recorder)
            renew(self.config)
        if problem:
            pytest.fail(problem, pytrace=False)
        if not save and recorder.recorded:
            self.run_end.totals.unsaved.append(shown_nodeid(item))

    @contextlib.contextmanager
    def block(self, path: Path, settings: dict[str, object]) -> Generator[Recorder]:
        """Serve from a cassette of a wider-scoped fixture."""
        from llmcassette.clients.opening import open_recorder
        from llmcassette.clients.use import serve, stop_serving
        from llmcassette.recorder.settings import Layer

        recorder = open_recorder(
            path,
            mode=None,
            layers=[project_layer(self.project), Layer("llm_cassettes", settings)],
            remedy=self._remedy(self._item, path, shared=True),
        )
        self.run_end.opened_by_fixture(recorder)
        serve(recorder)
        try:
            yield recorder
        except BaseException:
            recorder.close(save=self.config.option.llm_record_failed)
            raise
        finally:
            stop_serving(recorder)
        unfired = recorder.unfired_error()
        if unfired is not None:
            raise unfired

    def overrules(self, item: pytest.Item, raised: BaseException | None) -> ReplayError | None:
        """At the end of the call phase: what the test fails by, whatever it ended with itself."""
        state = item.stash[_test]
        state.charged = state.take(item, raised)
        if raised is None and not state.charged and state.recorder is not None:
            unfired = state.recorder.unfired_error()
            if unfired is not None:
                state.charged = [Kept(ReplayError(str(unfired), path=unfired.path), None)]
            elif not (state.failed or getattr(item, "_excinfo", None)):  # by subtests, by unittest
                state.unused = self.run_end.unused(item, state.recorder)
                state.charged = [] if state.unused is None else [Kept(state.unused, None)]
        state.ended_with = raised
        return state.charged[0].error if state.charged else None

    def judge(
        self, item: pytest.Item, call: pytest.CallInfo[None], report: pytest.TestReport
    ) -> None:
        """Fail a test whose cassette could not answer, whatever became of the error."""
        state = item.stash.get(_test, None)
        if state is None:
            return
        raised = call.excinfo.value if call.excinfo is not None else None
        if report.when != "setup" or not report.passed:
            charged, state.charged = state.charged, []
            if charged and raised is charged[0].error:
                raised = state.ended_with
            charged += state.take(item, raised)
            if not charged and isinstance(raised, ReplayError):
                # A fixture's, raised again for every test that asks for the fixture.
                charged = [Kept(raised, place_of(raised, state.file))]
            if charged:
                from conftest_plugin.verdict import fail

                fail(item, report, charged, raised)
                _, line, _ = item.reportinfo()
                here = Place(str(item.path), (line or 0) + 1)
                missed = [kept for kept in charged if kept.error is not state.unused]
                self.ledger.missed(item, charged[0].place or here, missed)
            elif report.failed and raised is not None and state.recorder is not None:
                self._hint(report, str(raised))
        self.ledger.reported(item, report)
        state.failed = state.failed or report.failed
        state.passed = report.when == "call" and report.passed and not state.failed
        state.over = report.when == "teardown"

    def end(self) -> None:
        """A test's teardown is over."""
        self._item = self._running = None
        self.guard.end()
        self.run_end.count()

    # What the library tells

    def _opened(self, recorder: Recorder) -> None:
        self.run_end.opened(recorder, self._running)

    def _kept(self, error: ReplayError, recorder: Recorder | None) -> None:
        state = self._running
        if recorder is not None and (state is None or recorder.closed):
            state = self.run_end.opener_of(recorder)
        if state is not None and not state.over:
            state.keep(error)
        else:
            self.run_end.totals.late.append([state.nodeid if state else "", str(error)])
            if state is not None:
                self.ledger.failed(state.nodeid)

    # What was said where

    def _layers(self, item: pytest.Item, configured: object) -> list[Layer]:
        from llmcassette.recorder.settings import Layer

        if not isinstance(configured, Mapping):
            raise SettingsError(
                f"the fixture llm_cassette_config must return a dict of settings, "
                f"not {configured!r}"
            )
        said = [
            chosen(item, {name: said for name, said in mark.kwargs.items() if name != "path"})
            for mark in item.iter_markers(MARKER)
        ]
        return [
            project_layer(self.project),
            Layer("the fixture llm_cassette_config", configured),
            *(Layer("the marker llm_cassette", settings) for settings in reversed(said)),
        ]

    def _remedy(self, item: pytest.Item | None, path: Path, *, shared: bool = False) -> str:
        if not path.exists():
            command = "pytest --llm-record"
        elif shared or len(self.shared.tests_of(path)) > 1:
            command = "pytest --llm-mode=new_episodes"
        else:
            command = "pytest --llm-mode=rewrite"
        return command if item is None else f"{command} {shlex.quote(shown_nodeid(item))}"

    def _is_to_be_renewed(self, path: Path, settings: Settings) -> bool:
        """Whether a cassette is too old, and to be recorded again (``stale``)."""
        if settings.stale != "record" or settings.max_age is None or not path.is_file():
            return False
        if current_run.command_line is not None or current_run.must_replay(obey_ci=settings.ci):
            return False
        if current_run.mode(settings.mode, obey_ci=settings.ci) != "none":
            return False
        from llmcassette.review.report_verdict import is_older

        return is_older(path, settings.max_age)

    def _refuse_part_of_rewriting(self, item: pytest.Item, recorder: Recorder) -> None:
        path = recorder.path
        if recorder.mode != "rewrite" or marked_path(item) is None:
            return
        missing = self.shared.missing(item, path)
        problem = ""
        if missing:
            those = "".join(f"\n  {name}" for name in missing)
            problem = f"rewriting it needs every test that names it; not selected are:{those}"
        elif len(self.shared.tests_of(path)) > 1 and hasattr(self.config, "workerinput"):
            problem = "several tests share it, and rewriting it needs all in one process: add -n 0"
        if problem:
            recorder.close(save=False)
            raise CassetteError(
                f"{problem}\nOr add to it, and leave what is there: --llm-mode=new_episodes",
                path=path,
            )

    def _hint(self, report: pytest.TestReport, message: str) -> None:
        hint = hint_for(message, self.project)
        if hint is not None:
            add = getattr(report.longrepr, "addsection", None)
            if add is None:
                report.sections.append(("llmcassette", hint))
            else:
                add("llmcassette", hint, "-")


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


def _first_of_function_scope(item: pytest.Item, names: list[str]) -> int:
    definitions: dict[str, Any] = item._fixtureinfo.name2fixturedefs  # type: ignore[attr-defined]
    for position, name in enumerate(names):
        found = definitions.get(name)
        if found and found[-1].scope == "function":
            return position
    return len(names)
