"""One pytest run: what it decided, the cassette of each test, and who may reach a provider when."""

from __future__ import annotations

import contextlib
import shlex
from collections import defaultdict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import pytest

from conftest_plugin import verdict
from conftest_plugin.naming import cassette_path, shown_nodeid
from conftest_plugin.options import command_line_mode
from llmcassette.errors import CassetteError, SettingsError
from llmcassette.recorder.project import Project, find_project
from llmcassette.recorder.run import current_run
from llmcassette.recorder.settings import Layer, merge

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

    from llmcassette.recorder.modes import Mode
    from llmcassette.recorder.recorder import Recorder
    from llmcassette.recorder.settings import Settings

__all__ = ["Session", "finish", "of", "start"]

MARKER = "llm_cassette"
FIXTURE = "llm_cassette"

_session = pytest.StashKey["Session"]()
_test = pytest.StashKey["TestState"]()


@dataclass(slots=True)
class TestState:
    """What is known of one test while it runs.

    Attributes:
        path: its cassette's file, if it has one.
        recorders: the cassettes opened while it ran, whoever opened them.
        judged: how many errors of each recorder a report has told already.
    """

    __test__ = False

    path: Path | None
    recorders: list[Recorder] = field(default_factory=list)
    judged: int = 0


class Session:
    """The state of a run, kept in the config's stash."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self.project: Project = find_project(config.rootpath)
        self.tests_of: dict[Path, list[str]] = defaultdict(list)
        self._running: pytest.Item | None = None
        self._guarded: Settings | None = None
        merge([self._project_layer()])
        self._outer = replace(current_run)
        current_run.command_line = command_line_mode(config.option)
        current_run.replay_only = config.option.llm_ci
        current_run.watchers = [self._opened]

    def finish(self) -> None:
        """Give the process back as it was before this run."""
        current_run.command_line = self._outer.command_line
        current_run.replay_only = self._outer.replay_only
        current_run.watchers = self._outer.watchers

    # Collection

    def collect(self, item: pytest.Item) -> None:
        """Note a test's cassette, and have it opened before function-scoped fixtures."""
        names: list[str] | None = getattr(item, "fixturenames", None)
        if names is None:
            return
        if item.get_closest_marker(MARKER) is None and FIXTURE not in names:
            return
        item.stash[_test] = TestState(path=cassette_path(item, self._marked_path(item)))
        self.tests_of[_key(item)].append(item.nodeid)
        if FIXTURE in names:
            names.remove(FIXTURE)
        names.insert(_first_of_function_scope(item, names), FIXTURE)

    # One test

    def begin(self, item: pytest.Item) -> None:
        """A test's set-up begins."""
        self._running = item
        if _test not in item.stash:
            return
        settings = self._settings_of(item)
        if settings is not None and self._mode(settings) == "none":
            from llmcassette.clients import patching, scope

            scope.forget_closed()
            patching.install()
            self._guarded = settings

    def end(self) -> None:
        """A test's teardown is over."""
        self._running = None
        if self._guarded is not None:
            from llmcassette.clients import patching

            patching.uninstall()
            self._guarded = None

    @contextlib.contextmanager
    def fixture_at_work(self, fixture: str, phase: str) -> Generator[None]:
        """While a marked test's fixture works, traffic outside a cassette is an error."""
        if self._guarded is None or self._running is None:
            yield
            return
        from llmcassette.clients import scope

        reason = (
            f"{fixture} sent a request while no cassette was open, in the {phase} of "
            f"{self._running.nodeid}.\n"
            "Give it a cassette of its own with the fixture `llm_cassettes`:\n"
            '    with llm_cassettes("index.yaml"): ...\n'
            "or name the host in pass_hosts, if it is to be reached."
        )
        with scope.guarded(scope.Guard(reason, self._guarded)):
            yield

    def open_for(self, item: pytest.Item, configured: dict[str, object]) -> Recorder:
        """Open a test's cassette and serve from it.

        Raises:
            pytest.fail.Exception: the file is missing or broken, or a setting is wrong.
        """
        from llmcassette.clients.opening import open_recorder
        from llmcassette.clients.use import serve

        state = item.stash[_test]
        assert state.path is not None
        try:
            recorder = open_recorder(
                state.path,
                mode=None,
                layers=[
                    self._project_layer(),
                    Layer("the fixture llm_cassette_config", configured),
                    *self._marker_layers(item),
                ],
                remedy=self._remedy(item, state.path),
            )
        except CassetteError as error:
            pytest.fail(f"llmcassette: {error}", pytrace=False)
        serve(recorder)
        return recorder

    def close_for(self, item: pytest.Item) -> None:
        """Close what ``open_for`` opened."""
        from llmcassette.clients.use import stop_serving

        path = item.stash[_test].path
        for recorder in item.stash[_test].recorders:
            if recorder.path == path and not recorder.closed:
                stop_serving(recorder)

    @contextlib.contextmanager
    def block(self, path: Path, settings: dict[str, object]) -> Generator[Recorder]:
        """Serve from a cassette of a wider-scoped fixture."""
        from llmcassette.clients.opening import open_recorder
        from llmcassette.clients.use import serve, stop_serving

        recorder = open_recorder(
            path,
            mode=None,
            layers=[self._project_layer(), Layer("llm_cassettes", settings)],
            remedy=self._remedy(self._running, path),
        )
        serve(recorder)
        try:
            yield recorder
        finally:
            stop_serving(recorder)

    def judge(
        self, item: pytest.Item, call: pytest.CallInfo[None], report: pytest.TestReport
    ) -> pytest.TestReport:
        """Fail a test whose cassette could not answer, whatever became of the error."""
        state = item.stash.get(_test, None)
        if state is not None:
            state.judged = verdict.judge(item, call, report, state.recorders, state.judged)
        return report

    # What was said where

    def _opened(self, recorder: Recorder) -> None:
        if self._running is not None:
            state = self._running.stash.setdefault(_test, TestState(path=None))
            state.recorders.append(recorder)

    def _project_layer(self) -> Layer:
        return Layer(str(self.project.path or "pyproject.toml"), self.project.table)

    def _marker_layers(self, item: pytest.Item) -> list[Layer]:
        marks = list(item.iter_markers(MARKER))
        return [Layer("the marker llm_cassette", mark.kwargs) for mark in reversed(marks)]

    def _marked_path(self, item: pytest.Item) -> str | None:
        for mark in item.iter_markers(MARKER):
            if mark.args:
                return str(mark.args[0])
        return None

    def _settings_of(self, item: pytest.Item) -> Settings | None:
        try:
            return merge([self._project_layer(), *self._marker_layers(item)])
        except SettingsError:
            return None  # told when the cassette opens

    def _mode(self, settings: Settings) -> Mode:
        return current_run.mode(settings.mode, obey_ci=settings.ci)

    def _remedy(self, item: pytest.Item | None, path: Path) -> str:
        if item is None:
            return "pytest --llm-mode=rewrite"
        if not path.exists():
            mode = "--llm-record"
        elif len(self.tests_of.get(path, ())) > 1:
            mode = "--llm-mode=new_episodes"
        else:
            mode = "--llm-mode=rewrite"
        return f"pytest {mode} {shlex.quote(shown_nodeid(item))}"


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


def _key(item: pytest.Item) -> Path:
    path = item.stash[_test].path
    assert path is not None
    return path


def _first_of_function_scope(item: pytest.Item, names: list[str]) -> int:
    definitions: dict[str, Any] = item._fixtureinfo.name2fixturedefs  # type: ignore[attr-defined]
    for position, name in enumerate(names):
        found = definitions.get(name)
        if found and found[-1].scope == "function":
            return position
    return len(names)
