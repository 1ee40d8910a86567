"""Where an error came from: the lines of the project's own code on its way."""

from __future__ import annotations

import inspect
import linecache
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from types import FrameType, TracebackType

    from llmcassette.errors import ReplayError

__all__ = [
    "Charge",
    "Place",
    "frames",
    "function_of",
    "includes",
    "place_of",
    "place_of_caller",
    "sender_of_caller",
    "shown_line",
]

_LONGEST_CODE: Final = 50

# Frames in these folders are not the project's.
_FOREIGN: Final = tuple(
    str(folder) + os.sep
    for folder in (
        Path(__file__).parents[1],  # this plugin
        Path(__file__).parents[2] / "llmcassette",
        Path(pytest.__file__).parent.parent,  # site-packages
        Path(inspect.__file__).parent,  # the standard library
    )
)


class Place(NamedTuple):
    """A line of the project's code."""

    path: str
    line: int


class Charge(NamedTuple):
    """An error that a test is charged with.

    Attributes:
        error: raised through a client's call.
        place: the innermost line that sent the request, in the test's file, else in a conftest.py,
            else in the project; ``None`` where the thread or task has no such line.
        sender: the innermost line of the project's code that sent it, in any file.
    """

    error: ReplayError
    place: Place | None
    sender: Place | None = None


def includes(raised: BaseException | None, error: BaseException) -> bool:
    """Whether an error was raised itself, or as the cause, the context or a part of a group."""
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
    """The function that a test runs, without decorators."""
    function = inspect.unwrap(getattr(item, "obj", None) or (lambda: None))
    # Hypothesis replaces the function by one that calls it many times.
    return getattr(getattr(function, "hypothesis", None), "inner_test", function)


def place_of(error: BaseException, file: str) -> Place | None:
    """Where an error came from, by its traceback: the innermost line of the project's code.

    Args:
        error: any exception.
        file: of the test, whose lines go before those of a conftest.py, and these before others.

    Returns:
        ``None`` where the traceback has no such line.
    """
    return _place(reversed(list(frames(error.__traceback__))), file)


def place_of_caller(file: str) -> Place | None:
    """The same for the line that is being run; ``None`` in a thread or task without such lines."""
    return _place(_callers(sys._getframe()), file)


def sender_of_caller() -> Place | None:
    """The innermost line of the project's code that is being run, in any file."""
    for frame, line in _callers(sys._getframe()):
        path = frame.f_code.co_filename
        if not path.startswith(("<", *_FOREIGN)):
            return Place(path, line)
    return None


def shown_line(path: str, place: Place) -> str:
    """``agent.py:12: reply = client.chat(...)``, with the path as messages show it."""
    code = linecache.getline(place.path, place.line).strip()
    if len(code) > _LONGEST_CODE:
        code = f"{code[:_LONGEST_CODE]}…"
    return f"{path}:{place.line}: {code}".rstrip(": ")


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
