"""Settings of the project, from ``[tool.llmcassette]`` in pyproject.toml."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from llmcassette.matching import Rules
    from llmcassette.recorder.settings import Settings

__all__ = ["comparison_rules", "project_settings"]


def project_settings(start: Path | None = None) -> Settings:
    """The settings in the nearest pyproject.toml.

    Args:
        start: search this folder and those above it; by default the working directory.

    Raises:
        SettingsError: a setting is wrong.
    """
    from llmcassette.recorder.project import find_project
    from llmcassette.recorder.settings import Layer, merge

    project = find_project(start or Path.cwd())
    return merge([Layer(str(project.path or "pyproject.toml"), project.table)])


def comparison_rules(settings: Settings) -> Rules:
    """What ``diff`` ignores in requests, as tests do."""
    from llmcassette.matching import Rules

    return Rules(
        ignore=settings.ignore,
        ignore_query=settings.ignore_query,
        normalize_url=settings.normalize_url,
        null_is_absent=settings.null_is_absent,
        bounds=settings.bounds,
    )
