"""anyio's runner: one task for many tests and fixtures, with the context that it began with.

It lives as long as an asynchronous fixture of a wider scope does; the cassette of a test that is
opened meanwhile is not in that context.
"""

from __future__ import annotations

import functools
import sys
from typing import TYPE_CHECKING, Any

from llmcassette.clients import scope

if TYPE_CHECKING:
    from collections.abc import Callable

    from llmcassette.recorder.engine import Engine

__all__ = ["enter", "leave"]

PLUGIN = "anyio.pytest_plugin"


def enter(recorder: Engine) -> None:
    """Make a test's cassette the innermost in the runner, too, if there is one."""
    _run(functools.partial(scope.adopt, recorder))


def leave() -> None:
    """Drop from it what has been closed."""
    _run(scope.forget_closed)


def _run(change: Callable[[], object]) -> None:
    runner: Any = getattr(sys.modules.get(PLUGIN), "_current_runner", None)
    if runner is None:
        return

    async def run() -> None:
        change()

    runner.run_test(run, {})
