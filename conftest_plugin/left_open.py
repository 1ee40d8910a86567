"""Cassettes that nobody has closed: of a test that is over, and of a whole run.

Imported with the first block (``use_cassette``, ``llm_cassettes``) that is entered, or where a run
ends with something recorded and not saved.
"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from conftest_plugin import anyio_runner
from conftest_plugin.pytest_private import is_set_up, xfail_of
from conftest_plugin.state import place_of_caller, state_of
from llmcassette.clients import scope
from llmcassette.clients.blocks import stop_serving
from llmcassette.errors import CassetteError
from llmcassette.recorder.run import current_run
from llmcassette.review.report.names import Names
from llmcassette.review.report.problem import Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    import pytest

    from conftest_plugin.run_end import RunEnd
    from conftest_plugin.state import Place
    from llmcassette.recorder.engine import Engine
    from llmcassette.recorder.settings import Settings

__all__ = ["LeftOpen", "LeftOpenError", "unsaved"]

_WITH: Final = "open it in a `with` block"


class LeftOpenError(CassetteError):
    """A test is over that passed, and a cassette that it opened was still open.

    Attributes:
        told: the same as in the verdict over a run.
    """

    told: Problem


class _Entered(NamedTuple):
    recorder: Engine
    place: Place | None

    @property
    def is_open(self) -> bool:
        return scope.is_open(self.recorder)


class LeftOpen:
    """Closes what tests and fixtures have left open, and tells.

    Args:
        config: pytest's.
        relative: gives a path as the report names it.
        run_end: where it is told.
        settings: gives the project's.
    """

    def __init__(
        self,
        config: pytest.Config,
        relative: Callable[[Path], str],
        run_end: RunEnd,
        settings: Callable[[], Settings],
    ) -> None:
        self._config = config
        self._relative = relative
        self._run_end = run_end
        self._settings = settings
        self._of_test: list[_Entered] = []
        self._of_fixtures: list[_Entered] = []

    def entered(self, recorder: Engine, item: pytest.Item, fixtures: Sequence[str]) -> None:
        """A block begins to serve, in the thread that runs the tests.

        Args:
            recorder: the cassette.
            item: the test that is running.
            fixtures: see ``Session.wide_fixtures``.
        """
        entered = _Entered(recorder, place_of_caller(str(item.path)))
        is_torn_down = bool(fixtures) and not fixtures[-1]
        if fixtures and not is_torn_down:
            self._of_fixtures = [one for one in self._of_fixtures if one.is_open]
            self._of_fixtures.append(entered)
        elif is_torn_down or is_set_up(item):
            # Before that, what is around the test is set up: packages, custom collectors.
            self._of_test.append(entered)

    def close(self, item: pytest.Item, *, may_fail: bool) -> None:
        """A test has been torn down: close what it has left open, and save it if it passed.

        Args:
            item: the test.
            may_fail: it has been torn down without an error.

        Raises:
            CassetteError: under the rules of CI, if the test has passed; or something cannot be
                saved.
        """
        left, self._of_test = [one for one in self._of_test if one.is_open], []
        if not left:
            return
        state = state_of(item)
        errors = self._end(left, item, passed=state.passed)
        # A test that has failed, or that skipped itself, need not have come to the end of a block.
        problems = [self._problem(item.nodeid, one) for one in left if state.passed]
        raised: CassetteError | None = None
        if may_fail and xfail_of(item) is None:  # xfail expects any error
            if errors:
                raised = errors.pop(0)
            elif problems and problems[0].level == "error":
                raised = self._error(problems.pop(0), left[0])
        self._tell(item.nodeid, errors, problems)
        if raised is not None:
            raise raised

    def finish(self) -> None:
        """All fixtures have been torn down: close what those of wider scopes have left open."""
        left, self._of_fixtures = [one for one in self._of_fixtures if one.is_open], []
        errors = self._end(left, None, passed=True)
        self._tell("", errors, [self._problem("", one) for one in left])

    def _end(
        self, left: Sequence[_Entered], item: pytest.Item | None, *, passed: bool
    ) -> list[CassetteError]:
        """Close cassettes, as the end of their block would.

        Returns:
            Why one could not be saved, or which fault never fired.
        """
        saves = passed or self._config.option.llm_record_failed
        errors: list[CassetteError] = []
        for recorder, _ in reversed(left):
            try:
                stop_serving(recorder, save=saves)
            except CassetteError as error:
                errors.append(error)
                continue
            unfired = recorder.unfired_error() if passed else None
            if unfired is not None:
                errors.append(unfired)
            if not saves and recorder.recorded:
                self._run_end.not_saved(item)
        anyio_runner.leave()
        return errors

    def _problem(self, test: str, left: _Entered) -> Problem:
        file = self._relative(left.recorder.path)
        names = [test, file]
        opened = "opened"
        if left.place is not None:
            names.append(self._relative(Path(left.place.path)))
            opened += f" at {names[-1]}:{left.place.line}"
        who, fix = "its fixture", "close it in the fixture's teardown (`with` around the `yield`)"
        if test:
            who, fix = "the test", f"{_WITH}; for several tests, in a fixture of a wider scope"
        return Problem(
            code="left-open",
            level="error" if current_run.must_replay(obey_ci=self._settings().ci) else "warn",
            test=test,
            file=file,
            message=f"{opened}, and still open when {who} was over",
            fix=fix,
            names=tuple(names),
        )

    def _error(self, problem: Problem, left: _Entered) -> LeftOpenError:
        names = Names(self._config.rootpath, self._config.invocation_params.dir)
        shown = names.shown(problem)
        message = f"{shown.message}. Fix: {shown.fix}"
        error = LeftOpenError(message, path=left.recorder.path)
        error.told = problem
        return error

    def _tell(
        self, nodeid: str, errors: Iterable[CassetteError], problems: Iterable[Problem]
    ) -> None:
        totals = self._run_end.totals
        totals.late += [[nodeid, str(error)] for error in errors]
        totals.left_open += map(asdict, problems)


def unsaved(
    recorders: Iterable[Engine],
    opener_of: Callable[[Engine], str],
    relative: Callable[[Path], str],
) -> list[dict[str, Any]]:
    """What was recorded into cassettes that are open at the end of a run.

    They may still be closed, and saved: when the plugins that opened them end, or at exit.

    Args:
        recorders: the cassettes.
        opener_of: gives the test that ran when it was opened; empty where none did.
        relative: gives a path as the report names it.

    Returns:
        See ``Totals.left_open``.
    """
    found = []
    for recorder in recorders:
        count = len(recorder.recorded)
        if recorder.closed or not count:
            continue
        file, test = relative(recorder.path), opener_of(recorder)
        what = "1 interaction was" if count == 1 else f"{count:,} interactions were"
        is_block = scope.is_open(recorder)
        found.append(
            Problem(
                code="left-open",
                level="warn",
                test=test,
                file=file,
                message=f"{what} recorded and not saved: nothing has closed it so far",
                fix=_WITH if is_block else "close the client that has the CassetteTransport",
                names=(test, file),
            )
        )
    return [asdict(problem) for problem in found]
