"""A test that is run again finds the cassettes of wider fixtures as its last attempt found them.

Such a cassette stays open over the attempts. What came to it since the test began is the attempt's,
whichever thread or task sent it, and is taken back; but for what came while fixtures were set up
that are still set up, as they are not set up again.

Imported when something opens a cassette that may outlive a test.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from llmcassette.recorder.marks import START, Mark

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import pytest

    from llmcassette.recorder.recorder import Recorder

__all__ = ["Attempts", "Marks"]

Marks: TypeAlias = dict["Recorder", Mark]


class _SetUp(NamedTuple):
    """A fixture of a wider scope has been set up, or has failed to be."""

    fixture: pytest.FixtureDef[Any]
    before: Marks
    after: Marks


class Attempts:
    """Knows the attempt that is under way.

    Args:
        running: the test that runs already, none of these cassettes being open when it began.
        still_open: gives the cassettes that are open.
    """

    def __init__(
        self, running: pytest.Item | None, still_open: Callable[[], Iterable[Recorder]]
    ) -> None:
        self._test = "" if running is None else running.nodeid
        self._still_open = still_open
        self._began: Marks = {}
        self._latest: Marks = {}
        self._set_up: list[_SetUp] = []

    def begin(self, item: pytest.Item) -> None:
        """A test begins, perhaps again."""
        if item.nodeid == self._test:
            self._take_back()
        self._test = item.nodeid
        self._began = self._latest = self.marks()
        self._set_up = []

    def marks(self) -> Marks:
        """How far each cassette has come."""
        return {recorder: recorder.mark() for recorder in self._still_open()}

    def set_up(self, fixture: pytest.FixtureDef[Any], before: Marks, *, has_param: bool) -> None:
        """The set-up of a fixture of a wider scope is over, also if it failed.

        Args:
            fixture: it.
            before: where its set-up began.
            has_param: it has one; then the fixture with the last one may have been torn down
                before, and nothing of the test's own has been set up.
        """
        after = self.marks()
        self._set_up.append(_SetUp(fixture, self._latest if has_param else before, after))
        self._latest = after

    def _take_back(self) -> None:
        lasting = [one for one in self._set_up if one.fixture.cached_result is not None]
        outlived = set(self._began).union(*(one.after for one in lasting))
        for recorder in outlived:
            recorder.take_back(
                self._began.get(recorder, START),
                [
                    (one.before.get(recorder, START), one.after[recorder])
                    for one in lasting
                    if recorder in one.after
                ],
            )
