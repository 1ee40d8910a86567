"""A cassette of one test only, which that test did not use to its end: the test fails by it.

Other cassettes are judged when the run is over (``llmcassette.review.report.verdict``), by the same
rules and in the same words: only then is it known what all their tests played.
"""

from __future__ import annotations

import inspect
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from conftest_plugin.naming import marked_path
from conftest_plugin.pytest_private import fixture_definitions, xfail_of
from llmcassette.errors import ReplayError

if TYPE_CHECKING:
    import pytest

    from conftest_plugin.ledger import Ledger
    from conftest_plugin.shared import SharedFiles
    from llmcassette.recorder.engine import Engine

__all__ = ["UnusedCassetteError", "unused"]

_CODES: Final = frozenset({"unplayed", "no-request"})
_CALL_LENGTH: Final = 200
_OF_PLUGINS: Final = frozenset({"_pytest", "conftest_plugin", "pytest_asyncio", "anyio"})
"""The modules of fixtures that send nothing of their own."""


class UnusedCassetteError(ReplayError):
    """A test passed, and left its own cassette unused, or a part of it.

    Attributes:
        problem: the same as in the verdict over a run, in the types of JSON.
    """

    problem: dict[str, Any]


def unused(
    item: pytest.Item, recorder: Engine, ledger: Ledger, shared: SharedFiles, *, ci: bool
) -> UnusedCassetteError | None:
    """What a test that has passed so far fails by.

    Args:
        item: the test, at the end of its call phase.
        recorder: its cassette; nothing else has had the file open so far.
        ledger: what is known of the run.
        shared: the cassettes that several tests name.
        ci: the rules of CI apply.

    Returns:
        ``None`` also where this cannot be known yet, and the end of the run has to tell.
    """
    played = recorder.player.played_positions
    if recorder.mode != "none" or (played and len(set(played)) == recorder.player.count):
        return None
    level = recorder.settings.unused or ""
    if not (ci or level == "error") or _is_failed_for_passing(item):
        return None
    left = range(max(played, default=-1) + 1, recorder.player.count)
    if set(left) | set(played) == set(range(recorder.player.count)) and sends_in_teardown(item):
        return None
    if not _is_alone(item, recorder, ledger, shared):
        return None
    from llmcassette.review.report.facts import Facts
    from llmcassette.review.report.names import Names
    from llmcassette.review.report.verdict import problems

    facts = Facts(ci=ci, tests={item.nodeid: "passed"})
    use = facts.cassette(ledger.relative(recorder.path))
    use.interactions, use.played, use.unused = recorder.player.count, list(played), level
    use.give(item.nodeid, "own", "fixture")
    if played or recorder.errors:
        use.give(item.nodeid, "asked")
    root = item.config.rootpath
    for found in problems(facts, root):
        if found.level == "error" and found.code in _CODES:
            shown = Names(root, item.config.invocation_params.dir).shown(found)
            error = UnusedCassetteError(replace(shown, test="").text(), path=recorder.path)
            error.problem = found.message_of()
            return error
    return None


def sends_in_teardown(item: pytest.Item) -> bool:
    """Whether something of the test's own may still send requests when its call is over."""
    if hasattr(getattr(item, "cls", None), "teardown_method") or hasattr(
        getattr(item, "module", None), "teardown_function"
    ):
        return True
    definitions = fixture_definitions(item)
    return any(
        fixture.scope == "function"
        and fixture.func.__module__.partition(".")[0] not in _OF_PLUGINS
        and (inspect.isgeneratorfunction(fixture.func) or inspect.isasyncgenfunction(fixture.func))
        for name in getattr(item, "fixturenames", ())
        for fixture in (definitions.get(name) or ())[-1:]
    )


def _is_failed_for_passing(item: pytest.Item) -> bool:
    """Whether pytest fails a test that passed so far, by ``xfail(strict=True)``."""
    if item.config.getoption("runxfail", default=False):  # there is none with -p no:skipping
        return False
    xfailed = xfail_of(item)
    return xfailed is not None and xfailed.strict


def _is_alone(item: pytest.Item, recorder: Engine, ledger: Ledger, shared: SharedFiles) -> bool:
    """Whether nothing else plays a file, in whatever order the tests run."""
    path = recorder.path
    if not ledger.is_of_project(path) or ledger.users_of(path) - {item.nodeid}:
        return False
    if set(shared.tests_of(path)) - {item.nodeid}:
        return False
    if marked_path(item) is not None and shared.missing(item, path):
        return False
    by_hand = rf"\b(?:use_cassette|llm_cassettes)\s*\(.{{0,{_CALL_LENGTH}}}?{re.escape(path.name)}"
    return not any(re.search(by_hand, text, re.DOTALL) for text in ledger.sources())
