"""The block of a cassette that a fixture or a test opens with ``llm_cassettes``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conftest_plugin.cassettes.settings import layers_of_block, remedy
from llmcassette.clients.blocks import ServedBlock, stop_serving
from llmcassette.recorder.opening import open_cassette

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import pytest

    from conftest_plugin.run_end import RunEnd
    from conftest_plugin.verdict.judge import Judging
    from llmcassette.recorder.engine import Engine
    from llmcassette.recorder.project import Project

__all__ = ["FactoryBlock"]


class FactoryBlock(ServedBlock):
    """Saves what was recorded as a ``with`` block of ``use_cassette``, if the test has not failed.

    Args:
        path: the cassette.
        settings: of this cassette.
        config: pytest's.
        project: what pyproject.toml says.
        run_end: where it is noted what it did.
        judging: knows which test is running.
    """

    def __init__(
        self,
        path: Path,
        settings: Mapping[str, object],
        config: pytest.Config,
        project: Project,
        run_end: RunEnd,
        judging: Judging,
    ) -> None:
        super().__init__()
        self._path = path
        self._settings = settings
        self._config = config
        self._project = project
        self._run_end = run_end
        self._judging = judging

    def _open(self) -> Engine:
        recorder = open_cassette(
            self._path,
            mode=None,
            layers=layers_of_block(self._settings, self._project),
            # Whoever asks for more is named, not who opened it.
            remedy=lambda: remedy(self._judging.item, self._path, shared=True),
        )
        self._run_end.opened_by_factory(recorder)
        return recorder

    def _anew(self) -> FactoryBlock:
        return FactoryBlock(
            self._path,
            self._settings,
            self._config,
            self._project,
            self._run_end,
            self._judging,
        )

    def _end(self, recorder: Engine, *, failed: bool) -> None:
        passed = not (failed or self._run_end.is_of_failed(recorder))
        saves = passed or self._config.option.llm_record_failed
        stop_serving(recorder, save=saves)
        if not (saves or failed) and recorder.recorded:
            self._run_end.not_saved(self._judging.item)
