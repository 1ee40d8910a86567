"""The project's settings, as far as commands obey them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from llmcassette.recorder.settings import Settings

__all__ = ["settings"]


def settings(start: Path | None = None) -> Settings:
    """``[tool.llmcassette]`` of the nearest pyproject.toml.

    Args:
        start: the folder that it is looked for in and above; the working directory if not said.

    Raises:
        SettingsError: there is a mistake in it.
    """
    from llmcassette.recorder.project import find_project
    from llmcassette.recorder.settings import Layer, merge

    project = find_project(start or Path.cwd())
    return merge([Layer(str(project.path or "pyproject.toml"), project.table)])
