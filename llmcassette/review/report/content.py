"""Check the content of the cassettes that a run has used, by the rules of ``llmcassette check``."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from llmcassette.errors import CassetteError
from llmcassette.review.report.problem import Problem, rerecord

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from llmcassette.redaction import Redaction
    from llmcassette.review.report.facts import Facts

__all__ = ["content_problems"]


def content_problems(
    facts: Facts,
    root: Path,
    *,
    redaction: Callable[[], Redaction] | None,
    environ: Mapping[str, str],
) -> Iterator[Problem]:
    """What is wrong with the content of used cassettes: their age, and in CI ``checks``.

    Args:
        facts: the run.
        root: the folder that its paths are relative to.
        redaction: gives the project's rules for what counts as a secret.
        environ: the variables that hold the values of secrets.

    Raises:
        CassetteError: the setting ``checks`` names a check that does not exist.
    """
    from llmcassette.redaction import Redaction
    from llmcassette.review.check.checker import Checker
    from llmcassette.review.check.options import Options

    codes, rules = _codes(facts), Redaction() if redaction is None else redaction()
    level_of_run = "error" if facts.ci else "warn"
    for path, use in facts.cassettes.items():
        wanted = codes | ({"LC009"} if use.max_age is not None else set())
        if not wanted or not use.is_replayed:
            continue
        age = None if use.max_age is None else timedelta(hours=use.max_age)
        checker = Checker(
            Options(
                codes=frozenset(wanted),
                redaction=replace(
                    rules, keep_fields=(*rules.keep_fields, *sorted(use.keep_fields))
                ),
                has_fakes=use.has_fakes,
                environ=environ,
                max_age=age,
            )
        )
        try:
            data = (root / path).read_bytes()
        except OSError:
            continue  # a test has removed it
        tests = tuple(test for test in use.tests if test)
        for finding in checker.check(root / path, data):
            follows_stale = finding.code == "LC009" and use.stale not in {"", "record"}
            level = use.stale if follows_stale else level_of_run
            at = finding.interaction
            place = "" if at is None else f"interaction {at}: "
            yield Problem(
                code=finding.rule.name,
                level="error" if level == "error" else "warn",
                file=path,
                tests=tests,
                message=f"{place}{finding.message}",
                fix=_fix(finding.remedy or finding.rule.fix, path, tests),
                line=finding.line,
            )


def _codes(facts: Facts) -> set[str]:
    from llmcassette.review.check.rules import RULES

    known = {name: rule.code for rule in RULES.values() for name in (rule.code, rule.name)}
    names = facts.checks if facts.ci else ()
    for name in names:
        if name not in known:
            there_are = ", ".join(rule.name for rule in RULES.values())
            raise CassetteError(f"there is no check {name!r} (checks). There are: {there_are}.")
    return {known[name] for name in names}


def _fix(fix: str, path: str, tests: tuple[str, ...]) -> str:
    from llmcassette.review.check.rules import filled_in

    again = rerecord(tests) if "--llm-mode" in fix else ""
    return again or filled_in(fix, path, "").replace("`", "")
