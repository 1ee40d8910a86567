"""Every fixture is torn down, though another's teardown ends with a ``ReplayError``.

pytest goes on to the next finalizer after an ``Exception``; after any other error it forgets the
rest: the test's cassette would stay open for the next test, and fixtures of the user's, too.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from conftest_plugin.held import holding, releasing
from conftest_plugin.pytest_private import finalizers_of_nodes

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    import pytest

__all__ = ["contained"]


@contextlib.contextmanager
def contained(item: pytest.Item) -> Generator[None]:
    """While a test is torn down, and perhaps what is around it.

    Raises:
        ReplayError, BaseExceptionGroup: what the finalizers ended with, as they raised it.
    """
    __tracebackhide__ = True
    # Fixtures have a finalizer each, and no hook is called around it.
    for finalizers in finalizers_of_nodes(item.session).values():
        finalizers[:] = map(_contained, finalizers)
    with releasing():
        yield


class _Contained:
    __slots__ = ("_finalizer",)

    def __init__(self, finalizer: Callable[[], object]) -> None:
        self._finalizer = finalizer

    def __call__(self) -> object:
        __tracebackhide__ = True
        with holding():
            return self._finalizer()


def _contained(finalizer: Callable[[], object]) -> _Contained:
    return finalizer if isinstance(finalizer, _Contained) else _Contained(finalizer)
