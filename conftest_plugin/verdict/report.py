"""The report of a test whose cassette could not answer.

SDKs, task groups, threads and ``xfail`` may swallow or replace an error. It is remembered where it
is raised, and the report is made from that.
"""

from __future__ import annotations

import contextlib
import os
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from conftest_plugin.paths import shown_file
from conftest_plugin.pytest_private import (
    ReprEntry,
    ReprExceptionInfo,
    ReprFileLocation,
    ReprTraceback,
)
from conftest_plugin.verdict.expected_errors import catches_anything
from conftest_plugin.verdict.places import (
    Place,
    frames,
    function_of,
    includes,
    place_of,
    shown_line,
)
from llmcassette.errors import BlockedHostError, ReplayError, UnmatchedRequestError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from types import TracebackType

    from conftest_plugin.pytest_private import Traceback
    from conftest_plugin.verdict.places import Charge
    from llmcassette.errors import CassetteError

__all__ = ["fail", "hide_our_frames", "shorten"]

_LIBRARY: Final = str(Path(__file__).parents[2] / "llmcassette") + os.sep
_OURS: Final = (
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
    """Turn the report of a phase into a failure by the errors that the test is charged with.

    The first of them leads; what the phase itself ``raised`` follows.
    """
    first, *others = charges
    text = str(first.error)
    if isinstance(first.error, UnmatchedRequestError) and first.sender is not None:
        sender = shown_line(shown_file(item.config, first.sender.path), first.sender)
        text += f"\n  sent by   {sender}"
    longrepr = _without_traceback(text, first.error, _shown(item, report, first.place))
    for other in others:
        path, line = _shown(item, report, other.place)
        message = f"{other.error}\n\n{path}:{line}: {type(other.error).__name__}"
        longrepr.addsection("llmcassette: another error", message, "-")
    if isinstance(first.error, _EXPECTABLE) and not includes(raised, first.error):
        how = _how_to_name(item, first.error)
        if how:
            longrepr.addsection(
                "llmcassette: your code caught this error without naming it", how, "-"
            )
    own = _other_than_ours(raised)
    if own is not None:
        longrepr.addsection("llmcassette: the test itself raised", _as_text(item, own), "-")
    report.outcome = "failed"
    report.longrepr = longrepr
    if hasattr(report, "wasxfail"):
        del report.wasxfail


def shorten(item: pytest.Item, report: pytest.TestReport, error: CassetteError) -> None:
    """Show an error of a fixture, or one that no line of the test raised, without a traceback."""
    place = place_of(error, str(item.path))
    if not report.failed or (place is not None and report.when == "call"):
        return
    shown = _shown(item, report, place)
    report.longrepr = _without_traceback(f"llmcassette: {error}", error, shown)


def hide_our_frames(error: BaseException) -> None:
    """Let a traceback end where the user's code called us."""
    last: TracebackType | None = None
    link = error.__traceback__
    while link is not None:
        if not link.tb_frame.f_code.co_filename.startswith(_OURS):
            last = link
        link = link.tb_next
    if last is not None:
        last.tb_next = None


def _without_traceback(text: str, error: BaseException, place: Place) -> ReprExceptionInfo:
    """A report that shows an error by its text and place, without a traceback."""
    location = ReprFileLocation(place.path, place.line, type(error).__name__)
    entry = ReprEntry(text.splitlines(), None, None, location, "value")
    crash = ReprFileLocation(place.path, place.line, text.partition("\n")[0])
    return ReprExceptionInfo(ReprTraceback([entry], None, "value"), crash)


def _how_to_name(item: pytest.Item, error: ReplayError) -> str:
    """What a test function may write to expect an error that it catches without naming it.

    Returns:
        Empty where the test function does not catch it.
    """
    code = getattr(function_of(item), "__code__", None)
    if code is None or not catches_anything(code):
        return ""
    name = f"llmcassette.{type(error).__name__}"
    codes = [frame.f_code for frame, _ in frames(error.__traceback__)]
    # assertRaises has removed the traceback; a later raise has left another.
    is_alone = code in codes or not any(one.co_filename.startswith(_LIBRARY) for one in codes)
    ways = ("raises", "except") if is_alone else ("RaisesGroup", "except*")
    return f"If the test expects this, name it:\n  pytest.{ways[0]}({name})\n  {ways[1]} {name}"


def _other_than_ours(raised: BaseException | None) -> BaseException | None:
    group = raised.__cause__ if isinstance(raised, ReplayError) else raised
    if isinstance(group, BaseExceptionGroup):
        _, rest = group.split(ReplayError)
        return rest
    return None if isinstance(raised, ReplayError) else raised


def _as_text(item: pytest.Item, raised: BaseException) -> str:
    if isinstance(raised, pytest.skip.Exception | pytest.xfail.Exception):
        how = "skip" if isinstance(raised, pytest.skip.Exception) else "xfail"
        return f"pytest.{how}: {raised.msg}"
    if isinstance(raised, BaseExceptionGroup):
        # pytest prints a group with every traceback in full.
        return "\n".join([_in_one_line(raised), *(f"  {_in_one_line(e)}" for e in _leaves(raised))])

    def of_the_test(info: pytest.ExceptionInfo[BaseException]) -> Traceback:
        return info.traceback.cut(path=item.path).filter(info)

    # Without the chain, which shows how the error went through the SDK.
    info = pytest.ExceptionInfo.from_exception(raised)
    return str(info.getrepr(style="short", chain=False, tbfilter=of_the_test))


def _in_one_line(error: BaseException) -> str:
    return "".join(traceback.format_exception_only(error)).rstrip()


def _leaves(group: BaseExceptionGroup[BaseException]) -> Iterator[BaseException]:
    for error in group.exceptions:
        if isinstance(error, BaseExceptionGroup):
            yield from _leaves(error)
        else:
            yield error


def _shown(item: pytest.Item, report: pytest.TestReport, place: Place | None) -> Place:
    """A place as messages show it; in the call phase always in the test's own file."""
    if place is None or (report.when == "call" and place.path != str(item.path)):
        _, line, _ = item.reportinfo()
        place = Place(str(item.path), (line or 0) + 1)
    return Place(shown_file(item.config, place.path), place.line)
