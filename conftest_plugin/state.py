"""What is known of one test while it runs: its cassette, and the errors it is charged with."""

from __future__ import annotations

import inspect
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from types import FrameType, TracebackType

    from llmcassette.errors import CassetteError, ReplayError
    from llmcassette.recorder.engine import Engine

__all__ = [
    "Kept",
    "Place",
    "TestState",
    "begin",
    "frames",
    "function_of",
    "is_or_holds",
    "known_of",
    "place_of",
    "place_of_caller",
    "state_of",
]

# Frames in these folders are no concern of whoever wrote the test.
_FOREIGN: Final = tuple(
    str(folder) + os.sep
    for folder in (
        Path(__file__).parent,  # this plugin
        Path(__file__).parent.parent / "llmcassette",
        Path(pytest.__file__).parent.parent,  # site-packages
        Path(inspect.__file__).parent,  # the standard library
    )
)


class Place(NamedTuple):
    """A line of somebody's code."""

    path: str
    line: int


class Kept(NamedTuple):
    """An error that a test is charged with.

    Attributes:
        error: raised through a client's call.
        place: the innermost line that the request came from, of the test's own file, or else of a
            conftest.py, or else of the project; ``None`` where the thread or task has none.
    """

    error: ReplayError
    place: Place | None


class TestState:
    """One run of one test.

    Attributes:
        nodeid: the test.
        file: its file.
        recorder: its own cassette, once opened.
        kept: every error it is charged with, in order.
        told: how many of these a report has told, or the test has handled itself.
        charged: those that its call phase fails by.
        verdict: the one among them that is no request: what became of its cassette, or of faults.
        trouble: why its cassette could not be opened or saved, or which fault never fired.
        ended_with: what the test function itself raised, where the verdict has replaced it.
        failed: a phase of it has failed so far.
        passed: its call phase has passed.
        refused: what it recorded cannot be saved, and it has failed by that.
        over: its last report is made; what comes later is told at the end of the run.
    """

    __test__ = False

    def __init__(self, nodeid: str, file: str) -> None:
        self.nodeid = nodeid
        self.file = file
        self.recorder: Engine | None = None
        self.kept: list[Kept] = []
        self.told = 0
        self.charged: list[Kept] = []
        self.verdict: ReplayError | None = None
        self.trouble: CassetteError | None = None
        self.ended_with: BaseException | None = None
        self.failed = False
        self.passed = False
        self.refused = False
        self.over = False

    def keep(self, error: ReplayError) -> None:
        """Charge an error to the test; called where it is raised."""
        if all(kept.error is not error for kept in self.kept):
            self.kept.append(Kept(error, place_of_caller(self.file)))

    def take(self, item: pytest.Item, raised: BaseException | None) -> list[Kept]:
        """The errors that have not been told yet, and that the test function has not handled.

        An error that the test function expects (``pytest.raises``) is its own business; one that
        it catches unnamed, or that comes out of it, or under what comes out of it, is not.
        """
        fresh = self.kept[self.told :]
        self.told = len(self.kept)
        return [
            kept
            for kept in fresh
            if is_or_holds(raised, kept.error) or not _is_handled_in(item, kept.error)
        ]


_state = pytest.StashKey[TestState]()


def begin(item: pytest.Item) -> TestState:
    """A test begins, perhaps again: nothing is known of it."""
    item.stash[_state] = TestState(item.nodeid, str(item.path))
    return item.stash[_state]


def state_of(item: pytest.Item) -> TestState:
    """What is known of a test that has begun."""
    return item.stash[_state]


def known_of(item: pytest.Item) -> TestState | None:
    """What is known of a test; ``None`` where its set-up has not even begun."""
    return item.stash.get(_state, None)


def is_or_holds(raised: BaseException | None, error: BaseException) -> bool:
    """Whether an error is what was raised, or its cause or context, or in its group."""
    seen: set[int] = set()
    open_ones = [raised]
    while open_ones:
        link = open_ones.pop()
        if link is error:
            return True
        if link is None or id(link) in seen:
            continue
        seen.add(id(link))
        open_ones += [link.__cause__, link.__context__]
        if isinstance(link, BaseExceptionGroup):
            open_ones += link.exceptions
    return False


def function_of(item: pytest.Item) -> Any:  # noqa: ANN401 - whatever was collected
    """The function that a test runs, as it was written."""
    function = inspect.unwrap(getattr(item, "obj", None) or (lambda: None))
    # Hypothesis replaces the function by one that calls it many times.
    return getattr(getattr(function, "hypothesis", None), "inner_test", function)


def place_of(error: BaseException, file: str) -> Place | None:
    """Where an error came from, by its traceback; see ``Kept.place``."""
    return _place(reversed(list(frames(error.__traceback__))), file)


def place_of_caller(file: str) -> Place | None:
    """The line that is being run; see ``Kept.place``."""
    return _place(_callers(sys._getframe()), file)


def _place(lines: Iterable[tuple[FrameType, int]], file: str) -> Place | None:
    in_conftest = in_project = None
    for frame, line in lines:
        path = frame.f_code.co_filename
        if path == file:
            return Place(path, line)
        if path.endswith("conftest.py"):
            in_conftest = in_conftest or Place(path, line)
        elif not path.startswith(("<", *_FOREIGN)):
            in_project = in_project or Place(path, line)
    return in_conftest or in_project


def frames(link: TracebackType | None) -> Iterator[tuple[FrameType, int]]:
    """The frames of a traceback, with their lines, the outermost first."""
    while link is not None:
        yield link.tb_frame, link.tb_lineno
        link = link.tb_next


def _callers(frame: FrameType | None) -> Iterator[tuple[FrameType, int]]:
    while frame is not None:
        yield frame, frame.f_lineno
        frame = frame.f_back


def _is_handled_in(item: pytest.Item, error: BaseException) -> bool:
    """Whether an error that did not come out of a test function was expected there."""
    # Not at the start of every run.
    from conftest_plugin.verdict import expected_errors

    function = function_of(item)
    code = getattr(function, "__code__", None)
    unittest = sys.modules.get("unittest")  # not imported for those who do not use it
    of_unittest = unittest is not None and isinstance(
        getattr(item, "instance", None), unittest.TestCase
    )
    if of_unittest and error.__traceback__ is None:
        # assertRaises takes the traceback away
        return (
            code is None
            or expected_errors.names_one(code)
            or not expected_errors.catches_unnamed(code)
        )
    if of_unittest and getattr(function, "__unittest_expecting_failure__", False):
        return False  # it is unittest that caught it, and it shows nobody
    if code is not None and expected_errors.expects_one_in_a_group(code):
        return True
    here = str(item.path)
    return any(
        (frame.f_code is code or frame.f_code.co_filename == here)
        and expected_errors.expects_an_error(frame.f_code, line)
        for frame, line in frames(error.__traceback__)
    )
