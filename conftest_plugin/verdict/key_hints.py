"""What to do about a failure by a missing key, though replaying needs none."""

from __future__ import annotations

import contextlib
import os
import re
from typing import TYPE_CHECKING, Final

from conftest_plugin.options import MARKER
from conftest_plugin.placeholders import VARIABLES, settings_of
from llmcassette.errors import SettingsError
from llmcassette.recorder.project import Project, find_project
from llmcassette.recorder.run import current_run

if TYPE_CHECKING:
    import pytest

__all__ = ["explain", "hint_for"]

_MISSING_KEY: Final = r"\b[A-Z][A-Z0-9_]*_(?:API_KEY|TOKEN)\b"
_KNOWN: Final = frozenset(name for group in VARIABLES for name in group)


def explain(collector: pytest.Collector, report: pytest.CollectReport) -> None:
    """Say what to do where a file with cassettes cannot be imported for want of a key."""
    with contextlib.suppress(OSError, SettingsError):
        project = find_project(collector.config.rootpath)
        text = collector.path.read_text(encoding="utf-8", errors="replace")
        hint = hint_for(report.longreprtext, project) if project.table or MARKER in text else None
        if hint is not None:
            report.sections.append(("llmcassette", hint))


def hint_for(message: str, project: Project) -> str | None:
    """What to do about a failure whose message says that a key is missing; ``None`` for others.

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
    known = [name for name in wanted if name in _KNOWN]
    if not settings.placeholder_keys and (known or not wanted):
        return (
            "Replaying needs no real key, but the SDK wants one to be set: remove "
            "placeholder_keys = false under [tool.llmcassette] in pyproject.toml."
        )
    unknown = [name for name in wanted if name not in _KNOWN]
    if not unknown or known:
        return None
    return (
        f"Replaying needs no real key, but the SDK wants {unknown[0]} to be set: give it any value "
        f'in conftest.py, os.environ.setdefault("{unknown[0]}", "none needed").'
    )
