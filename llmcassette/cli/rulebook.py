"""What ``[tool.llmcassette]`` says about comparing."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from llmcassette.matching import Rules
    from llmcassette.recorder.settings import Settings

__all__ = ["compared_by", "project_settings"]


def project_settings() -> Settings:
    """The settings of the project that the working directory is in.

    Raises:
        SettingsError: they cannot be used.
    """
    from llmcassette.recorder.project import find_project
    from llmcassette.recorder.settings import Layer, merge

    project = find_project(Path.cwd())
    return merge([Layer(str(project.path or "pyproject.toml"), project.table)])


def compared_by(settings: Settings) -> Rules:
    """``ignore``, ``ignore_query`` and ``normalize_url``: what does not count in tests either."""
    from llmcassette.matching import Rules

    return Rules(
        ignore=settings.ignore,
        ignore_query=settings.ignore_query,
        normalize_url=settings.normalize_url,
    )
