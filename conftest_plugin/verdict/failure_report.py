"""The report of a test whose cassette could not answer.

SDKs, task groups, threads and ``xfail`` all have their ways with an error; the recorder keeps it,
and here the report is made from it, whatever became of it on the way.
"""

from __future__ import annotations

import contextlib
import os
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from conftest_plugin.naming import shown_file
from conftest_plugin.pytest_private import (
    ReprEntry,
    ReprExceptionInfo,
    ReprFileLocation,
    ReprTraceback,
)
from conftest_plugin.verdict.expected_errors import catches_unnamed
from conftest_plugin.verdict.places import Place, frames, function_of, is_or_holds, place_of
from llmcassette.errors import BlockedHostError, ReplayError, UnmatchedRequestError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from types import TracebackType

    from conftest_plugin.pytest_private import Traceback
    from conftest_plugin.verdict.judge import Charge
    from llmcassette.errors import CassetteError

__all__ = ["fail", "hide_our_frames", "shorten"]

_LIBRARY: Final = str(Path(__file__).parents[2] / "llmcassette") + os.sep
_NO_CONCERN: Final = (
    str(Path(__file__).parents[1]) + os.sep,
    _LIBRARY,
    contextlib.__file__,
)
_EXPECTABLE: Final = (BlockedHostError, UnmatchedRequestError)


def fail(
    item: pytest.Item,
    report: pytest.TestReport,
    charges: Sequence[Charge],
    raised: BaseException | None,
) -> None:
    """Turn a phase's report into a failure by what the cassette could not answer.

    Args:
        item: the test.
        report: what pytest makes of the phase; changed in place.
        charges: the errors, the one that leads first.
        raised: what the phase itself ended with, if it was an exception.
    """
    first, *others = charges
    longrepr = _in_brief(str(first.error), first.error, _shown(item, report, first.place))
    for other in others:
        path, line = _shown(item, report, other.place)
        message = f"{other.error}\n\n{path}:{line}: {type(other.error).__name__}"
        longrepr.addsection("llmcassette: and", message, "-")
    if isinstance(first.error, _EXPECTABLE) and not is_or_holds(raised, first.error):
        how = _how_to_name(item, first.error)
        if how:
            longrepr.addsection("llmcassette: caught, and not named", how, "-")
    own = _other_than_ours(raised)
    if own is not None:
        longrepr.addsection("llmcassette: the test itself ended with", _told(item, own), "-")
    report.outcome = "failed"
    report.longrepr = longrepr
    if hasattr(report, "wasxfail"):
        del report.wasxfail


def shorten(item: pytest.Item, report: pytest.TestReport, error: CassetteError) -> None:
    """Show an error of a fixture, or one that no line of the test raised, without a traceback.

    Args:
        item: the test.
        report: what pytest makes of the phase; changed in place.
        error: what it ended with.
    """
    place = place_of(error, str(item.path))
    if not report.failed or (place is not None and report.when == "call"):
        return
    report.longrepr = _in_brief(f"llmcassette: {error}", error, _shown(item, report, place))


def hide_our_frames(error: BaseException) -> None:
    """Let a traceback end where the user's code called us."""
    last: TracebackType | None = None
    link = error.__traceback__
    while link is not None:
        if not link.tb_frame.f_code.co_filename.startswith(_NO_CONCERN):
            last = link
        link = link.tb_next
    if last is not None:
        last.tb_next = None


def _in_brief(text: str, error: BaseException, place: Place) -> ReprExceptionInfo:
    """An error as a text and a place, without a traceback."""
    location = ReprFileLocation(place.path, place.line, type(error).__name__)
    entry = ReprEntry(text.splitlines(), None, None, location, "value")
    crash = ReprFileLocation(place.path, place.line, text.partition("\n")[0])
    return ReprExceptionInfo(ReprTraceback([entry], None, "value"), crash)


def _how_to_name(item: pytest.Item, error: ReplayError) -> str:
    """What a test function writes to expect an error that it catches unnamed; empty otherwise."""
    code = getattr(function_of(item), "__code__", None)
    if code is None or not catches_unnamed(code):
        return ""
    name = f"llmcassette.{type(error).__name__}"
    codes = [frame.f_code for frame, _ in frames(error.__traceback__)]
    # assertRaises takes the traceback away; there is that of another raise by now.
    is_alone = code in codes or not any(one.co_filename.startswith(_LIBRARY) for one in codes)
    ways = ("raises", "except") if is_alone else ("RaisesGroup", "except*")
    return f"If the test expects this, name it:\n  pytest.{ways[0]}({name})\n  {ways[1]} {name}"


def _other_than_ours(raised: BaseException | None) -> BaseException | None:
    group = raised.__cause__ if isinstance(raised, ReplayError) else raised
    if isinstance(group, BaseExceptionGroup):
        _, rest = group.split(ReplayError)
        return rest
    return None if isinstance(raised, ReplayError) else raised


def _told(item: pytest.Item, raised: BaseException) -> str:
    if isinstance(raised, pytest.skip.Exception | pytest.xfail.Exception):
        how = "skip" if isinstance(raised, pytest.skip.Exception) else "xfail"
        return f"pytest.{how}: {raised.msg}"
    if isinstance(raised, BaseExceptionGroup):
        # pytest prints a group with the whole of every traceback.
        return "\n".join([_in_a_line(raised), *(f"  {_in_a_line(e)}" for e in _leaves(raised))])

    def of_the_test(info: pytest.ExceptionInfo[BaseException]) -> Traceback:
        return info.traceback.cut(path=item.path).filter(info)

    # Without the chain: it is the kept error's long way through the SDK.
    info = pytest.ExceptionInfo.from_exception(raised)
    return str(info.getrepr(style="short", chain=False, tbfilter=of_the_test))


def _in_a_line(error: BaseException) -> str:
    return "".join(traceback.format_exception_only(error)).rstrip()


def _leaves(group: BaseExceptionGroup[BaseException]) -> Iterator[BaseException]:
    open_ones: list[BaseException] = list(group.exceptions)
    while open_ones:
        error = open_ones.pop(0)
        if isinstance(error, BaseExceptionGroup):
            open_ones[:0] = error.exceptions
        else:
            yield error


def _shown(item: pytest.Item, report: pytest.TestReport, place: Place | None) -> Place:
    """The place as messages show it; in the call phase always in the test's own file."""
    if place is None or (report.when == "call" and place.path != str(item.path)):
        _, line, _ = item.reportinfo()
        place = Place(str(item.path), (line or 0) + 1)
    return Place(shown_file(item.config, place.path), place.line)
