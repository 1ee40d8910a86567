"""An error of ours that a task group has wrapped is raised without the group.

pytest forgets a fixture that ends with a ``BaseExceptionGroup``, and all that is still to be torn
down; anyio ends the runner that many tests share.
"""

from __future__ import annotations

import contextlib
import functools
import inspect
from typing import TYPE_CHECKING, Any

from llmcassette.errors import ReplayError, replay_error_in

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Generator

    import pytest

__all__ = ["unwrap_in_fixture", "unwrap_in_test"]


@contextlib.contextmanager
def unwrap_in_fixture(
    fixture: pytest.FixtureDef[Any], request: pytest.FixtureRequest
) -> Generator[None]:
    """While a fixture is set up; what it does after its ``yield`` is covered, too."""
    __tracebackhide__ = True
    function = bound = fixture.func
    # pytest binds methods to the instance of the test; what takes their place it does not.
    if inspect.ismethod(function) and isinstance(request.instance, type(function.__self__)):
        bound = function.__func__.__get__(request.instance)
    fixture.func = _unwrapping(bound)  # type: ignore[misc]
    try:
        yield
    finally:
        fixture.func = function  # type: ignore[misc]


@contextlib.contextmanager
def unwrap_in_test(item: pytest.Item) -> Generator[None]:
    """While an asynchronous test runs."""
    __tracebackhide__ = True
    function = getattr(item, "obj", None)
    if not inspect.iscoroutinefunction(function):
        yield
        return
    item.obj = _unwrapping(function)  # type: ignore[attr-defined]
    try:
        yield
    finally:
        item.obj = function  # type: ignore[attr-defined]


def _unwrapping(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function of the same kind that raises an error of ours alone."""
    wrapped: Callable[..., Any]
    if inspect.isasyncgenfunction(function):

        async def wrapped(*args: object, **kwargs: object) -> AsyncGenerator[object]:
            __tracebackhide__ = True
            with _unwrap():
                async with contextlib.aclosing(function(*args, **kwargs)) as generator:
                    async for value in generator:
                        yield value

    elif inspect.iscoroutinefunction(function):

        async def wrapped(*args: object, **kwargs: object) -> object:
            __tracebackhide__ = True
            with _unwrap():
                return await function(*args, **kwargs)

    elif inspect.isgeneratorfunction(function):

        def wrapped(*args: object, **kwargs: object) -> Generator[object]:
            __tracebackhide__ = True
            with _unwrap():
                yield from function(*args, **kwargs)

    else:

        def wrapped(*args: object, **kwargs: object) -> object:
            __tracebackhide__ = True
            with _unwrap():
                return function(*args, **kwargs)

    return functools.wraps(function)(wrapped)


@contextlib.contextmanager
def _unwrap() -> Generator[None]:
    __tracebackhide__ = True
    try:
        yield
    except BaseExceptionGroup as group:
        error = replay_error_in(group)
        # A KeyboardInterrupt beside it goes first.
        if error is None or group.split((Exception, ReplayError))[1] is not None:
            raise
        raise error from group
