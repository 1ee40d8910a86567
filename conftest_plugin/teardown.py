"""Every fixture is torn down, though another's teardown ends with a ``ReplayError``.

pytest goes on to the next finalizer after an ``Exception``; after any other error it forgets the
rest: the test's cassette would stay open for the next test, and fixtures of the user's, too. So
such an error travels through pytest inside an ``Exception``.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from llmcassette.errors import ReplayError

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    import pytest

__all__ = ["contained"]


class HeldError(Exception):
    """Carries a ``ReplayError`` as its cause."""


@contextlib.contextmanager
def contained(item: pytest.Item) -> Generator[None]:
    """While a test is torn down, and perhaps what is around it.

    Raises:
        ReplayError, BaseExceptionGroup: what the finalizers ended with, as they raised it.
    """
    __tracebackhide__ = True
    # Fixtures have a finalizer each, and no hook is called around it.
    for finalizers, _ in item.session._setupstate.stack.values():
        finalizers[:] = map(_contained, finalizers)
    try:
        yield
    except Exception as error:
        released = _released(error)
        if released is error:
            raise
        raise released from released.__cause__


class _Contained:
    __slots__ = ("_finalizer",)

    def __init__(self, finalizer: Callable[[], object]) -> None:
        self._finalizer = finalizer

    def __call__(self) -> object:
        __tracebackhide__ = True
        try:
            return self._finalizer()
        except (ReplayError, BaseExceptionGroup) as error:
            if not _may_be_held(error):
                raise
            raise HeldError(str(error)) from error


def _contained(finalizer: Callable[[], object]) -> _Contained:
    return finalizer if isinstance(finalizer, _Contained) else _Contained(finalizer)


def _may_be_held(error: BaseException) -> bool:
    """Not a group of Exceptions, which is one itself, nor one with a KeyboardInterrupt in it."""
    if isinstance(error, BaseExceptionGroup):
        return not isinstance(error, Exception) and not error.split((Exception, ReplayError))[1]
    return True


def _released(error: BaseException) -> BaseException:
    """An error as it was raised, after it has come through pytest."""
    if isinstance(error, HeldError):
        assert error.__cause__ is not None
        return error.__cause__
    if isinstance(error, ExceptionGroup) and error.subgroup(HeldError):
        return BaseExceptionGroup(error.message, [_released(each) for each in error.exceptions])
    return error
