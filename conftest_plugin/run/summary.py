"""What the run did with its cassettes, in a few lines at its end; nothing where none was used."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from llmcassette.escaping import printable
from llmcassette.review.report.misses import group_misses
from llmcassette.review.report.names import Names
from llmcassette.review.report.problem import annotation, workflow_command

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    import pytest

    from llmcassette.review.report.facts import Facts
    from llmcassette.review.report.problem import Problem

__all__ = ["Conclusion", "print_summary"]

_MOST_LINES: Final = 10


@dataclass(slots=True)
class Conclusion:
    """What a run comes to.

    Attributes:
        facts: what it did.
        problems: what is wrong with it, and what failed single tests.
        tokens: how many replaying saved; 0 where they were not counted.
        dollars: likewise, of the answers whose price is known; ``None`` if none is.
        unpriced: how many answers have no known price.
    """

    facts: Facts
    problems: list[Problem]
    tokens: int = 0
    dollars: float | None = None
    unpriced: int = 0

    @property
    def unused_rules(self) -> list[str]:
        """The rules that matched nothing in a complete run that passed."""
        facts = self.facts
        if not facts.complete or any(outcome != "passed" for outcome in facts.tests.values()):
            return []
        return sorted(
            f"{setting}: {rule}" for (setting, rule), used in facts.rules.items() if not used
        )


def print_summary(
    terminal: pytest.TerminalReporter, config: pytest.Config, conclusion: Conclusion
) -> None:
    """Print the section of the plugin, and annotations on GitHub.

    With ``-q`` there is no section about nothing but replay.
    """
    names = Names(config.rootpath, config.invocation_params.dir)
    lines = [*_recorded(conclusion.facts, names, config.rootpath), *_found(conclusion, names)]
    if config.option.llm_drift:
        lines += _drifted(conclusion.facts)
    if conclusion.facts.verified:
        lines += _verified(conclusion.facts, names)
    replayed = list(_replayed(conclusion))
    if lines or (replayed and config.get_verbosity() >= 0):
        terminal.section("llmcassette")
        for line in (*replayed, *lines):
            terminal.line(printable(line.rstrip()))
    if os.environ.get("GITHUB_ACTIONS") == "true":
        for line in _annotations(conclusion, config.rootpath):
            terminal.line(line)


def _replayed(conclusion: Conclusion) -> Iterator[str]:
    totals = conclusion.facts.totals()
    if not totals["replayed"]:
        return
    files = sum(use.replayed > 0 for use in conclusion.facts.cassettes.values())
    saved = []
    if conclusion.tokens:
        more = "+" if conclusion.unpriced else ""
        dollars = "" if conclusion.dollars is None else f" (${conclusion.dollars:,.4f}{more})"
        saved.append(f"{_count(conclusion.tokens, 'token')}{dollars}")
    if (seconds := f"{totals['seconds']:,.1f}") != "0.0":
        saved.append(f"{seconds} s")
    replayed = _count(int(totals["replayed"]), "interaction")
    line = f"replayed {replayed} from {_count(files, 'cassette')}"
    yield f"{line}: saved {' and '.join(saved)}" if saved else line


def _recorded(facts: Facts, names: Names, root: Path) -> Iterator[str]:
    written = [
        names.seen(path) for path in sorted(facts.cassettes) if facts.cassettes[path].written
    ]
    if written:
        recorded = _count(sum(use.written for use in facts.cassettes.values()), "interaction")
        yield from _paragraph(
            f"recorded {recorded} into {_count(len(written), 'cassette')}:", written
        )
    if facts.notes:
        from llmcassette.review.report.notes import HEADINGS, replaced_line

        if replaced := replaced_line(facts.notes):
            yield replaced
        for kind, heading in HEADINGS.items():
            if lines := facts.notes.get(kind):
                yield from _paragraph(heading, sorted(lines), most=len(lines))
    if facts.unscanned:
        yield from _paragraph(
            "not scanned for in recordings: too short, a plain word or a placeholder (name a "
            "variable in secret_env to scan for it):",
            sorted(facts.unscanned),
        )
    if facts.unsaved:
        yield from _paragraph(
            "not saved, because the test did not pass (--llm-record-failed saves it):",
            map(names.seen, facts.unsaved),
            most=len(facts.unsaved),
        )
    # Another test may have recorded the same file.
    idle = [test for test, path in facts.idle.items() if not os.path.lexists(root / path)]
    if idle:
        yield from _paragraph(
            "recorded nothing (remove the marker llm_cassette, or check whether another mock "
            "answered):",
            map(names.seen, idle),
        )
    for path, tests in facts.unwritten.items():
        yield from _paragraph(
            f"{names.seen(path)} was not rewritten, because these tests did not pass:",
            map(names.seen, tests),
            most=len(tests),
        )


def _found(conclusion: Conclusion, names: Names) -> Iterator[str]:
    warnings = [names.shown(one).text() for one in conclusion.problems if one.level == "warn"]
    if warnings:
        yield from _paragraph("warnings:", warnings)
    if conclusion.unused_rules:
        yield from _paragraph("rules that matched nothing in any request:", conclusion.unused_rules)


def _drifted(facts: Facts) -> Iterator[str]:
    """How many cassettes no longer match, by cause; pytest's failures show how."""
    groups = group_misses(facts)
    if not groups:
        return
    cassettes = len({one.cassette for group in groups for one in group.misses})
    yield f"requests no longer match {_count(cassettes, 'cassette')}:"
    for group in groups:
        files = len({one.cassette for one in group.misses})
        tests = _count(len(group.tests), "test")
        yield f"  {group.cause}: {tests}, {_count(files, 'cassette')}"


def _verified(facts: Facts, names: Names) -> Iterator[str]:
    """The differences of live answers; pytest shows those that are errors (``--llm-verify``)."""
    answers, found = _count(facts.verified, "answer"), _count(len(facts.drift), "difference")
    yield f"compared {answers} with live ones: {found} in shape"
    by_file: dict[str, list[str]] = {}
    for one in facts.drift:
        if one.tier != "error":
            by_file.setdefault(names.seen(one.file), []).append(f"{one.tier}: {one.text()}")
    for file, lines in by_file.items():
        yield from _paragraph(f"{file}:", lines, most=len(lines))


def _annotations(conclusion: Conclusion, root: Path) -> Iterator[str]:
    for missed in conclusion.facts.missed:
        message = f"{missed.test}: {missed.message}"
        yield workflow_command("error", root / missed.file, missed.line, "llmcassette", message)
    failures = [one for one in conclusion.problems if one.failed_test]
    others = [one for one in conclusion.problems if not one.failed_test]
    for problem in (*sorted(failures, key=lambda one: (one.test, one.code)), *others):
        yield annotation(problem, root)


def _paragraph(heading: str, lines: Iterable[str], *, most: int = _MOST_LINES) -> Iterator[str]:
    yield heading
    shown = list(lines)
    for line in shown[:most]:
        yield f"  {line}"
    if len(shown) > most:
        yield f"  and {len(shown) - most:,} more"


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
