"""One pytest run: what serves it, put together, and what is noted while tests are collected."""

from __future__ import annotations

import contextlib
from functools import cached_property
from typing import TYPE_CHECKING, Any

import pytest

from conftest_plugin.cassettes.reruns import Reruns
from conftest_plugin.ledger import Ledger
from conftest_plugin.naming import note_lookalikes
from conftest_plugin.network import Network
from conftest_plugin.placeholders import settings_of
from conftest_plugin.pytest_private import fixture_definitions, is_set_up
from conftest_plugin.run_end import RunEnd
from conftest_plugin.shared import SharedFiles
from conftest_plugin.state import state_of
from conftest_plugin.verdict.fixture_guard import FixtureGuard, described
from conftest_plugin.verdict.groups import unwrap_in_fixture
from conftest_plugin.verdict.judge import Judging
from llmcassette.errors import CassetteError, SettingsError
from llmcassette.recorder.project import Project, find_project
from llmcassette.recorder.run import current_run

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping, Sequence

    from conftest_plugin.cassettes.left_open import LeftOpen
    from conftest_plugin.cassettes.opening import Cassettes
    from conftest_plugin.verifying import Verifying
    from llmcassette.recorder.engine import Engine
    from llmcassette.recorder.settings import Settings

__all__ = ["Session"]

FIXTURE = "llm_cassette"
GUARD_FIXTURE = "_llm_cassette_guard"


