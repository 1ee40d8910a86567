"""``llmcassette prune``: removes what the last test run didn't play."""

from __future__ import annotations

from pathlib import Path

import click

from llmcassette.cli.editing import edit_files

__all__ = ["prune"]


@click.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@click.option(
    "--report",
    type=click.Path(path_type=Path, dir_okay=False),
    required=True,
    metavar="FILE",
    help="Report of a run of all tests.",
)
@click.option("-n", "--dry-run", is_flag=True, help="Show what would be removed; write nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def prune(paths: tuple[str, ...], report: Path, dry_run: bool, as_json: bool) -> int:
    """Remove interactions that the last test run didn't play, and files that no test opened.

    The report must be of a run of all tests. Cassettes of failed tests are left alone.

    \b
    Examples:
      pytest --llm-report report.json
      llmcassette prune --report report.json tests --dry-run
      llmcassette prune --report report.json tests
    """  # noqa: D301 (\b tells click not to rewrap a paragraph)
    from llmcassette.review.edit.pruning import pruned
    from llmcassette.review.report.document import read_report

    run = read_report(report)
    return edit_files(
        paths,
        lambda cassette: pruned(cassette, run),
        verb="pruned",
        dry_run=dry_run,
        as_json=as_json,
    )
