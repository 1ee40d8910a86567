"""The errors of llmcassette as they are raised in a pytest run: each is a failure of pytest, too.

pytest and anyio (4.5 and later) treat ``pytest.fail.Exception`` as they do an ``Exception``: other
fixtures are torn down, a failed fixture is remembered, and a runner that many tests share lives on.
Client libraries don't retry after it, as it is no ``Exception``. The names are the library's, since
reports show them; the classes can be imported, so the errors can be pickled.

A ``BaseExceptionGroup`` of a task group is no failure to pytest and anyio: fixtures, and tests that
anyio runs, raise the error of ours without its group.
"""

from __future__ import annotations

import contextlib
import functools
import inspect
from typing import TYPE_CHECKING, Any, Final

import pytest

from llmcassette import errors

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Generator
    from contextlib import AbstractContextManager

    from _pytest.outcomes import Failed
else:
    Failed = pytest.fail.Exception

__all__ = [
    "BlockedHostError",
    "ReplayError",
    "UnmatchedRequestError",
    "make_failure",
    "unwrap_in_fixture",
    "unwrap_in_test",
]


class ReplayError(errors.ReplayError, Failed):
    """See ``llmcassette.errors.ReplayError``."""

    __repr__ = BaseException.__repr__
    __str__ = BaseException.__str__


class UnmatchedRequestError(errors.UnmatchedRequestError, ReplayError):
    """See ``llmcassette.errors.UnmatchedRequestError``."""


class BlockedHostError(errors.BlockedHostError, ReplayError):
    """See ``llmcassette.errors.BlockedHostError``."""


_SUSPENDS: Final = inspect.CO_GENERATOR | inspect.CO_COROUTINE | inspect.CO_ASYNC_GENERATOR

_FAILURES: Final[dict[type, type]] = {
    errors.ReplayError: ReplayError,
    errors.UnmatchedRequestError: UnmatchedRequestError,
    errors.BlockedHostError: BlockedHostError,
}


def make_failure(error: errors.ReplayError) -> None:
    """Turn an error that is about to be raised into a failure of pytest; its message stays."""
    kind = _FAILURES.get(type(error))
    if kind is not None:
        error.__class__ = kind
        error.msg = str(error)  # type: ignore[attr-defined]
        error.pytrace = True  # type: ignore[attr-defined]


def unwrap_in_fixture(
    fixture: pytest.FixtureDef[Any], request: pytest.FixtureRequest
) -> Generator[None, object, object]:
    """While a fixture is set up; what it does after its ``yield`` is covered, too."""
    __tracebackhide__ = True
    function = fixture.func
    code = getattr(function, "__code__", None)
    if code is not None and code.co_flags & _SUSPENDS:
        # pytest binds methods to the instance of the test; what takes their place it does not.
        if inspect.ismethod(function) and isinstance(request.instance, type(function.__self__)):
            function = function.__func__.__get__(request.instance)
        with _replaced(fixture, "func", _unwrapping(function)):
            return (yield)
    try:
        return (yield)
    except BaseExceptionGroup as group:
        error = _error_of(group)
        if error is None:
            raise
        # As pytest does where a fixture fails: other tests that ask for it fail by this, too.
        key = fixture.cache_key(request)  # type: ignore[arg-type]
        fixture.cached_result = (None, key, (error, error.__traceback__))
        raise error from group


def unwrap_in_test(item: pytest.Item) -> AbstractContextManager[None]:
    """While an asynchronous test runs."""
    function = getattr(item, "obj", None)
    if not inspect.iscoroutinefunction(function):
        return contextlib.nullcontext()
    return _replaced(item, "obj", _unwrapping(function))


@contextlib.contextmanager
def _replaced(holder: object, name: str, function: object) -> Generator[None]:
    __tracebackhide__ = True
    before = getattr(holder, name)
    setattr(holder, name, function)
    try:
        yield
    finally:
        setattr(holder, name, before)


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

    else:

        def wrapped(*args: object, **kwargs: object) -> Generator[object]:
            __tracebackhide__ = True
            with _unwrap():
                yield from function(*args, **kwargs)

    return functools.wraps(function)(wrapped)


@contextlib.contextmanager
def _unwrap() -> Generator[None]:
    __tracebackhide__ = True
    try:
        yield
    except BaseExceptionGroup as group:
        error = _error_of(group)
        if error is None:
            raise
        raise error from group


def _error_of(group: BaseExceptionGroup[BaseException]) -> errors.ReplayError | None:
    """The error of ours to raise instead of a group; a KeyboardInterrupt in it goes first."""
    others = group.split((Exception, errors.ReplayError))[1]
    return errors.replay_error_in(group) if others is None else None
