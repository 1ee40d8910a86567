"""A test that runs again (pytest-rerunfailures) may play again what its last run played.

Its own cassette is opened afresh; that of a fixture of a wider scope stays open over the runs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import pytest

    from llmcassette.recorder.engine import Engine

__all__ = ["Reruns"]


class Reruns:
    """Knows what open cassettes had played before the running test sent anything.

    Args:
        open_recorders: gives the cassettes that are open.
    """

    def __init__(self, open_recorders: Callable[[], Iterable[Engine]]) -> None:
        self._open_recorders = open_recorders
        self._nodeid = ""
        self._used_up: dict[Engine, bytes] = {}

    def begin(self, item: pytest.Item) -> None:
        """A test begins, perhaps again."""
        if item.nodeid != self._nodeid:
            self._nodeid = item.nodeid
            self.fixture_is_set_up()
            return
        for recorder, used_up in self._used_up.items():
            recorder.player.play_again(used_up)

    def fixture_is_set_up(self) -> None:
        """A fixture of a wider scope is ready, and is not set up again for a rerun."""
        self._used_up = {recorder: recorder.player.used_up() for recorder in self._open_recorders()}
