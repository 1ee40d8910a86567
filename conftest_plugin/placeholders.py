"""Placeholder keys, without which SDKs refuse to be constructed; and hints where one is missing.

Clients are often constructed while a module is imported. Only variables that are unset get a
placeholder, only in mode ``none``, and only while pytest runs.
"""

from __future__ import annotations

import contextlib
import os
import re
from functools import partial
from typing import TYPE_CHECKING, Final

import pytest

from conftest_plugin.options import MARKER, command_line_mode
from llmcassette.errors import SettingsError
from llmcassette.recorder.project import Project, find_project
from llmcassette.recorder.run import PLACEHOLDER, current_run

if TYPE_CHECKING:
    from llmcassette.recorder.settings import Settings

__all__ = [
    "PLACEHOLDER",
    "add_hint",
    "add_hint_on_import",
    "provide",
    "provided",
    "renew",
    "settings_of",
    "withdraw",
]

_MISSING_KEY: Final = r"\b[A-Z][A-Z0-9_]*_(?:API_KEY|TOKEN)\b"
_provided = pytest.StashKey[list[str]]()


def provide(config: pytest.Config) -> None:
    """Set variables that are unset, unless the run may go live or the settings forbid it.

    Only where the project has a table ``[tool.llmcassette]``: elsewhere tests that skip themselves
    without a key go on doing so.
    Does nothing where it has been called before in this run.

    Raises:
        pytest.UsageError: the settings or the command line cannot be obeyed.
    """
    if _provided in config.stash:
        return
    config.stash[_provided] = []
    try:
        replays = _replays(config)
    except SettingsError as error:
        raise pytest.UsageError(str(error)) from error
    if replays:
        from llmcassette.recorder.keys import unset

        config.stash[_provided] = list(unset(os.environ))
        renew(config)
        # This is called also where the run ends before it has been configured.
        config.add_cleanup(partial(withdraw, config))


def _replays(config: pytest.Config) -> bool:
    """Whether nothing is to go live, and keys are wanted."""
    options = config.known_args_namespace
    named = command_line_mode(options)  # options that exclude each other are an error here
    project = find_project(config.rootpath)
    if project.path is None and "LLMCASSETTE_MODE" not in os.environ:
        return False
    settings = settings_of(project)
    from llmcassette.recorder.modes import is_ci, resolve_mode

    mode = resolve_mode(
        command_line=named,
        replay_only=options.llm_ci,
        ci=settings.ci and is_ci(os.environ),
        environ=os.environ,
        configured=settings.mode,
    )
    has_table = project.path is not None
    return has_table and settings.placeholder_keys and mode == "none" and not options.llm_verify


def provided(config: pytest.Config) -> tuple[str, ...]:
    """The variables that ``provide`` has set."""
    names: list[str] = config.stash[_provided]
    return tuple(names)


def renew(config: pytest.Config) -> None:
    """Set again what ``provide`` has set, where it is unset."""
    for name in config.stash[_provided]:
        os.environ.setdefault(name, PLACEHOLDER)


def withdraw(config: pytest.Config) -> None:
    """Unset what ``provide`` has set and nobody has changed, as going live needs a real key."""
    for name in config.stash[_provided]:
        if os.environ.get(name) == PLACEHOLDER:
            del os.environ[name]


def settings_of(project: Project) -> Settings:
    """The project's settings.

    Raises:
        SettingsError: pyproject.toml cannot be obeyed.
    """
    from conftest_plugin.settings import ProjectSettings

    return ProjectSettings(project).alone


def add_hint_on_import(collector: pytest.Collector, report: pytest.CollectReport) -> None:
    """Add to a report what to do about a missing key, without which a file can't be imported."""
    with contextlib.suppress(OSError, SettingsError):
        project = find_project(collector.config.rootpath)
        text = collector.path.read_text(encoding="utf-8", errors="replace")
        hint = _hint_for(report.longreprtext, project) if project.table or MARKER in text else None
        if hint is not None:
            report.sections.append(("llmcassette", hint))


def add_hint(report: pytest.TestReport, message: str, project: Project) -> None:
    """Add to the report of a test what to do about a missing key, if that is why it failed.

    Raises:
        SettingsError: pyproject.toml or the environment cannot be obeyed.
    """
    hint = _hint_for(message, project)
    if hint is not None:
        add = getattr(report.longrepr, "addsection", None)
        if add is None:
            report.sections.append(("llmcassette", hint))
        else:
            add("llmcassette", hint, "-")


def _hint_for(message: str, project: Project) -> str | None:
    """What to do where the message of a failure says that a key is missing; else ``None``.

    Raises:
        SettingsError: pyproject.toml or the environment cannot be obeyed.
    """
    if "key" not in message.lower():
        return None
    settings = settings_of(project)
    if current_run.mode(settings.mode, obey_ci=settings.ci) != "none":
        return None
    wanted = dict.fromkeys(re.findall(_MISSING_KEY, message))
    if any(os.environ.get(name) for name in wanted):
        return None
    from llmcassette.recorder.keys import VARIABLES

    known_ones = {name for group in VARIABLES for name in group}
    known = [name for name in wanted if name in known_ones]
    if project.path is None and (known or not wanted):
        return (
            "Replaying needs no real key, but the SDK wants one to be set: a table "
            "[tool.llmcassette] in pyproject.toml, empty or not, sets unset keys in replay."
        )
    if not settings.placeholder_keys and (known or not wanted):
        return (
            "Replaying needs no real key, but the SDK wants one to be set: remove "
            "placeholder_keys = false under [tool.llmcassette] in pyproject.toml."
        )
    unknown = [name for name in wanted if name not in known_ones]
    if not unknown or known:
        return None
    return (
        f"Replaying needs no real key, but the SDK wants {unknown[0]} to be set: give it any value "
        f'in conftest.py, os.environ.setdefault("{unknown[0]}", "none needed").'
    )
