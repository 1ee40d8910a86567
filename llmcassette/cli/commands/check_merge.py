"""``llmcassette check --merge``: the shards of a CI job, in one verdict."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from llmcassette.cli.output.lines import printable
from llmcassette.cli.running import DIFFERENT, EQUAL
from llmcassette.errors import CassetteError

if TYPE_CHECKING:
    from llmcassette.review.report.facts import Facts
    from llmcassette.review.report.problem import Problem

__all__ = ["merged_verdict"]

MOST_NAMED = 10


def merged_verdict(paths: list[Path], style: str, said_root: Path | None) -> int:
    """Judge the runs that left these reports as one.

    Args:
        paths: reports, and folders that hold them.
        style: the output format.
        said_root: the project's root folder; ``None`` to look for it.

    Returns:
        The exit code: 1 where something is wrong, also where a test ran in none of them.

    Raises:
        CassetteError: a report cannot be read, or the format has no such output.
    """
    from llmcassette.cli.project import settings
    from llmcassette.review.report.facts import merge
    from llmcassette.review.report.file import read, root_of
    from llmcassette.review.report.names import Names
    from llmcassette.review.report.problem import annotation
    from llmcassette.review.report.verdict import problems

    reports = read(paths)
    root = root_of(reports, Path.cwd(), said_root)
    facts = merge(report.facts for report in reports)
    found = problems(facts, root, redaction=settings(root).redaction(), environ=os.environ)
    names = Names(root, Path.cwd())
    left = facts.not_run()
    match style:
        case "json":
            rows = [each.message_of() for each in found]
            document = {"version": 1, "root": os.path.relpath(root).replace(os.sep, "/")}
            click.echo(json.dumps({**document, "not_run": left, "problems": rows}, indent=2))
        case "github":
            for each in found:
                click.echo(annotation(each, root))
        case "text":
            for each in found:
                click.echo(printable(f"{each.level}: {names.shown(each).text()}"))
        case _:
            raise CassetteError(f"--merge has no output in the format {style}")
    for name in left[:MOST_NAMED]:
        click.echo(f"error: {printable(names.seen(name))} was not run in any of these", err=True)
    if len(left) > MOST_NAMED:
        click.echo(f"error: and {len(left) - MOST_NAMED:,} more", err=True)
    click.echo(_summary(facts, found, len(reports)), err=True)
    return DIFFERENT if left or any(each.level == "error" for each in found) else EQUAL


def _summary(facts: Facts, found: list[Problem], reports: int) -> str:
    told = [each.level for each in found]
    failed = sum(outcome == "failed" for outcome in facts.tests.values())
    return (
        f"{_count(reports, 'report')}, {_count(len(facts.tests), 'test')} ({failed:,} failed), "
        f"{_count(len(facts.cassettes), 'cassette')}: "
        f"{_count(told.count('error'), 'error')}, {_count(told.count('warn'), 'warning')}"
    )


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}" + ("" if number == 1 else "s")
