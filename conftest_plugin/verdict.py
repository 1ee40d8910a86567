"""The verdict of a test whose cassette could not answer.

SDKs, task groups, threads and ``xfail`` all have their ways with an error; the recorder keeps it,
and here the test fails by it, whatever became of it on the way.
"""

from __future__ import annotations

import inspect
import traceback
from typing import TYPE_CHECKING, Any

from _pytest._code.code import ReprEntry, ReprExceptionInfo, ReprFileLocation, ReprTraceback

from conftest_plugin.naming import shown_test_file
from conftest_plugin.placeholders import hint_for
from llmcassette.errors import ReplayError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from types import CodeType, TracebackType

    import pytest

    from llmcassette.recorder.recorder import Recorder

__all__ = ["judge"]


def judge(
    item: pytest.Item,
    call: pytest.CallInfo[None],
    report: pytest.TestReport,
    recorders: Sequence[Recorder],
    judged: int,
) -> int:
    """Turn a phase's report into a failure where a kept error asks for it.

    An error that reached the test function and was handled there (``pytest.raises``) is the test's
    own business. One kept during set-up counts at the end of the call phase: FAILED says more than
    "passed, and an error".

    Args:
        item: the test.
        call: the phase that has ended.
        report: what pytest makes of it so far; changed in place.
        recorders: the cassettes opened while the test ran.
        judged: how many kept errors earlier phases have told.

    Returns:
        How many have been told now.
    """
    kept = list(dict.fromkeys(error for recorder in recorders for error in recorder.errors))
    raised = call.excinfo.value if call.excinfo is not None else None
    if report.when == "setup" and report.passed:
        return judged
    fresh = [
        error
        for error in kept[judged:]
        if error is raised or not _handled_by(error, _code_of(item))
    ]
    if isinstance(raised, ReplayError) and raised not in fresh:
        fresh.insert(0, raised)
    if fresh:
        _fail(item, report, fresh, raised)
    elif report.failed and raised is not None and (recorders or report.when == "setup"):
        hint = hint_for(str(raised))
        if hint is not None:
            report.sections.append(("llmcassette", hint))
    return len(kept)


def _fail(
    item: pytest.Item,
    report: pytest.TestReport,
    errors: list[ReplayError],
    raised: BaseException | None,
) -> None:
    first, *others = errors
    if raised is not None and not _is_or_holds(raised, first):
        report.sections.append(("llmcassette: the test itself ended with", report.longreprtext))
    for other in others:
        report.sections.append(("llmcassette: and", str(other)))
    path, line = _where(item, first)
    location = ReprFileLocation(path, line, type(first).__name__)
    entry = ReprEntry(str(first).splitlines(), None, None, location, "value")
    crash = ReprFileLocation(path, line, str(first).partition("\n")[0])
    report.outcome = "failed"
    report.longrepr = ReprExceptionInfo(
        reprtraceback=ReprTraceback([entry], None, "value"), reprcrash=crash
    )
    if hasattr(report, "wasxfail"):
        del report.wasxfail


def _is_or_holds(raised: BaseException, error: ReplayError) -> bool:
    if isinstance(raised, BaseExceptionGroup):
        return all(_is_or_holds(inner, error) for inner in raised.exceptions)
    return isinstance(raised, ReplayError)


def _code_of(item: pytest.Item) -> CodeType | None:
    function = inspect.unwrap(getattr(item, "obj", None) or (lambda: None))
    return getattr(function, "__code__", None)


def _handled_by(error: ReplayError, code: CodeType | None) -> bool:
    return any(frame.f_code is code for frame in _frames(error.__traceback__))


def _frames(link: TracebackType | None) -> Iterable[Any]:
    while link is not None:
        yield link.tb_frame
        link = link.tb_next


def _where(item: pytest.Item, error: ReplayError) -> tuple[str, int]:
    """The innermost line of the test's own file that the request came from."""
    here = str(item.path)
    for summary in reversed(traceback.extract_tb(error.__traceback__)):
        if summary.filename == here and summary.lineno is not None:
            return shown_test_file(item), summary.lineno
    _, line, _ = item.reportinfo()
    return shown_test_file(item), (line or 0) + 1
