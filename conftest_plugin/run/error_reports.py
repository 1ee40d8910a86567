"""Show errors of the run as pytest shows those of tests: in its sections, counts and JUnit file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from conftest_plugin.pytest_private import ReprFileLocation, TerminalRepr, forget_failure
from llmcassette.escaping import printable
from llmcassette.review.report.names import Names

if TYPE_CHECKING:
    from collections.abc import Iterable

    from _pytest._io import TerminalWriter

    from llmcassette.review.report.problem import Problem

__all__ = ["ErrorReports"]

_NOWHERE = "llmcassette"


class ErrorReports:
    """A plugin that is registered where a run ends with errors of its own."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._names = Names(config.rootpath, config.invocation_params.dir)
        self._is_sending = False

    def send(self, problems: Iterable[Problem]) -> None:
        """Report errors, each as one of a teardown: of its test, or else of its file."""
        for problem in problems:
            if not self._is_sending:
                self._config.pluginmanager.register(self, "llmcassette-errors")
                self._is_sending = True
            report = self._report(problem)
            self._config.hook.pytest_runtest_logreport(report=report)
            if "::" not in report.nodeid:
                forget_failure(self._config, report)
        self._is_sending = False

    @pytest.hookimpl(tryfirst=True)
    def pytest_report_teststatus(
        self, report: pytest.CollectReport | pytest.TestReport
    ) -> tuple[str, str, str] | None:
        """Count an error of the run, without a letter among those of the tests' progress."""
        if isinstance(report.longrepr, ErrorText):
            return "error", "", "" if self._is_sending else "ERROR"
        return None

    def _report(self, problem: Problem) -> pytest.TestReport:
        node = problem.tests[0] if len(problem.tests) == 1 else problem.file or _NOWHERE
        return pytest.TestReport(
            nodeid=node,
            location=(node.partition("::")[0], None, _headline(node)),
            keywords={},
            outcome="failed",
            longrepr=ErrorText(self._names.shown(problem), is_of_file=node == problem.file),
            when="teardown",
        )


class ErrorText(TerminalRepr):
    """The text of an error: what happened, where, and what to do.

    Args:
        problem: the error, with paths as seen from where pytest was started.
        is_of_file: whether pytest names its file.

    Attributes:
        reprcrash: gives pytest the line for its short summary.
    """

    def __init__(self, problem: Problem, *, is_of_file: bool) -> None:
        first, *more = printable(problem.message).split("\n")
        place = "" if is_of_file or not problem.file else f"{problem.file}: "
        fix = f". Fix: {problem.fix}" if problem.fix else ""
        self.reprcrash = ReprFileLocation(
            problem.file or _NOWHERE, problem.line, f"{problem.code}: {place}{first}{fix}"
        )
        self._lines = [f"{problem.code}: {first}", *more]
        rows = {"test" if len(problem.tests) == 1 else "tests": problem.test}
        rows["file"] = f"{problem.file}:{problem.line}" if problem.line > 1 else problem.file
        rows["fix"] = problem.fix
        width = max((len(name) for name, value in rows.items() if value), default=0)
        self._lines += [f"  {name:{width}}  {value}" for name, value in rows.items() if value]

    def __str__(self) -> str:
        return printable("\n".join(self._lines))

    def toterminal(self, tw: TerminalWriter) -> None:
        """Print it in pytest's section of errors."""
        for line in self._lines:
            tw.line(printable(line))


def _headline(node: str) -> str:
    """What pytest writes behind ``ERROR at teardown of``."""
    if node == _NOWHERE:
        return "the run"
    return node.partition("::")[2].replace("::", ".") or node
