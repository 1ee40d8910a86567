"""The cassettes of a run, while they are open: those of tests, and those of wider fixtures.

Imported with the first one that is opened.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from conftest_plugin.cassettes import anyio_runner
from conftest_plugin.cassettes.factory import FactoryBlock
from conftest_plugin.cassettes.settings import is_to_be_renewed, layers_of, remedy
from conftest_plugin.naming import cassette_path, marked_path, shown_nodeid
from conftest_plugin.placeholders import renew, withdraw
from conftest_plugin.state import state_of
from llmcassette.clients import scope
from llmcassette.clients.blocks import serve, stop_serving
from llmcassette.errors import CassetteError
from llmcassette.recorder.opening import open_cassette
from llmcassette.recorder.settings import merge

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from conftest_plugin.run_end import RunEnd
    from conftest_plugin.shared import SharedFiles
    from conftest_plugin.verdict.judge import Judging
    from llmcassette.recorder.engine import Engine
    from llmcassette.recorder.project import Project

__all__ = ["Cassettes"]


class Cassettes:
    """Opens and closes them.

    Args:
        config: pytest's.
        project: what pyproject.toml says.
        shared: the cassettes that several tests name.
        run_end: where it is noted what they did.
        judging: knows which test is running.
    """

    def __init__(
        self,
        config: pytest.Config,
        project: Project,
        shared: SharedFiles,
        run_end: RunEnd,
        judging: Judging,
    ) -> None:
        self._config = config
        self._project = project
        self._shared = shared
        self._run_end = run_end
        self._judging = judging

    def open_for(self, item: pytest.Item, configured: Mapping[str, object]) -> Engine:
        """Open a test's cassette and serve from it.

        Raises:
            pytest.fail.Exception: the file is missing or broken, or a setting is wrong.
        """
        state = state_of(item)
        problem: CassetteError
        try:
            path = cassette_path(item)
            layers = layers_of(item, configured, self._project)
            recorder = open_cassette(
                path,
                mode="rewrite" if is_to_be_renewed(path, merge(layers)) else None,
                layers=layers,
                remedy=remedy(item, path, shared=self._is_shared(path)),
            )
            self._refuse_part_of_rewriting(item, recorder)
        except CassetteError as error:
            problem = state.trouble = error
        else:
            state.recorder = recorder
            serve(recorder)
            if recorder.mode != "none":
                withdraw(self._config)
            # unittest.IsolatedAsyncioTestCase runs in a context that it copied before set-up.
            context = getattr(getattr(item, "instance", None), "_asyncioTestContext", None)
            if context is not None:
                scope.hand_to(context)
            anyio_runner.enter(recorder)
            return recorder
        pytest.fail(f"llmcassette: {problem}", pytrace=False)

    def close_for(self, item: pytest.Item) -> None:
        """Close what ``open_for`` opened, and save what a passing test recorded.

        Raises:
            pytest.fail.Exception: it cannot be saved.
        """
        state = state_of(item)
        recorder = state.recorder
        assert recorder is not None
        save = (state.passed or self._config.option.llm_record_failed) and not state.refused
        problem = ""
        shares = self._is_handed_over(recorder)
        try:
            recorder.close(save=save and not shares)
            if save and shares:
                self._hand_over(item, recorder)
        except CassetteError as error:
            state.trouble = error
            problem = f"llmcassette: {error}"
        finally:
            stop_serving(recorder)
            renew(self._config)
            anyio_runner.leave()
        if problem:
            pytest.fail(problem, pytrace=False)
        if not (save or state.refused) and recorder.recorded:
            self._run_end.not_saved(item)
        if state.passed and recorder.mode not in {"none", "live"} and not recorder.recorded:
            self._run_end.totals.silent.append([shown_nodeid(item), str(recorder.path)])

    def save_for(self, item: pytest.Item) -> CassetteError | None:
        """Save what a test that has passed so far recorded, for it to fail where that is refused.

        What fixtures still send in their teardown is saved on closing.

        Returns:
            Why it cannot be saved; nothing more of this cassette is, then.
        """
        state = state_of(item)
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
        """Serve from a cassette that a fixture or a test opens with ``llm_cassettes``."""
        return FactoryBlock(
            path, settings, self._config, self._project, self._run_end, self._judging
        )

    def remedy(self, path: Path) -> str:
        """How to record a cassette that is none of a marker, for messages."""
        return remedy(self._judging.item, path, shared=True)

    def _hand_over(self, item: pytest.Item, recorder: Engine) -> None:
        written = self._shared.hand_over(item.nodeid, recorder)
        if written:
            self._run_end.totals.wrote(str(recorder.path), written)

    def _is_handed_over(self, recorder: Engine) -> bool:
        """Whether a file is written when all tests that name it have passed."""
        return recorder.mode == "rewrite" and self._is_shared(recorder.path)

    def _is_shared(self, path: Path) -> bool:
        return len(self._shared.tests_of(path)) > 1

    def _refuse_part_of_rewriting(self, item: pytest.Item, recorder: Engine) -> None:
        path = recorder.path
        if recorder.mode != "rewrite" or marked_path(item) is None:
            return
        missing = self._shared.missing(item, path)
        problem = ""
        if missing:
            those = "".join(f"\n  {name}" for name in missing)
            problem = f"rewriting it needs every test that names it; not selected are:{those}"
        elif self._is_shared(path) and hasattr(self._config, "workerinput"):
            problem = "several tests share it, and rewriting it needs all in one process: add -n 0"
        if problem:
            recorder.close(save=False)
            raise CassetteError(
                f"{problem}\nOr add to it, and leave what is there: --llm-mode=new_episodes",
                path=path,
            )
