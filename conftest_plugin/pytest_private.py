"""The private names of pytest and anyio that this plugin uses: why pytest has an upper bound.

With a new major version of pytest check each of them, then raise the bound in pyproject.toml.
Names without an underscore that pytest doesn't document are used in place: ``callspec`` of an
item and ``wasxfail`` of a report.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from _pytest._code.code import (  # a report of our own words that pytest prints as one of its own
    ReprEntry,
    ReprExceptionInfo,
    ReprFileLocation,
    ReprTraceback,
    TerminalRepr,
    Traceback,  # to name its type
)
from _pytest.pathlib import fnmatch_ex

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    import pytest

__all__ = [
    "ReprEntry",
    "ReprExceptionInfo",
    "ReprFileLocation",
    "ReprTraceback",
    "TerminalRepr",
    "Traceback",
    "fixture_definitions",
    "forget_failure",
    "is_imported",
    "is_set_up",
    "matches",
    "run_in_anyio_runner",
    "tear_down_all",
]


def is_set_up(item: pytest.Item) -> bool:
    """Whether all that is around a test is set up, and its own set-up has begun."""
    return item in item.session._setupstate.stack


def fixture_definitions(item: pytest.Item) -> Mapping[str, Sequence[pytest.FixtureDef[Any]]]:
    """The fixtures of a test by name, the one in force last; none where an item has no fixtures."""
    known: Any = getattr(item, "_fixtureinfo", None)
    return {} if known is None else known.name2fixturedefs


def is_imported(collector: pytest.Collector) -> bool:
    """Whether the module or class of a collector has been imported, without importing it."""
    return getattr(collector, "_obj", None) is not None


def matches(path: Path, patterns: Iterable[str]) -> bool:
    """Whether a path matches a pattern of ``python_files`` or ``norecursedirs``."""
    return any(fnmatch_ex(pattern, path) for pattern in patterns)


def forget_failure(config: pytest.Config, report: pytest.TestReport) -> None:
    """Have ``--lf`` forget the report of a node that is no test, and so never passes."""
    plugin: Any = config.pluginmanager.get_plugin("lfplugin")
    for key in (report.nodeid, getattr(report, "id", None)) if plugin is not None else ():
        plugin.lastfailed.pop(key, None)


def tear_down_all(session: pytest.Session) -> None:
    """Tear down what is still set up, as pytest does when a run has been stopped."""
    session._setupstate.teardown_exact(None)


def run_in_anyio_runner(change: Callable[[], object]) -> None:
    """Change the context of anyio's runner, if there is one.

    Such a runner is one task for many tests and fixtures: it lives as long as an asynchronous
    fixture of a wider scope does, and a cassette that is opened meanwhile is not in its context.
    """
    runner: Any = getattr(sys.modules.get("anyio.pytest_plugin"), "_current_runner", None)
    if runner is None:
        return

    async def run() -> None:
        change()

    runner.run_test(run, {})
