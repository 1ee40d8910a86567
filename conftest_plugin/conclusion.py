"""The end of a run: what it comes to, in all workers together, and the report in a file."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from llmcassette.errors import CassetteError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conftest_plugin.summary import Totals
    from llmcassette.model import Interaction
    from llmcassette.providers import Completion
    from llmcassette.recorder.settings import Settings
    from llmcassette.review.report.facts import Facts
    from llmcassette.review.report.problem import Problem

__all__ = ["Conclusion", "commands", "conclude"]


@dataclass(slots=True)
class Conclusion:
    """What a run comes to.

    Attributes:
        problems: what is wrong with it as a whole.
        shown: the same, with paths as they are seen from where pytest was started.
        unused_rules: setting and text of rules that matched nothing.
        tokens: not spent.
        dollars: likewise; ``None`` where a price is not known.
        missed: how many requests nothing answered.
        blocked: how many connections the closed network refused.
        changed: by cassette and test, the requests that nothing answered; for ``--llm-drift``.
        verified: how many answers were compared with live ones.
        drift: what has changed in these, by cassette.
        drifted: some of that is an error.
        trouble: why there is no verdict or no report; empty where there is.
    """

    problems: list[Problem] = field(default_factory=list)
    shown: list[Problem] = field(default_factory=list)
    unused_rules: list[tuple[str, str]] = field(default_factory=list)
    tokens: int = 0
    dollars: float | None = None
    missed: int = 0
    blocked: int = 0
    changed: list[tuple[str, str, str]] = field(default_factory=list)
    verified: int = 0
    drift: dict[str, list[str]] = field(default_factory=dict)
    drifted: bool = False
    trouble: str = ""

    @property
    def fails(self) -> bool:
        """Whether the run fails by it."""
        return (
            bool(self.trouble)
            or self.drifted
            or any(each.level == "error" for each in self.problems)
        )


def conclude(
    facts: Facts,
    totals: Totals,
    root: Path,
    here: Path,
    settings: Settings,
    report: str | None,
    *,
    brief: bool,
) -> Conclusion:
    """Judge a run, and write its report.

    Args:
        facts: of all workers.
        totals: likewise.
        root: the folder that paths are relative to.
        here: the folder that they are to be shown from.
        settings: the project's.
        report: the file to write; ``None`` for none.
        brief: nobody will read of tokens.
    """
    from llmcassette.review.report.file import write
    from llmcassette.review.report.names import Names
    from llmcassette.review.report.verdict import problems

    names = Names(root, here)
    blocked = sum(one.blocked for one in facts.missed)
    conclusion = Conclusion(
        missed=len(facts.missed) - blocked, blocked=blocked, verified=facts.verified
    )
    conclusion.changed = sorted(
        (names.seen(one.cassette), names.seen(one.test), one.message) for one in facts.missed
    )
    for one in sorted(facts.drift, key=lambda one: (one.file, one.interaction)):
        conclusion.drift.setdefault(names.seen(one.file), []).append(one.text())
    conclusion.drifted = any(one.tier == "error" for one in facts.drift)
    try:
        conclusion.problems = problems(facts, root, redaction=settings.redaction())
        conclusion.shown = [names.shown(each) for each in conclusion.problems]
    except CassetteError as error:
        conclusion.trouble = str(error)
    if facts.complete and all(told == "passed" for told in facts.tests.values()):
        conclusion.unused_rules = sorted(rule for rule, used in facts.rules.items() if not used)
    if settings.count_tokens and not (brief and report is None):
        _count_tokens(conclusion, facts, root)
    if report is not None:
        more = {
            "totals": {
                "replayed": totals.replayed,
                "seconds": round(totals.seconds, 3),
                "recorded": totals.recorded,
                "missed": conclusion.missed,
                "blocked": conclusion.blocked,
                "unfired": totals.never_fired,
                "tokens": conclusion.tokens,
                "dollars": conclusion.dollars,
            },
            "problems": sorted(
                [*totals.told, *(each.message_of() for each in conclusion.problems)],
                key=lambda one: (one["file"], one["test"], one["line"], one["code"]),
            ),
        }
        try:
            write(Path(report), facts, root, more)
        except CassetteError as error:
            conclusion.trouble = str(error)
    return conclusion


def commands(conclusion: Conclusion, facts: Facts, totals: Totals, root: Path) -> Iterator[str]:
    """Annotations for GitHub, of what was missed and of what is wrong."""
    from llmcassette.review.report.problem import Problem, annotation, workflow_command

    for missed in facts.missed:
        message = f"{missed.test}: {missed.message}"
        yield workflow_command("error", root / missed.file, missed.line, "llmcassette", message)
    told = sorted(totals.told, key=lambda one: (one["test"], one["code"]))
    for each in (*(Problem(**one) for one in told), *conclusion.problems):
        yield annotation(each, root)


def _count_tokens(conclusion: Conclusion, facts: Facts, root: Path) -> None:
    """Read again what was played, so that no cassette is kept in memory until the end."""
    from llmcassette.recorder import completions

    answers: list[Completion] = []
    for path, use in facts.cassettes.items():
        if use.played:
            held = _interactions(root / path)
            for position, times in Counter(use.played).items():
                answers += completions.completions(held[position : position + 1]) * times
    conclusion.tokens = completions.usage(answers).total
    conclusion.dollars = completions.cost(answers) if conclusion.tokens else None


def _interactions(path: Path) -> tuple[Interaction, ...]:
    from llmcassette import storage

    try:
        return tuple(storage.load(path, lazy=True).interactions)
    except CassetteError:
        return ()
