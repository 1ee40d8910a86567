"""Cassettes that are still open when a test is over: by intention, or because they were forgotten.

That of a fixture of a wider scope stays open over the tests that use the fixture; a test that runs
again (pytest-rerunfailures) may play again what it has played. One that a test or a fixture has
left open is closed, and warned of as Python warns of open files.
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any, TypeAlias

from llmcassette.errors import CassetteError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    import pytest

    from llmcassette.recorder.engine import Engine

    Owner: TypeAlias = pytest.Item | pytest.FixtureDef[Any]

__all__ = ["LeftOpenError", "StillOpen"]


class LeftOpenError(CassetteError):
    """A test or a fixture is over, and a cassette that it opened is still open.

    Attributes:
        code: its name in the report of a run.
    """

    code = "left-open"


class StillOpen:
    """Knows who has to close which cassette, and what each has played before a test began.

    Args:
        open_recorders: gives the cassettes that are open.
        is_error: whether a cassette left open is an error, as in CI; else it is a warning.
    """

    def __init__(
        self,
        open_recorders: Callable[[], Iterable[Engine]],
        is_error: Callable[[], bool],
    ) -> None:
        self._open_recorders = open_recorders
        self._is_error = is_error
        self._opened: dict[Owner, list[Engine]] = {}
        self._test = ""
        self._used_up: dict[Engine, bytes] = {}

    def begin(self, item: pytest.Item) -> None:
        """A test begins, perhaps again."""
        if item.nodeid != self._test:
            self._test = item.nodeid
            self.fixture_is_set_up()
            return
        for recorder, used_up in self._used_up.items():
            recorder.player.play_again(used_up)

    def fixture_is_set_up(self) -> None:
        """A fixture of a wider scope is ready; it is not set up again where the test runs again."""
        self._used_up = {recorder: recorder.player.used_up() for recorder in self._open_recorders()}

    def opened(self, recorder: Engine, owner: Owner) -> None:
        """A test or a fixture has opened a cassette, and has to close it."""
        self._opened.setdefault(owner, []).append(recorder)

    def close_of_test(self, item: pytest.Item, *, save: bool, complain: bool) -> Sequence[Engine]:
        """Close what a test has left open, when it has been torn down.

        Args:
            item: the test.
            save: whether to write what was recorded.
            complain: whether to warn of it.

        Raises:
            CassetteError: a file cannot be saved; or in CI, instead of the warning.
        """
        left = self._close(item, save=save)
        if complain:
            fix = "open it in a `with` block; for several tests, in a fixture of a wider scope"
            self._complain(left, "the test", fix)
        return left

    def close_of_fixture(self, fixture: pytest.FixtureDef[Any]) -> None:
        """Close and save what a fixture has left open, when it has been torn down.

        Raises:
            CassetteError: as ``close_of_test`` does.
        """
        left = self._close(fixture, save=True)
        if left:
            from conftest_plugin.cassettes.fixture_guard import described

            who, _ = described(fixture, "set-up")
            self._complain(left, who, "open it in a `with` block around the `yield`")

    def _close(self, owner: Owner, *, save: bool) -> Sequence[Engine]:
        opened = self._opened.pop(owner, ())
        if not opened:
            return ()
        from conftest_plugin.cassettes.opening import forget_closed_in_runner
        from llmcassette.clients import scope
        from llmcassette.clients.serving import stop_serving

        left = [recorder for recorder in opened if scope.is_open(recorder)]
        unsaved: CassetteError | None = None
        for recorder in reversed(left):
            try:
                stop_serving(recorder, save=save)
            except CassetteError as error:
                unsaved = error
        forget_closed_in_runner()
        if unsaved is not None:
            raise unsaved
        return left

    def _complain(self, left: Iterable[Engine], who: str, fix: str) -> None:
        for recorder in left:
            error = LeftOpenError(f"{who} left this cassette open. Fix: {fix}", path=recorder.path)
            if self._is_error():
                raise error
            warnings.warn(str(error), ResourceWarning, stacklevel=2)
