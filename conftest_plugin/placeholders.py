"""Placeholder keys: SDKs refuse to be constructed without one, often while a module is imported.

Only variables that are unset get one, only in mode ``none``, and only while pytest runs.
"""

from __future__ import annotations

import os
from functools import partial
from typing import TYPE_CHECKING, Final

import pytest

from conftest_plugin.options import command_line_mode
from llmcassette.errors import SettingsError, shown_path
from llmcassette.recorder.modes import is_ci, resolve_mode
from llmcassette.recorder.project import Project, find_project
from llmcassette.recorder.run import PLACEHOLDER

if TYPE_CHECKING:
    from collections.abc import Iterable

    from llmcassette.recorder.settings import Layer, Settings

__all__ = [
    "PLACEHOLDER",
    "VARIABLES",
    "project_layer",
    "provide",
    "provided",
    "renew",
    "settings_of",
    "withdraw",
]

# Each group is satisfied by any one of its variables.
VARIABLES: Final[tuple[tuple[str, ...], ...]] = (
    ("OPENAI_API_KEY",),
    ("ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN"),
    ("GEMINI_API_KEY", "GOOGLE_API_KEY"),
    ("GROQ_API_KEY",),
    ("MISTRAL_API_KEY",),
    ("CO_API_KEY",),
    ("AZURE_OPENAI_API_KEY", "AZURE_OPENAI_AD_TOKEN"),
    ("OPENROUTER_API_KEY",),
    ("XAI_API_KEY",),
    ("DEEPSEEK_API_KEY",),
    ("TOGETHER_API_KEY",),
    ("FIREWORKS_API_KEY",),
    ("PERPLEXITY_API_KEY",),
    ("CEREBRAS_API_KEY",),
    ("VOYAGE_API_KEY",),
)
_provided = pytest.StashKey[list[str]]()


def provide(config: pytest.Config) -> None:
    """Set what is unset, unless the run may go live or the settings say no. Once a run."""
    if _provided in config.stash:
        return
    config.stash[_provided] = []
    try:
        project = find_project(config.rootpath)
        if project.table:
            settings = settings_of(project)
            ci, said, is_wanted = settings.ci, settings.mode, settings.placeholder_keys
        else:  # the defaults: settings are not imported at the start of every run
            ci, said, is_wanted = True, None, True
        mode = resolve_mode(
            command_line=command_line_mode(config.known_args_namespace),
            replay_only=config.known_args_namespace.llm_ci,
            ci=ci and is_ci(os.environ),
            environ=os.environ,
            configured=said,
        )
    except SettingsError as error:
        raise pytest.UsageError(str(error)) from error
    is_live = mode != "none" or config.known_args_namespace.llm_verify
    if not is_live and is_wanted:
        config.stash[_provided] = list(_unset())
        renew(config)
        # Runs also where the run ends before it has been configured.
        config.add_cleanup(partial(withdraw, config))


def provided(config: pytest.Config) -> tuple[str, ...]:
    """The variables that ``provide`` has set."""
    names: list[str] = config.stash[_provided]
    return tuple(names)


def renew(config: pytest.Config) -> None:
    """Set again what ``provide`` had set, where it is unset."""
    for name in config.stash[_provided]:
        os.environ.setdefault(name, PLACEHOLDER)


def withdraw(config: pytest.Config) -> None:
    """Unset what ``provide`` had set and nobody has changed: what goes live needs a real key."""
    for name in config.stash[_provided]:
        if os.environ.get(name) == PLACEHOLDER:
            del os.environ[name]


def project_layer(project: Project) -> Layer:
    """What pyproject.toml says."""
    from llmcassette.recorder.settings import Layer

    return Layer(shown_path(project.path) if project.path else "pyproject.toml", project.table)


def settings_of(project: Project) -> Settings:
    """The settings of those who say nothing themselves.

    Raises:
        SettingsError: pyproject.toml cannot be obeyed.
    """
    from llmcassette.recorder.settings import merge

    return merge([project_layer(project)])


def _unset() -> Iterable[str]:
    for group in VARIABLES:
        if not any(os.environ.get(name) for name in group):
            yield group[0]
