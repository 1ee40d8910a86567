"""Placeholder keys: SDKs refuse to be constructed without one, often while a module is imported.

Only variables that are unset get one, only in mode ``none``, and only while pytest runs.
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Final

import pytest

from conftest_plugin.options import command_line_mode
from llmcassette.errors import SettingsError
from llmcassette.recorder.modes import is_ci, resolve_mode
from llmcassette.recorder.project import find_project
from llmcassette.recorder.settings import Layer, merge

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["PLACEHOLDER", "hint_for", "provide", "withdraw"]

PLACEHOLDER: Final = "placeholder-for-replay"

# Each group is satisfied by any one of its variables.
_VARIABLES: Final[tuple[tuple[str, ...], ...]] = (
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
_MISSING_KEY: Final = re.compile(r"\b[A-Z][A-Z0-9_]*_(?:API_KEY|TOKEN)\b")
_provided = pytest.StashKey[list[str]]()


def provide(config: pytest.Config) -> None:
    """Set what is unset, unless the run may go live or the settings say no. Once a run."""
    if _provided in config.stash:
        return
    nothing: list[str] = []
    config.stash[_provided] = nothing
    try:
        project = find_project(config.rootpath)
        settings = merge([Layer(str(project.path), project.table)])
        mode = resolve_mode(
            command_line=command_line_mode(config.known_args_namespace),
            replay_only=config.known_args_namespace.llm_ci,
            ci=settings.ci and is_ci(os.environ),
            environ=os.environ,
            configured=settings.mode,
        )
    except SettingsError as error:
        raise pytest.UsageError(str(error)) from error
    if mode == "none" and settings.placeholder_keys:
        unset = list(_unset())
        config.stash[_provided] = unset
        os.environ.update(dict.fromkeys(unset, PLACEHOLDER))


def withdraw(config: pytest.Config) -> None:
    """Unset what ``provide`` set and nobody has changed."""
    for name in config.stash.get(_provided, []):
        if os.environ.get(name) == PLACEHOLDER:
            del os.environ[name]


def hint_for(message: str) -> str | None:
    """What to do about a failure whose message says that a key is missing; ``None`` for others."""
    if "key" not in message.lower():
        return None
    names = _MISSING_KEY.findall(message)
    missing = [name for name in dict.fromkeys(names) if not os.environ.get(name)]
    if not missing:
        return None
    known = {name for group in _VARIABLES for name in group}
    if missing[0] in known:
        remedy = "set placeholder_keys = true under [tool.llmcassette] in pyproject.toml"
    else:
        remedy = f'give it any value in conftest.py: os.environ.setdefault("{missing[0]}", "x")'
    return f"replaying needs no real key, but the SDK wants {missing[0]} to be set: {remedy}"


def _unset() -> Iterable[str]:
    for group in _VARIABLES:
        if not any(os.environ.get(name) for name in group):
            yield group[0]
