"""Misses in pytest's output: those by one cause are shown once, and in colours.

Reports of tests stay as they are; only what pytest's terminal prints of them is replaced.
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import pytest

from conftest_plugin.pytest_private import (
    ReprEntry,
    ReprExceptionInfo,
    ReprFileLocation,
    TerminalRepr,
)
from llmcassette.escaping import printable
from llmcassette.review.report.colours import coloured
from llmcassette.review.report.misses import group_misses, listed_tests
from llmcassette.review.report.names import Names

if TYPE_CHECKING:
    from collections.abc import Generator

    from _pytest._io import TerminalWriter

    from llmcassette.review.report.facts import Facts
    from llmcassette.review.report.misses import MissGroup

__all__ = ["MissReports"]


class MissReports:
    """Prints one failure for all tests that missed by one cause.

    Args:
        facts: the run.
        config: pytest's.
    """

    def __init__(self, facts: Facts, config: pytest.Config) -> None:
        self._facts = facts
        self._names = Names(config.rootpath, config.invocation_params.dir)
        least = 1 if config.option.llm_drift else 2
        verbose = config.get_verbosity() > 1
        groups = [] if verbose else group_misses(facts)
        self._groups = [group for group in groups if len(group.tests) >= least]

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> Generator[None]:
        """While pytest prints its sections; its counts stay those of the tests."""
        failed = terminalreporter.stats.get("failed", [])
        terminalreporter.stats["failed"] = self._folded(failed)
        try:
            return (yield)
        finally:
            terminalreporter.stats["failed"] = failed

    def _folded(self, reports: list[Any]) -> list[Any]:
        in_group = {id(one) for group in self._groups for one in group.misses}
        alone = {one.test for one in self._facts.missed if id(one) not in in_group}
        missed = {one.test for one in self._facts.missed if one.key}
        folded = missed - alone
        shown = [
            _in_colours(report) if report.nodeid in missed else report
            for report in reports
            if not (report.when == "call" and report.nodeid in folded)
        ]
        return [*(self._report_of(group) for group in self._groups), *shown]

    def _report_of(self, group: MissGroup) -> pytest.TestReport:
        count = len(group.tests)
        name = f"{group.cause} (in {count:,} tests)"
        if count == 1:
            name = group.tests[0].partition("::")[2].replace("::", ".")
        return pytest.TestReport(
            nodeid=group.tests[0],
            location=("", None, name),
            keywords={},
            outcome="failed",
            longrepr=_Text(self._text(group), f"{count:,} tests: " * (count > 1) + group.cause),
            when="call",
        )

    def _text(self, group: MissGroup) -> str:
        first, count = group.misses[0], len(group.tests)
        these = f"these {count:,} tests" if count > 1 else "this test"
        seen = self._names.seen
        named = list(map(seen, group.named))
        rows = [("cassette", seen(first.cassette)), ("sent by", first.sent_by)]
        blocks = [
            f"{group.cause}: no recorded interaction answers {these}",
            first.difference,
            "If this change is intentional, re-record:",
            f"  {group.command(seen)}",
            "\n".join(listed_tests(list(map(seen, group.tests)), named)),
            "\n".join(f"  {label:<8}  {text}" for label, text in rows if text),
        ]
        return "\n\n".join(filter(None, blocks))


class _Text(TerminalRepr):
    """What pytest prints as the representation of a failure."""

    def __init__(self, text: str, headline: str) -> None:
        self._text = text
        self.reprcrash = ReprFileLocation("", 0, headline)

    def toterminal(self, tw: TerminalWriter) -> None:
        """Print it, in colours where the terminal has them."""
        text = printable(self._text)
        tw.line(coloured(text) if tw.hasmarkup else text)


class _Coloured(TerminalRepr):
    """A failure of a test that missed, with the differences in colours."""

    def __init__(self, shown: ReprExceptionInfo) -> None:
        self._shown = shown
        self.reprcrash = shown.reprcrash

    def toterminal(self, tw: TerminalWriter) -> None:
        """Print it."""
        (entry,) = self._shown.reprtraceback.reprentries
        if not tw.hasmarkup or not isinstance(entry, ReprEntry):
            self._shown.toterminal(tw)
            return
        tw.line(coloured("\n".join(entry.lines)))
        tw.line("")
        if entry.reprfileloc is not None:
            entry.reprfileloc.toterminal(tw)
        for name, content, separator in self._shown.sections:
            tw.sep(separator, name)
            tw.line(content)


def _in_colours(report: pytest.TestReport) -> pytest.TestReport:
    if not isinstance(report.longrepr, ReprExceptionInfo):
        return report
    shown = copy.copy(report)
    shown.longrepr = _Coloured(report.longrepr)
    return shown
