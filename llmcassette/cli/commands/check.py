"""``llmcassette check``: finds problems in cassettes, for CI and pre-commit."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from llmcassette.cli.batch import Batch
from llmcassette.cli.inputs import find_cassettes, read_bytes
from llmcassette.cli.option_types import Age, Codes, Size, jobs_option
from llmcassette.cli.project import project_settings
from llmcassette.cli.running import ERROR, FINDINGS, OK

if TYPE_CHECKING:
    from datetime import timedelta

    from llmcassette.review.check.checker import Checker, Examined

__all__ = ["check"]


@click.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@click.option(
    "--format",
    "output_format",
    type=click.Choice(["text", "json", "github", "sarif"]),
    default="text",
    help="Output format; github prints workflow annotations.",
)
@click.option("--json", "as_json", is_flag=True, help="Same as --format json.")
@click.option("--select", type=Codes(), multiple=True, help="Run only these checks.")
@click.option("--ignore", type=Codes(), multiple=True, help="Skip these checks.")
@click.option(
    "--report",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Report of a test run; finds orphans.",
)
@click.option("--merge", is_flag=True, help="Judge the reports of shards as one run.")
@click.option(
    "--root",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    metavar="DIR",
    help="With --merge: pytest's rootdir; by default it is searched for.",
)
@click.option("--max-age", type=Age(), help="Oldest allowed recording, such as 90d or 12w.")
@click.option(
    "--max-size", type=Size(), default="10MB", show_default=True, help="Largest allowed file."
)
@jobs_option
def check(
    paths: tuple[str, ...],
    output_format: str,
    as_json: bool,
    select: tuple[tuple[str, ...], ...],
    ignore: tuple[tuple[str, ...], ...],
    report: Path | None,
    merge: bool,
    root: Path | None,
    max_age: timedelta | None,
    max_size: int,
    jobs: int,
) -> int:
    """Find problems in cassettes: unreadable files, incomplete answers, secrets, duplicates,
    orphans, and recordings that are too old or too large.

    --select and --ignore take codes and names, separated by commas: LC006,age.

    \b
    Exit code: 0 no findings, 1 findings, 2 an error.

    \b
    Examples:
      llmcassette check tests
      llmcassette check tests --ignore duplicate --max-age 90d
      llmcassette check tests --format github
      llmcassette check --merge shard-1.json shard-2.json
    """  # noqa: D301 (\b tells click not to rewrap a paragraph)
    output_format = "json" if as_json else output_format
    if merge:
        return check_shards([Path(path) for path in paths], root, output_format)
    if root is not None:
        raise click.UsageError("--root needs --merge")
    from llmcassette.cli.output.check import print_findings
    from llmcassette.review.check.checker import Checker
    from llmcassette.review.check.options import Options
    from llmcassette.review.check.rules import RULES
    from llmcassette.review.report.document import read_report

    selected = {code for codes in select for code in codes} or set(RULES)
    ignored = {code for codes in ignore for code in codes}
    checker = Checker(
        Options(
            codes=frozenset(selected - ignored),
            redaction=project_settings().redaction,
            environ=os.environ,
            report=None if report is None else read_report(report),
            max_age=max_age,
            max_size=max_size,
        )
    )
    files = find_cassettes(paths)
    batch = Batch(files, partial(examine, checker), "checking", jobs=jobs)
    findings = [finding for examined in batch for finding in checker.judge(examined)]
    print_findings(
        findings, len(files) - batch.failed, output_format, placeholders=checker.placeholders
    )
    return ERROR if batch.failed else FINDINGS if findings else OK


def examine(checker: Checker, file: Path) -> Examined:
    """Check a file alone."""
    return checker.examine(file, read_bytes(file))


def check_shards(paths: list[Path], root: Path | None, output_format: str) -> int:
    """Judge the runs that wrote these reports as one; return the exit code."""
    from llmcassette.cli.output.shards import print_problems
    from llmcassette.review.report.facts import merge
    from llmcassette.review.report.file import read, root_of
    from llmcassette.review.report.run_errors import problems

    if output_format == "sarif":
        raise click.UsageError("--merge does not support --format sarif")
    reports = read(paths)
    root = root_of(reports, Path.cwd(), root)
    facts = merge(report.facts for report in reports)
    settings = project_settings(root)
    found = problems(facts, root, redaction=lambda: settings.redaction, environ=os.environ)
    print_problems(found, facts, root, len(reports), output_format)
    failed = facts.not_run() or any(problem.level == "error" for problem in found)
    return FINDINGS if failed else OK
