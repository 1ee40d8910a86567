"""A ``ReplayError`` inside an Exception, on its way through code that gives up by any other error.

pytest's teardown and anyio's runner do: see ``conftest_plugin.teardown`` and
``conftest_plugin.anyio_runner``.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from llmcassette.errors import ReplayError

if TYPE_CHECKING:
    from collections.abc import Generator

__all__ = ["holding", "releasing"]


class HeldError(Exception):
    """Carries a ``ReplayError``, or a group with some, as its cause."""


@contextlib.contextmanager
def holding() -> Generator[None]:
    """Raise what is no Exception, but ours, as one.

    Raises:
        HeldError: it stands for a ``ReplayError`` or a group with such.
    """
    __tracebackhide__ = True
    try:
        yield
    except (ReplayError, BaseExceptionGroup) as error:
        if not _may_be_held(error):
            raise
        raise HeldError(str(error)) from error


@contextlib.contextmanager
def releasing() -> Generator[None]:
    """Raise what was held as it was before.

    Raises:
        ReplayError, BaseExceptionGroup: likewise.
    """
    __tracebackhide__ = True
    try:
        yield
    except Exception as error:
        released = _released(error)
        if released is error:
            raise
        raise released from released.__cause__


def _may_be_held(error: BaseException) -> bool:
    """Not a group of Exceptions, which is one itself, nor one with a KeyboardInterrupt in it."""
    if isinstance(error, BaseExceptionGroup):
        return not isinstance(error, Exception) and not error.split((Exception, ReplayError))[1]
    return True


def _released(error: BaseException) -> BaseException:
    if isinstance(error, HeldError):
        assert error.__cause__ is not None
        return error.__cause__
    if isinstance(error, ExceptionGroup) and error.subgroup(HeldError):
        return BaseExceptionGroup(error.message, [_released(each) for each in error.exceptions])
    return error
