"""Settings of a cassette, by origin; the chunking of a test; and the command that records it."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import TYPE_CHECKING

from conftest_plugin.options import MARKER
from conftest_plugin.paths import CHUNKING, chunking_id, chunking_of, shown_nodeid
from conftest_plugin.placeholders import project_layer
from llmcassette.errors import SettingsError
from llmcassette.recorder.chunking import CHUNKINGS, EVERY
from llmcassette.recorder.run import current_run

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from llmcassette.recorder.project import Project
    from llmcassette.recorder.settings import Layer, Settings

__all__ = [
    "is_to_be_renewed",
    "layers_of",
    "layers_of_block",
    "parametrize_chunkings",
    "remedy",
]


def layers_of(item: pytest.Item, configured: object, project: Project) -> list[Layer]:
    """The settings of a test's cassette, the farthest first.

    Args:
        item: the test.
        configured: what the fixture ``llm_cassette_config`` returned.
        project: pyproject.toml.

    Raises:
        SettingsError: the fixture returned no dict.
    """
    from llmcassette.recorder.settings import Layer

    if not isinstance(configured, Mapping):
        raise SettingsError(
            f"the fixture llm_cassette_config must return a dict of settings, not {configured!r}"
        )
    markers = [
        _with_chunking(item, {key: value for key, value in mark.kwargs.items() if key != "path"})
        for mark in item.iter_markers(MARKER)
    ]
    return [
        project_layer(project),
        Layer("the fixture llm_cassette_config", configured),
        *(Layer("the marker llm_cassette", settings) for settings in reversed(markers)),
    ]


def layers_of_block(settings: Mapping[str, object], project: Project) -> list[Layer]:
    """The settings of a cassette that ``llm_cassettes`` opens, the farthest first."""
    from llmcassette.recorder.settings import Layer

    return [project_layer(project), Layer("llm_cassettes", settings)]


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


def _with_chunking(item: pytest.Item, settings: Mapping[str, object]) -> Mapping[str, object]:
    """The settings of a marker, with the chunking of this one test instead of ``every``."""
    if settings.get("chunking") != EVERY:
        return settings
    parameter = chunking_of(item)
    if parameter is None and current_run.mode(None, obey_ci=True) != "none":
        parameter = "recorded"
    return settings if parameter is None else {**settings, "chunking": parameter}
