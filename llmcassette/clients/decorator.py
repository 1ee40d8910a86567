"""``use_cassette`` as a decorator."""

from __future__ import annotations

import functools
import inspect
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from contextlib import AbstractContextManager

__all__ = ["decorated"]

P = ParamSpec("P")
T = TypeVar("T")


def decorated(
    function: Callable[P, T], block: Callable[[], AbstractContextManager[object]]
) -> Callable[P, T]:
    """A function that runs in a new block each time it is called.

    Args:
        function: may be asynchronous, or a generator function: then the block lasts until the
            generator ends, and also serves the code that iterates it.
        block: makes the block.

    Raises:
        TypeError: it is a class, or an asynchronous generator function, whose steps may each run in
            another context.
    """
    if inspect.isclass(function) or inspect.isasyncgenfunction(function):
        kind = "a class" if inspect.isclass(function) else "an asynchronous generator"
        raise TypeError(
            f"use_cassette decorates functions, and {function.__qualname__} is {kind}: "
            "write `with use_cassette(...)` inside it"
        )
    wrapper: Any
    # pytest leaves frames out that have __tracebackhide__.

    if inspect.iscoroutinefunction(function):

        async def wrapper(*args: P.args, **kwargs: P.kwargs) -> Any:
            __tracebackhide__ = True
            with block():
                return await function(*args, **kwargs)

    elif inspect.isgeneratorfunction(function):

        def wrapper(*args: P.args, **kwargs: P.kwargs) -> Generator[Any, Any, Any]:
            __tracebackhide__ = True
            with block():
                return (yield from function(*args, **kwargs))

    else:

        def wrapper(*args: P.args, **kwargs: P.kwargs) -> Any:
            __tracebackhide__ = True
            with block():
                return function(*args, **kwargs)

    result: Callable[P, T] = functools.wraps(function)(wrapper)
    return result