class Session:
    """The state of a run that uses cassettes, see ``conftest_plugin.standby``.

    Args:
        config: pytest's.
        wide_fixtures: the fixtures that outlive a test and are being set up, the innermost last;
            ``None`` where one may be torn down.

    Attributes:
        project: what pyproject.toml says.
        guard: keeps fixtures from a provider.
        shared: the cassettes that several tests name.
        ledger: the facts of the run.
        run_end: what is made of them.
        judging: the verdict of each test.
        network: closed in CI.
        reruns: lets a test that runs again play again what it played.
    """

    def __init__(
        self, config: pytest.Config, wide_fixtures: Sequence[pytest.FixtureDef[Any] | None]
    ) -> None:
        self.config = config
        self.project: Project = find_project(config.rootpath)
        self._wide_fixtures = wide_fixtures
        self._left_open: LeftOpen | None = None
        self.guard = FixtureGuard()
        self.shared = SharedFiles()
        self.ledger = Ledger(config)
        verifying = _verifying(config, self.ledger)
        self.run_end = RunEnd(config, self.ledger, self.shared, verifying, lambda: self.settings)
        self.reruns = Reruns(self.run_end.still_open)
        self.judging = Judging(
            self.ledger, self.run_end, self.project, lambda item: self.cassettes.save_for(item)
        )
        self.network = Network(config, self.ledger, lambda: self.settings, self.judging.blocked)
        if verifying is not None:
            current_run.verifiers.append(verifying.verified)

    @cached_property
    def settings(self) -> Settings:
        """The project's; ``placeholders.provide`` has seen to it that they can be obeyed."""
        return settings_of(self.project)

    @cached_property
    def cassettes(self) -> Cassettes:
        """What opens cassettes, imported with the first one."""
        from conftest_plugin.cassettes.opening import Cassettes

        return Cassettes(self.config, self.project, self.shared, self.run_end, self.judging)

    def finish_counting(self) -> bool:
        """Everything has been run, and torn down; see ``RunEnd.finish_counting``."""
        for recorder in self.run_end.still_open():
            if self.config.option.llm_record_failed or not self.run_end.is_of_failed(recorder):
                try:
                    recorder.save()
                except CassetteError as error:
                    self.run_end.totals.late.append(["", str(error)])
        return self.run_end.finish_counting()

    def finish(self) -> None:
        """The run is over, or has been interrupted."""
        self.guard.end()
        self.network.open()

    # Collection

    def look_at(
        self,
        collector: pytest.Module | pytest.Class,
        outcome: str,
        children: Sequence[Any],
        *,
        is_imported: bool,
    ) -> None:
        """A module or class has been read, or not; not all of its children need be selected.

        Args:
            collector: the module or class.
            outcome: of its reading: passed, failed or skipped.
            children: what is in it.
            is_imported: not where it was passed over by ``--lf``.
        """
        if isinstance(collector, pytest.Module):
            if outcome == "skipped":
                self.ledger.skipped(collector)
                return
            if outcome == "passed" and not is_imported:
                self.ledger.passed_over(collector)
                return
        note_lookalikes(children)
        with contextlib.suppress(SettingsError):  # told when the test's cassette opens
            self.shared.note(collector, children)
        self.ledger.looked_at(collector, children, failed=outcome == "failed")

    def collect(self, item: pytest.Item, *, uses_cassette: bool, uses_factory: bool) -> None:
        """There is such a test.

        Args:
            item: the test.
            uses_cassette: it has a cassette of its own.
            uses_factory: a fixture of it may open one.
        """
        self.ledger.collected(item, uses_factory=uses_factory)
        if uses_cassette:
            self.select(item)

    def select(self, item: pytest.Item) -> None:
        """A test has a cassette of its own; known when it is collected, or marked later.

        It is to be opened before function-scoped fixtures.
        """
        with contextlib.suppress(SettingsError):  # told when the test's cassette opens
            self.shared.select(item)
        names: list[str] = item.fixturenames  # type: ignore[attr-defined]
        if GUARD_FIXTURE in names:
            return
        self.ledger.uses_cassettes = True
        self.ledger.has_cassette(item)
        # A list of its own: parametrised tests share one, and not all need be marked.
        names = [name for name in names if name != FIXTURE]
        names.insert(_first_of_function_scope(item, names), FIXTURE)
        item.fixturenames = [GUARD_FIXTURE, *names]  # type: ignore[attr-defined]

    def deselect(self, items: Sequence[pytest.Item], left_out: set[str]) -> None:
        """These tests are not to run after all; some, by their ids, the project leaves out."""
        self.shared.deselect(items)
        self.ledger.deselected(items, left_out)

    def begin(self, item: pytest.Item) -> None:
        """A test's set-up begins."""
        self.run_end.began(item)
        self.reruns.begin(item)
        self.judging.begin(item)
        if FIXTURE in getattr(item, "fixturenames", ()):
            with contextlib.suppress(SettingsError):  # told when the cassette opens
                self.guard_fixtures(item, {})

    def guard_fixtures(self, item: pytest.Item, configured: Mapping[str, object]) -> None:
        """In mode ``none``, see to it that wider-scoped fixtures do not reach a provider.

        Raises:
            SettingsError: a setting is wrong.
        """
        from conftest_plugin.cassettes.settings import layers_of
        from llmcassette.recorder.settings import merge

        settings = merge(layers_of(item, configured, self.project))
        if current_run.mode(settings.mode, obey_ci=settings.ci) == "none":
            from llmcassette.clients import scope

            scope.forget_closed()
            self.guard.begin(item.nodeid, settings)
        else:
            self.guard.end()

    @contextlib.contextmanager
    def setting_up(
        self, fixture: pytest.FixtureDef[Any], request: pytest.FixtureRequest
    ) -> Generator[None]:
        """While a fixture is set up."""
        __tracebackhide__ = True
        with self.guard.setting_up(fixture), unwrap_in_fixture(fixture, request):
            yield

    @contextlib.contextmanager
    def tearing_down(self) -> Generator[None]:
        """While a test, and perhaps what is around it, is torn down."""
        __tracebackhide__ = True
        with self.guard.at_work("a fixture", "teardown"):
            yield

    def close_left_open(self, item: pytest.Item, *, complain: bool) -> None:
        """Close what a test that has been torn down left open.

        Args:
            item: the test.
            complain: whether to warn, if it has passed.

        Raises:
            CassetteError: in CI, instead of a warning; or something cannot be saved.
        """
        if self._left_open is None:
            return
        state = state_of(item)
        save = state.passed or self.config.option.llm_record_failed
        left = self._left_open.close(item, save=save)
        if not save and any(recorder.recorded for recorder in left):
            self.run_end.not_saved(item)
        if complain and state.passed:
            self._left_open.complain(
                left,
                "the test",
                "open it in a `with` block; for several tests, in a fixture of a wider scope",
            )

    def close_left_open_by_fixture(self, fixture: pytest.FixtureDef[Any]) -> None:
        """Close what a fixture of a wider scope that has been torn down left open.

        Raises:
            CassetteError: in CI, instead of a warning; or something cannot be saved.
        """
        if self._left_open is not None:
            left = self._left_open.close(fixture, save=True)
            who, _ = described(fixture, "set-up")
            self._left_open.complain(left, who, "open it in a `with` block around the `yield`")

    def end(self) -> None:
        """A test's teardown is over."""
        self.judging.end()
        self.guard.end()

    def opened(self, recorder: Engine, *, by_thread: bool) -> None:
        """A cassette has been opened, by whomever; perhaps by a thread beside the tests."""
        self.ledger.uses_cassettes = True
        item = self.judging.item
        self.run_end.opened(recorder, self.judging.running)
        fixture = self._wide_fixtures[-1] if self._wide_fixtures else None
        if self._wide_fixtures:
            name = "" if fixture is None else fixture.argname
            self.run_end.opened_by_fixture(recorder, name)
            if item is not None:
                self.ledger.opened(recorder, item, name)
        if by_thread or item is None:
            return
        # What is around the test (packages, custom collectors) is set up before its own set-up.
        owner = fixture or (item if is_set_up(item) or self._wide_fixtures else None)
        if owner is not None:
            if self._left_open is None:
                from conftest_plugin.cassettes.left_open import LeftOpen

                self._left_open = LeftOpen(
                    lambda: current_run.must_replay(obey_ci=self.settings.ci)
                )
            self._left_open.opened(recorder, owner)

    def is_of_others(self, recorder: Engine, item: pytest.Item | None) -> bool:
        """Whether a fixture opened a cassette that is none of the running test's."""
        opener = self.run_end.fixture_of(recorder)
        return bool(opener and item) and opener not in getattr(item, "fixturenames", ())


def _verifying(config: pytest.Config, ledger: Ledger) -> Verifying | None:
    """What compares answers with live ones, where that was asked for."""
    if not config.option.llm_verify:
        return None
    from conftest_plugin.verifying import Verifying

    return Verifying(ledger, update=config.option.llm_verify_update)


def _first_of_function_scope(item: pytest.Item, names: list[str]) -> int:
    definitions = fixture_definitions(item)
    for position, name in enumerate(names):
        found = definitions.get(name)
        if found and found[-1].scope == "function":
            return position
    return len(names)
