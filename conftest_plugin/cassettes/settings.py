"""What was said of a cassette, and where: settings by their place, and how to record it."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import TYPE_CHECKING

from conftest_plugin.chunkings import chosen
from conftest_plugin.naming import shown_nodeid
from conftest_plugin.options import MARKER
from conftest_plugin.placeholders import project_layer
from llmcassette.errors import SettingsError
from llmcassette.recorder.run import current_run
from llmcassette.recorder.settings import Layer

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from llmcassette.recorder.project import Project
    from llmcassette.recorder.settings import Settings

__all__ = ["is_to_be_renewed", "layers_of", "layers_of_block", "remedy"]


def layers_of(item: pytest.Item, configured: object, project: Project) -> list[Layer]:
    """The settings of a test's cassette, farthest first.

    Args:
        item: the test.
        configured: what the fixture ``llm_cassette_config`` gave.
        project: what pyproject.toml says.

    Raises:
        SettingsError: the fixture gave no settings.
    """
    if not isinstance(configured, Mapping):
        raise SettingsError(
            f"the fixture llm_cassette_config must return a dict of settings, not {configured!r}"
        )
    said = [
        chosen(item, {name: said for name, said in mark.kwargs.items() if name != "path"})
        for mark in item.iter_markers(MARKER)
    ]
    return [
        project_layer(project),
        Layer("the fixture llm_cassette_config", configured),
        *(Layer("the marker llm_cassette", settings) for settings in reversed(said)),
    ]


def layers_of_block(settings: Mapping[str, object], project: Project) -> list[Layer]:
    """The settings of a cassette that a fixture opens."""
    return [project_layer(project), Layer("llm_cassettes", settings)]


def remedy(item: pytest.Item | None, path: Path, *, shared: bool) -> str:
    """How to record a cassette, for messages.

    Args:
        item: the test that it is open for.
        path: the cassette.
        shared: others use it, too.
    """
    if not path.exists():
        command = "pytest --llm-record"
    elif shared:
        command = "pytest --llm-mode=new_episodes"
    else:
        command = "pytest --llm-mode=rewrite"
    return command if item is None else f"{command} {shlex.quote(shown_nodeid(item))}"


def is_to_be_renewed(path: Path, settings: Settings) -> bool:
    """Whether a cassette is too old, and to be recorded again (``stale``)."""
    if settings.stale != "record" or settings.max_age is None or not path.is_file():
        return False
    if current_run.command_line is not None or current_run.must_replay(obey_ci=settings.ci):
        return False
    if current_run.mode(settings.mode, obey_ci=settings.ci) != "none":
        return False
    from llmcassette.review.report.verdict import is_older

    return is_older(path, settings.max_age)
