"""A test failed since its cassette cannot be opened or saved: the same in the run's report."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conftest_plugin.cassettes.still_open import LeftOpenError
from llmcassette.errors import SettingsError, UnfiredFaultError, describe_place
from llmcassette.review.report.problem import Problem

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pytest

    from llmcassette.errors import CassetteError

__all__ = ["problem_of"]


def problem_of(item: pytest.Item, error: CassetteError, relative: Callable[[Path], str]) -> Problem:
    """What a test has failed by, as the verdict over a run has it.

    Args:
        item: the test.
        error: what it failed by.
        relative: gives a path as the report names it.
    """
    code = "cassette"
    if isinstance(error, SettingsError):
        code = "setting"
    elif isinstance(error, UnfiredFaultError):
        code = "unfired"
    elif isinstance(error, LeftOpenError):
        code = "left-open"
    line = error.line or 1
    if error.path is None or not error.path.is_file():
        line = (item.reportinfo()[1] or 0) + 1
    place = describe_place(None, error.interaction, error.field, None)
    return Problem(
        code=code,
        level="error",
        file=relative(error.path or item.path),
        test=item.nodeid,
        message=f"{place}: {error.problem}" if place else error.problem,
        fix="",
        line=line,
    )
