"""The private names of pytest and anyio that this plugin uses: why pytest has an upper bound.

With a new major version of pytest check each of them, then raise the bound in pyproject.toml.
Names without an underscore that pytest doesn't document are used in place: ``callspec`` of an
item and ``wasxfail`` of a report.
"""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING, Any, Final

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
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    import pytest

__all__ = [
    "ReprEntry",
    "ReprExceptionInfo",
    "ReprFileLocation",
    "ReprTraceback",
    "TerminalRepr",
    "Traceback",
    "described",
    "first_of_function_scope",
    "forget_failure",
    "is_imported",
    "is_overridden",
    "is_set_up",
    "matches",
    "run_by_parameters_of",
    "run_in_anyio_runner",
    "tear_down_all",
    "value_of_fixture",
]

# pytest and its unittest support make fixtures of these functions, under names of their own.
_FUNCTION: Final = r"_(?:xunit|unittest)_(setUpClass|setup_\w+)_fixture_(.+)"


def is_set_up(item: pytest.Item) -> bool:
    """Whether all that is around a test is set up, and its own set-up has begun."""
    return item in item.session._setupstate.stack


def first_of_function_scope(item: pytest.Item, names: Sequence[str]) -> int:
    """The position of the first fixture of function scope among those of a test."""
    known: Any = getattr(item, "_fixtureinfo", None)
    definitions = {} if known is None else known.name2fixturedefs
    for position, name in enumerate(names):
        found = definitions.get(name)
        if found and found[-1].scope == "function":
            return position
    return len(names)


def is_overridden(item: pytest.Item, fixture: str) -> bool:
    """Whether a test's files define a fixture of this plugin anew."""
    return len(item.session._fixturemanager.getfixturedefs(fixture, item) or ()) > 1


def value_of_fixture(item: pytest.Item, fixture: str) -> object:
    """The value of a fixture for a test, which need not have asked for it."""
    request: Any = item._request  # type: ignore[attr-defined]
    value: object = request.getfixturevalue(fixture)
    return value


def run_by_parameters_of(metafunc: pytest.Metafunc, fixture: str) -> None:
    """Run a test once for each parameter of a fixture that it doesn't name itself."""
    if fixture in metafunc.fixturenames:
        return
    test = metafunc.definition
    found = test.session._fixturemanager.getfixturedefs(fixture, test)
    if found and found[-1].params:
        metafunc.fixturenames.append(fixture)
        metafunc._arg2fixturedefs[fixture] = found


def is_imported(collector: pytest.Collector) -> bool:
    """Whether the module or class of a collector has been imported, without importing it."""
    return getattr(collector, "_obj", None) is not None


def described(fixture: pytest.FixtureDef[Any]) -> str:
    """What messages call a fixture, or the function that pytest makes one of."""
    function = re.fullmatch(_FUNCTION, fixture.argname)
    if function:
        return f"{function[1]} of {function[2]}"
    return f"the {fixture.scope}-scoped fixture {fixture.argname!r}"


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
