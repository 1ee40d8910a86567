"""anyio's runner: one task for many tests and fixtures, with the context that it began with.

It lives as long as an asynchronous fixture of a wider scope does. The cassette of a test that is
opened meanwhile is not in that context, and an error that is no ``Exception`` ends the task,
whether a test or a fixture raises it: every later test would fail by it.

Imported with the first test that anyio runs, which may open the first cassette while it runs.
"""

from __future__ import annotations

import contextlib
import functools
import inspect
import sys
from typing import TYPE_CHECKING, Any

from conftest_plugin.held import holding, releasing
from llmcassette.errors import ReplayError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Generator

    import pytest

    from llmcassette.recorder.engine import Engine

__all__ = ["enter", "leave", "outlived", "outlived_by_fixture"]

PLUGIN = "anyio.pytest_plugin"


def enter(recorder: Engine) -> None:
    """Make a test's cassette the innermost in the runner, too, if there is one."""
    from llmcassette.clients import scope

    _run(functools.partial(scope.adopt, recorder))


def leave() -> None:
    """Drop from it what has been closed."""
    from llmcassette.clients import scope

    _run(scope.forget_closed)


@contextlib.contextmanager
def outlived(item: pytest.Item) -> Generator[None]:
    """While a test runs, which may end with a ``ReplayError``.

    Raises:
        ReplayError, BaseExceptionGroup: what it ended with, as it raised it.
    """
    __tracebackhide__ = True
    function = getattr(item, "obj", None)
    if _runner() is None or not inspect.iscoroutinefunction(function):
        yield
        return

    item.obj = _held(function)  # type: ignore[attr-defined]
    try:
        with releasing():
            yield
    finally:
        item.obj = function  # type: ignore[attr-defined]


@contextlib.contextmanager
def outlived_by_fixture(
    fixture: pytest.FixtureDef[Any], request: pytest.FixtureRequest
) -> Generator[None]:
    """While a fixture is set up, which may end with a ``ReplayError``, there or when torn down.

    Args:
        fixture: one of a test that anyio runs.
        request: for it.

    Raises:
        ReplayError, BaseExceptionGroup: what its set-up ended with, as it raised it.
    """
    __tracebackhide__ = True
    function = fixture.func
    if inspect.isasyncgenfunction(function):
        hold = _held_generator
    elif inspect.iscoroutinefunction(function):
        hold = _held
    else:
        yield
        return
    bound = function
    if inspect.ismethod(function) and type(function.__self__) is type(request.instance):
        bound = function.__func__.__get__(request.instance)
    fixture.func = hold(bound)  # type: ignore[misc]
    try:
        with releasing():
            yield
    except (ReplayError, BaseExceptionGroup):
        fixture.cached_result = None  # pytest keeps what it saw
        raise
    finally:
        fixture.func = function  # type: ignore[misc]


def _held(function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    async def held(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401
        __tracebackhide__ = True
        with holding():
            return await function(*args, **kwargs)

    return held


def _held_generator(function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    async def held(*args: Any, **kwargs: Any) -> AsyncGenerator[Any]:  # noqa: ANN401
        __tracebackhide__ = True
        with holding():
            async with contextlib.aclosing(function(*args, **kwargs)) as generator:
                async for value in generator:
                    yield value

    return held


def _run(change: Callable[[], object]) -> None:
    runner = _runner()
    if runner is None:
        return

    async def run() -> None:
        change()

    runner.run_test(run, {})


def _runner() -> Any:  # noqa: ANN401 - of a plugin that need not be installed
    return getattr(sys.modules.get(PLUGIN), "_current_runner", None)
