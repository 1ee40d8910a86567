"""Opening and closing the cassettes of tests, and those that ``llm_cassettes`` opens.

Imported with the first one that is opened.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import pytest

from conftest_plugin.paths import cassette_path, marked_path, name_cassettes_of_test
from conftest_plugin.placeholders import renew, withdraw
from conftest_plugin.pytest_private import run_in_anyio_runner
from conftest_plugin.settings import is_to_be_renewed, remedy
from conftest_plugin.verdict.judge import state_of
from llmcassette.clients import scope
from llmcassette.clients.serving import ServedBlock, serve, stop_serving
from llmcassette.errors import CassetteError
from llmcassette.recorder.opening import open_cassette

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from conftest_plugin.cassettes.shared_files import SharedFiles
    from conftest_plugin.cassettes.tracking import Openings
    from conftest_plugin.phases import Notes
    from conftest_plugin.settings import ProjectSettings
    from conftest_plugin.verdict.judge import TestState
    from llmcassette.recorder.engine import Engine

__all__ = ["Cassettes"]


class Cassettes:
    """Opens and closes cassettes.

    Args:
        notes: of the run.
        project: the settings in pyproject.toml.
        openings: the cassettes that have been opened.
        shared: gives those that several tests name; only recording and messages need them.
    """

    def __init__(
        self,
        notes: Notes,
        project: ProjectSettings,
        openings: Openings,
        shared: Callable[[], SharedFiles],
    ) -> None:
        self.notes = notes
        self.config = notes.config
        self.project = project
        self.openings = openings
        self._shared = shared

    def open_for(self, item: pytest.Item, configured: object) -> Engine:
        """Open a test's cassette and serve from it, until what is set up after it is torn down.

        Raises:
            pytest.fail.Exception: the file is missing or broken, or a setting is wrong.
        """
        state = state_of(item)
        assert state is not None
        problem: CassetteError
        try:
            settings = self.project.of_test(item, configured)
            if settings is not self.project.alone:
                name_cassettes_of_test(item, settings.cassette_dir, settings.cassette_name)
            path = cassette_path(item)
            recorder = open_cassette(
                path,
                mode="rewrite" if is_to_be_renewed(path, settings) else None,
                settings=settings,
                remedy=lambda: remedy(item, path, shared=self._is_shared(path)),
                may_be_absent=True,
            )
            self._refuse_outside(recorder, item.path, by_name=True)
            self._refuse_part_of_rewriting(item, recorder)
        except CassetteError as error:
            problem = state.cassette_error = error
        else:
            state.recorder = recorder
            item.addfinalizer(functools.partial(self._close_for, item, state, recorder))
            serve(recorder)
            if recorder.mode != "none":
                withdraw(self.config)
            # unittest.IsolatedAsyncioTestCase runs in a context that it copied before set-up.
            context = getattr(getattr(item, "instance", None), "_asyncioTestContext", None)
            if context is not None:
                scope.hand_to(context)
            run_in_anyio_runner(functools.partial(scope.adopt, recorder))
            return recorder
        pytest.fail(f"llmcassette: {problem}", pytrace=False)

    def _close_for(self, item: pytest.Item, state: TestState, recorder: Engine) -> None:
        """Close what ``open_for`` opened, and save what a passing test recorded.

        Raises:
            pytest.fail.Exception: it cannot be saved.
        """
        save = (state.passed or self.config.option.llm_record_failed) and not state.refused
        problem = ""
        is_handed_over = self._is_handed_over(recorder)
        try:
            recorder.close(save=save and not is_handed_over)
            if save and is_handed_over:
                self._hand_over(item, recorder)
        except CassetteError as error:
            state.cassette_error = error
            problem = f"llmcassette: {error}"
        finally:
            stop_serving(recorder)
            if recorder.mode != "none":
                renew(self.config)
            run_in_anyio_runner(scope.forget_closed)
        if problem:
            pytest.fail(problem, pytrace=False)
        if recorder.mode in {"none", "live"}:
            return
        if not (save or state.refused) and recorder.recorded:
            self.openings.not_saved(item.nodeid)
        if state.passed and not recorder.recorded:
            facts = self.openings.facts
            facts.record.idle[item.nodeid] = facts.relative(recorder.path)

    def save_for(self, item: pytest.Item) -> CassetteError | None:
        """Save what a test that has passed so far recorded, so that it fails where that is refused.

        What fixtures still send in their teardown is saved on closing.

        Returns:
            Why it cannot be saved; then closing saves nothing either.
        """
        state = state_of(item)
        assert state is not None
        recorder = state.recorder
        if recorder is None:
            return None
        try:
            if self._is_handed_over(recorder):
                self._hand_over(item, recorder)
            else:
                recorder.save()
        except CassetteError as error:
            state.refused = True
            return error
        return None

    def block(self, path: Path, settings: Mapping[str, object]) -> FactoryBlock:
        """The ``with`` block of a cassette that ``llm_cassettes`` opens."""
        return FactoryBlock(self, path, settings)

    def remedy(self, path: Path) -> str:
        """The command that records a cassette that no marker names, for messages."""
        return remedy(self.notes.item, path, shared=True)

    def _hand_over(self, item: pytest.Item, recorder: Engine) -> None:
        written = self._shared().hand_over(item.nodeid, recorder)
        if written:
            self.openings.facts.cassette(recorder.path).written += written

    def _is_handed_over(self, recorder: Engine) -> bool:
        """Whether a file is written when all tests that name it have passed."""
        return recorder.mode == "rewrite" and self._is_shared(recorder.path)

    def _is_shared(self, path: Path) -> bool:
        return len(self._shared().tests_of(path)) > 1

    def refuse_outside(self, recorder: Engine) -> None:
        """Refuse to write through a link that leads out of the project.

        Raises:
            CassetteError: the cassette would be; it is closed.
        """
        self._refuse_outside(recorder, recorder.path, by_name=False)

    def _refuse_outside(self, recorder: Engine, start: Path, *, by_name: bool) -> None:
        is_written = recorder.contents.records or self.config.option.llm_verify_update
        if not is_written or recorder.settings.outside:
            return
        from llmcassette.recorder.home import project_folder, refuse_outside  # to record only

        try:
            home = project_folder(start, self.config.rootpath)
            refuse_outside(recorder.path, home, by_name=by_name)
        except CassetteError:
            recorder.close(save=False)
            raise

    def _refuse_part_of_rewriting(self, item: pytest.Item, recorder: Engine) -> None:
        path = recorder.path
        if recorder.mode != "rewrite" or marked_path(item) is None:
            return
        missing = self._shared().missing(item, path)
        problem = ""
        if missing:
            those = "".join(f"\n  {name}" for name in missing)
            problem = f"rewriting it needs every test that names it; not selected are:{those}"
        elif self._is_shared(path) and hasattr(self.config, "workerinput"):
            problem = "several tests share it, and rewriting it needs all in one process: add -n 0"
        if problem:
            recorder.close(save=False)
            raise CassetteError(
                f"{problem}\nOr add to it, and leave what is there: --llm-mode=new_episodes",
                path=path,
            )


class FactoryBlock(ServedBlock):
    """A ``with`` block that saves what was recorded, unless it or the test has failed."""

    def __init__(self, opener: Cassettes, path: Path, settings: Mapping[str, object]) -> None:
        super().__init__()
        self._opener = opener
        self._path = path
        self._settings = settings

    def _open(self) -> Engine:
        recorder = open_cassette(
            self._path,
            mode=None,
            settings=self._opener.project.of_block(self._settings),
            # Names the test that sends the request, not the one that opened the cassette.
            remedy=lambda: self._opener.remedy(self._path),
        )
        self._opener.refuse_outside(recorder)
        recorder.opening.is_by_factory = True
        return recorder

    def _copy(self) -> FactoryBlock:
        return FactoryBlock(self._opener, self._path, self._settings)

    def _end(self, recorder: Engine, *, failed: bool) -> None:
        openings = self._opener.openings
        passed = not (failed or recorder.opening.has_failed)
        saves = passed or self._opener.config.option.llm_record_failed
        stop_serving(recorder, save=saves)
        test = self._opener.notes.item
        if test is not None and not (saves or failed) and recorder.recorded:
            openings.not_saved(test.nodeid)
