"""The verdict of a test: what it is charged with, and what its reports make of that."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conftest_plugin.pytest_private import has_unittest_error
from conftest_plugin.state import Kept, Place, begin, known_of, place_of, state_of
from conftest_plugin.verdict.key_hints import hint_for
from llmcassette.errors import CassetteError, ReplayError

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest

    from conftest_plugin.ledger import Ledger
    from conftest_plugin.run_end import RunEnd
    from conftest_plugin.state import TestState
    from llmcassette.recorder.engine import Engine
    from llmcassette.recorder.project import Project

__all__ = ["Judging"]


class Judging:
    """Charges errors to tests, and fails these by them.

    Args:
        ledger: where the facts are noted.
        run_end: where it is told what comes when a test is over.
        project: for hints.
        save: saves what a test recorded, see ``Cassettes.save_for``.

    Attributes:
        item: the test that is running.
        running: what is known of it.
    """

    def __init__(
        self,
        ledger: Ledger,
        run_end: RunEnd,
        project: Project,
        save: Callable[[pytest.Item], CassetteError | None],
    ) -> None:
        self.item: pytest.Item | None = None
        self.running: TestState | None = None
        self._ledger = ledger
        self._run_end = run_end
        self._project = project
        self._save = save

    def begin(self, item: pytest.Item) -> None:
        """A test's set-up begins."""
        self.item = item
        self._ledger.began(item)
        self.running = begin(item)

    def end(self) -> None:
        """A test's teardown is over."""
        self.item = self.running = None

    def blocked(self, error: ReplayError) -> ReplayError:
        """A connection is about to be refused, and no cassette says so."""
        self.kept(error, None)
        return error

    def kept(self, error: ReplayError, recorder: Engine | None) -> None:
        """An error is about to be raised through a client's call."""
        state = self.running
        if recorder is not None and (state is None or recorder.closed):
            state = self._run_end.opener_of(recorder)
        if state is not None and not state.over:
            state.keep(error)
        else:
            self._run_end.totals.late.append([state.nodeid if state else "", str(error)])
            if state is not None:
                self._ledger.failed(state.nodeid)

    def overrules(self, item: pytest.Item, raised: BaseException | None) -> ReplayError | None:
        """At the end of the call phase: what the test fails by, whatever it ended with itself."""
        state = state_of(item)
        state.charged = state.take(item, raised)
        if raised is None and not state.charged and state.recorder is not None:
            unfired = state.trouble = state.recorder.unfired_error()
            if unfired is not None:
                state.verdict = ReplayError(str(unfired), path=unfired.path)
            elif not (state.failed or has_unittest_error(item)):  # failed: by subtests
                state.verdict = self._run_end.unused(item, state.recorder)
            state.charged = [] if state.verdict is None else [Kept(state.verdict, None)]
        state.ended_with = raised
        return state.charged[0].error if state.charged else None

    def judge(
        self, item: pytest.Item, call: pytest.CallInfo[None], report: pytest.TestReport
    ) -> None:
        """Fail a test whose cassette could not answer, whatever became of the error."""
        state = known_of(item)
        if state is None:
            return
        raised = call.excinfo.value if call.excinfo is not None else None
        if report.when != "setup" or not report.passed:
            charged, state.charged = state.charged, []
            if charged and raised is charged[0].error:
                raised = state.ended_with
            charged += state.take(item, raised)
            if not charged and isinstance(raised, ReplayError):
                # A fixture's, raised again for every test that asks for the fixture.
                charged = [Kept(raised, place_of(raised, state.file))]
            if not charged and report.when == "call" and report.passed and not state.failed:
                charged = self._refused(item, state)
            if charged:
                from conftest_plugin.verdict.failure_report import fail

                fail(item, report, charged, raised)
                _, line, _ = item.reportinfo()
                here = Place(str(item.path), (line or 0) + 1)
                missed = [kept for kept in charged if kept.error is not state.verdict]
                self._ledger.missed(item, charged[0].place or here, missed)
            elif report.failed and raised is not None and state.recorder is not None:
                self._hint(report, str(raised))
        if report.failed:
            trouble = raised if isinstance(raised, CassetteError) else state.trouble
            state.trouble = None
            if trouble is not None:
                self._run_end.failed_by(item, trouble)
        self._ledger.reported(item, report)
        state.failed = state.failed or report.failed
        state.passed = report.when == "call" and report.passed and not state.failed
        state.over = report.when == "teardown"

    def _refused(self, item: pytest.Item, state: TestState) -> list[Kept]:
        """What a test that passed fails by, where its recording cannot be saved."""
        if state.recorder is None or state.recorder.mode in {"none", "live"}:
            return []
        state.trouble = self._save(item)
        if state.trouble is None:
            return []
        state.verdict = ReplayError(str(state.trouble), path=state.trouble.path)
        return [Kept(state.verdict, None)]

    def _hint(self, report: pytest.TestReport, message: str) -> None:
        hint = hint_for(message, self._project)
        if hint is not None:
            add = getattr(report.longrepr, "addsection", None)
            if add is None:
                report.sections.append(("llmcassette", hint))
            else:
                add("llmcassette", hint, "-")
