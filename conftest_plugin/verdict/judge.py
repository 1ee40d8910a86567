"""The verdict of a test: which errors it is charged with, and whether it fails by them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from conftest_plugin.verdict.places import (
    Charge,
    Place,
    includes,
    place_of,
    place_of_caller,
    sender_of_caller,
    shown_line,
)
from llmcassette.errors import CassetteError, ReplayError

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest_plugin.run.facts import RunFacts
    from llmcassette.recorder.engine import Engine
    from llmcassette.recorder.project import Project

__all__ = ["Judge", "TestState", "begin", "state_of"]


class TestState:
    """One run of one test.

    Attributes:
        nodeid: the test.
        file: the file it is in.
        recorder: its own cassette, while it runs.
        failing: what it fails by, decided at the end of its call phase.
        cassette_error: why its cassette cannot be opened or saved, or which faults never fired.
        stand_in: the error that stands for ``cassette_error`` in ``failing``.
        ended_with: what its call phase itself raised.
        failed: a phase of it has failed.
        passed: its call phase has passed, and no phase before has failed.
        refused: what it recorded cannot be saved.
        over: its last phase has been reported.
    """

    def __init__(self, nodeid: str, file: str) -> None:
        self.nodeid = nodeid
        self.file = file
        self.recorder: Engine | None = None
        self.failing: list[Charge] = []
        self.cassette_error: CassetteError | None = None
        self.stand_in: ReplayError | None = None
        self.ended_with: BaseException | None = None
        self.failed = False
        self.passed = False
        self.refused = False
        self.over = False
        self._charges: list[Charge] = []
        self._judged = 0

    def charge(self, error: ReplayError) -> None:
        """Charge the test with an error; called where it is raised."""
        if all(charge.error is not error for charge in self._charges):
            self._charges.append(Charge(error, place_of_caller(self.file), sender_of_caller()))

    def unhandled(self, item: pytest.Item, raised: BaseException | None) -> list[Charge]:
        """The errors since the last call that the test function has not handled.

        An error that the test function expects (``pytest.raises``) is handled; one that it catches
        without naming it, or that comes out of the test function, is not.
        """
        new = self._charges[self._judged :]
        self._judged = len(self._charges)
        if not new:
            return []
        from conftest_plugin.verdict.expected_errors import is_handled

        return [
            charge
            for charge in new
            if includes(raised, charge.error) or not is_handled(item, charge.error)
        ]

    def reported(self, report: pytest.TestReport) -> None:
        """A phase is over, and its report is made."""
        self.failed = self.failed or report.failed
        self.passed = report.when == "call" and report.passed and not self.failed
        self.over = report.when == "teardown"


_state = pytest.StashKey[TestState]()


def begin(item: pytest.Item) -> TestState:
    """A test begins, perhaps again: nothing is known of it."""
    state = item.stash[_state] = TestState(item.nodeid, str(item.path))
    return state


def state_of(item: pytest.Item) -> TestState | None:
    """What is known of a test; ``None`` where its set-up has not begun."""
    return item.stash.get(_state, None)


class Judge:
    """Charges errors to tests, and fails tests by them.

    Args:
        facts: the facts of the run.
        project: what pyproject.toml says.
        save: saves what a test recorded, see ``Cassettes.save_for``.
    """

    def __init__(
        self,
        facts: RunFacts,
        project: Project,
        save: Callable[[pytest.Item], CassetteError | None],
    ) -> None:
        self._facts = facts
        self._project = project
        self._save = save

    def charge(
        self, error: ReplayError, recorder: Engine | None, running: TestState | None
    ) -> None:
        """Charge an error that is about to be raised: to the running test, or to an earlier one.

        Args:
            error: raised through a client's call.
            recorder: the cassette of the request; ``None`` where none was open.
            running: the test that is running.
        """
        state = running
        if recorder is not None and (state is None or recorder.closed):
            state = recorder.opening and recorder.opening.state
        if state is not None and not state.over:
            state.charge(error)
        else:
            self._facts.late(state.nodeid if state else "", error)

    def failure_of(self, item: pytest.Item, raised: BaseException | None) -> BaseException | None:
        """What a test fails by at the end of its call phase, whose function has ``raised`` this."""
        state = state_of(item)
        assert state is not None
        state.ended_with = raised
        state.failing = state.unhandled(item, raised)
        if raised is None and not state.failing and state.recorder is not None:
            unfired = state.cassette_error = state.recorder.unfired_error()
            if unfired is not None:
                state.stand_in = ReplayError(str(unfired), path=unfired.path)
                state.failing = [Charge(state.stand_in, None)]
        return state.failing[0].error if state.failing else raised

    def judge(
        self, item: pytest.Item, call: pytest.CallInfo[None], report: pytest.TestReport
    ) -> None:
        """Make the report of a phase a failure where the test is charged with errors."""
        state = state_of(item)
        if state is None:
            return
        raised = call.excinfo.value if call.excinfo is not None else None
        if report.when != "setup" or not report.passed:
            charges, raised = self._charges(item, state, raised, report)
            if charges:
                self._fail(item, state, charges, raised, report)
            elif report.failed and raised is not None and state.recorder is not None:
                from conftest_plugin.placeholders import add_hint

                add_hint(report, str(raised), self._project)
        if report.failed:
            error = raised if isinstance(raised, CassetteError) else state.cassette_error
            state.cassette_error = None
            if error is not None:
                self._facts.failed_by(item, error)
        state.reported(report)

    def _charges(
        self,
        item: pytest.Item,
        state: TestState,
        raised: BaseException | None,
        report: pytest.TestReport,
    ) -> tuple[list[Charge], BaseException | None]:
        """The errors that a phase fails by, and what it raised itself."""
        charges, state.failing = state.failing, []
        if charges and raised is charges[0].error:
            raised = state.ended_with
        charges += state.unhandled(item, raised)
        if not charges and isinstance(raised, ReplayError):
            # A fixture's, raised again for every test that asks for the fixture.
            charges = [Charge(raised, place_of(raised, state.file))]
        if not charges and report.when == "call" and report.passed and not state.failed:
            charges = self._save_recorded(item, state)
        return charges, raised

    def _save_recorded(self, item: pytest.Item, state: TestState) -> list[Charge]:
        """Save what a test recorded that has passed; it fails where that is refused."""
        if state.recorder is None or state.recorder.mode in {"none", "live"}:
            return []
        error = state.cassette_error = self._save(item)
        if error is None:
            return []
        state.stand_in = ReplayError(str(error), path=error.path)
        return [Charge(state.stand_in, None)]

    def _fail(
        self,
        item: pytest.Item,
        state: TestState,
        charges: list[Charge],
        raised: BaseException | None,
        report: pytest.TestReport,
    ) -> None:
        from conftest_plugin.verdict.report import fail

        fail(item, report, charges, raised)
        _, line, _ = item.reportinfo()
        place = charges[0].place or Place(str(item.path), (line or 0) + 1)
        for charge in charges:
            if charge.error is not state.stand_in:
                sender = charge.sender
                sent_by = (
                    shown_line(self._facts.relative(Path(sender.path)), sender) if sender else ""
                )
                file = Path(place.path)
                self._facts.missed(item, file, place.line, charge.error, sent_by)
