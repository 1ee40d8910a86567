"""Prints the verdict of ``check --merge`` on the shards of a CI job."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from llmcassette.cli.output.json import print_json
from llmcassette.escaping import printable
from llmcassette.review.numbers import plural
from llmcassette.review.report.names import Names
from llmcassette.review.report.problem import annotation

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llmcassette.review.report.facts import Facts
    from llmcassette.review.report.problem import Problem

__all__ = ["print_problems"]

MOST_LISTED: Final = 10


def print_problems(
    problems: Sequence[Problem], facts: Facts, root: Path, reports: int, output_format: str
) -> None:
    """Print the problems of a run, the tests that were not run, and a summary.

    Args:
        problems: what is wrong with the run.
        facts: the facts of all shards.
        root: the project's root folder.
        reports: the number of reports.
        output_format: ``text``, ``json`` or ``github``.
    """
    names = Names(root, Path.cwd())
    not_run = facts.not_run()
    match output_format:
        case "json":
            shown_root = os.path.relpath(root).replace(os.sep, "/")
            rows = [problem.row() for problem in problems]
            print_json({"version": 1, "root": shown_root, "not_run": not_run, "problems": rows})
        case "github":
            for problem in problems:
                click.echo(annotation(problem, root))
        case _:
            for problem in problems:
                click.echo(printable(f"{problem.level}: {names.shown(problem).text()}"))
    for test in not_run[:MOST_LISTED]:
        click.echo(f"error: {printable(names.seen(test))} was not run in any shard", err=True)
    if len(not_run) > MOST_LISTED:
        click.echo(f"error: and {len(not_run) - MOST_LISTED:,} more", err=True)
    click.echo(summary(problems, facts, reports), err=True)


def summary(problems: Sequence[Problem], facts: Facts, reports: int) -> str:
    levels = [problem.level for problem in problems]
    failed = sum(outcome == "failed" for outcome in facts.tests.values())
    return (
        f"{plural(reports, 'report')}, {plural(len(facts.tests), 'test')} ({failed:,} failed), "
        f"{plural(len(facts.cassettes), 'cassette')}: "
        f"{plural(levels.count('error'), 'error')}, {plural(levels.count('warn'), 'warning')}"
    )
