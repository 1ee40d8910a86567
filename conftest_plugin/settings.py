"""Settings of a cassette, by origin; the chunking of a test; and the command that records it."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import TYPE_CHECKING

from conftest_plugin.options import MARKER
from conftest_plugin.paths import CHUNKING, chunking_id, chunking_of, shown_nodeid
from llmcassette.errors import SettingsError, shown_path
from llmcassette.recorder.chunking import CHUNKINGS, EVERY
from llmcassette.recorder.run import current_run
from llmcassette.recorder.settings import Layer, Settings, merge

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from llmcassette.recorder.project import Project

__all__ = [
    "ProjectSettings",
    "is_to_be_renewed",
    "parametrize_chunkings",
    "remedy",
]


class ProjectSettings:
    """The settings in pyproject.toml, to which tests and blocks add their own.

    Attributes:
        alone: those of a cassette for which nothing else is set.

    Raises:
        SettingsError: pyproject.toml cannot be obeyed.
    """

    def __init__(self, project: Project) -> None:
        place = shown_path(project.path) if project.path else "pyproject.toml"
        self._layer = Layer(place, project.table)
        self.alone = merge([self._layer])

    def of_test(self, item: pytest.Item, configured: object) -> Settings:
        """The settings of a test's cassette.

        Args:
            item: the test.
            configured: what the fixture ``llm_cassette_config`` returned.

        Raises:
            SettingsError: the fixture returned no dict, or a setting is wrong.
        """
        if not isinstance(configured, Mapping):
            raise SettingsError(
                "the fixture llm_cassette_config must return a dict of settings, not "
                f"{configured!r}"
            )
        markers = [
            Layer("the marker llm_cassette", _without_path(item, mark.kwargs))
            for mark in item.iter_markers(MARKER)
            if mark.kwargs
        ]
        if not configured and not markers:
            return self.alone
        fixture = Layer("the fixture llm_cassette_config", configured)
        return merge([self._layer, fixture, *reversed(markers)])

    def of_block(self, given: Mapping[str, object]) -> Settings:
        """The settings of a cassette that ``llm_cassettes`` opens.

        Raises:
            SettingsError: a setting is wrong.
        """
        return merge([self._layer, Layer("llm_cassettes", given)]) if given else self.alone


def remedy(item: pytest.Item | None, path: Path, *, shared: bool) -> str:
    """The command that records a cassette, for messages.

    Args:
        item: the test that it is open for.
        path: the cassette.
        shared: whether others use it, too.
    """
    if not path.exists():
        command = "pytest --llm-record"
    elif shared:
        command = "pytest --llm-mode=new_episodes"
    else:
        command = "pytest --llm-mode=rewrite"
    return command if item is None else f"{command} {shlex.quote(shown_nodeid(item))}"


def is_to_be_renewed(path: Path, settings: Settings) -> bool:
    """Whether a cassette is too old, and its setting ``stale`` wants it recorded again."""
    if settings.stale != "record" or settings.max_age is None or not path.is_file():
        return False
    if current_run.command_line is not None or current_run.must_replay(obey_ci=settings.ci):
        return False
    if current_run.mode(settings.mode, obey_ci=settings.ci) != "none":
        return False
    from llmcassette.storage.age import is_older

    return is_older(path, settings.max_age)


def parametrize_chunkings(metafunc: pytest.Metafunc) -> None:
    """Make one test for each way to cut a body, where the marker says ``chunking="every"``.

    A test that records runs once: its answers come as the provider cuts them.

    Raises:
        SettingsError: the environment names a mode that does not exist.
    """
    marks = metafunc.definition.iter_markers(MARKER)
    wanted = next((mark.kwargs["chunking"] for mark in marks if "chunking" in mark.kwargs), None)
    if wanted == EVERY and current_run.mode(None, obey_ci=True) == "none":
        metafunc.fixturenames.append(CHUNKING)
        metafunc.parametrize(CHUNKING, CHUNKINGS, ids=[chunking_id(each) for each in CHUNKINGS])


def _without_path(item: pytest.Item, keywords: Mapping[str, object]) -> Mapping[str, object]:
    """The settings of a marker, with the chunking of this one test instead of ``every``."""
    settings = {name: value for name, value in keywords.items() if name != "path"}
    if settings.get("chunking") == EVERY:
        chunking = chunking_of(item)
        if chunking is None and current_run.mode(None, obey_ci=True) != "none":
            chunking = "recorded"
        if chunking is not None:
            settings["chunking"] = chunking
    return settings
