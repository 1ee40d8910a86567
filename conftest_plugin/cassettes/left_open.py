"""Closes cassettes that a test or a fixture has left open, and warns of them as of open files."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, TypeAlias

from conftest_plugin.cassettes import anyio_runner
from llmcassette.clients import scope
from llmcassette.clients.blocks import stop_serving
from llmcassette.errors import CassetteError

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest

    from llmcassette.recorder.engine import Engine

    Owner: TypeAlias = pytest.Item | pytest.FixtureDef[object]

__all__ = ["LeftOpen", "LeftOpenError"]


class LeftOpenError(CassetteError):
    """A test or a fixture is over, and a cassette that it opened is still open."""


class LeftOpen:
    """Knows who has opened which cassette.

    Args:
        is_error: whether a cassette left open is an error, as in CI; else it is a warning.
    """

    def __init__(self, is_error: Callable[[], bool]) -> None:
        self._is_error = is_error
        self._opened: dict[Owner, list[Engine]] = {}

    def opened(self, recorder: Engine, owner: Owner) -> None:
        """A test or a fixture has opened a cassette."""
        self._opened.setdefault(owner, []).append(recorder)

    def close(self, owner: Owner, *, save: bool) -> list[Engine]:
        """Close what a test or a fixture that is over has left open.

        Args:
            owner: the test or fixture.
            save: whether to write what was recorded.

        Raises:
            CassetteError: a file cannot be saved.
        """
        left = [each for each in self._opened.pop(owner, ()) if scope.is_open(each)]
        unsaved: CassetteError | None = None
        for recorder in reversed(left):
            try:
                stop_serving(recorder, save=save)
            except CassetteError as error:
                unsaved = error
        if left:
            anyio_runner.leave()
        if unsaved is not None:
            raise unsaved
        return left

    def complain(self, left: list[Engine], who: str, fix: str) -> None:
        """Warn of cassettes that were left open.

        Raises:
            LeftOpenError: in CI.
        """
        for recorder in left:
            error = LeftOpenError(f"{who} left this cassette open. Fix: {fix}", path=recorder.path)
            if self._is_error():
                raise error
            warnings.warn(str(error), ResourceWarning, stacklevel=2)
