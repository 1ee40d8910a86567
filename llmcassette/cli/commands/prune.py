"""``llmcassette prune``: without what the last run never played."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from llmcassette.cli.changing import Change, change_each, files
from llmcassette.errors import CassetteError

if TYPE_CHECKING:
    from llmcassette.model import Cassette
    from llmcassette.review.check.document import RunReport

__all__ = ["prune"]


@click.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@click.option(
    "--report",
    type=click.Path(path_type=Path, dir_okay=False),
    required=True,
    metavar="FILE",
    help="What a run of all tests left behind.",
)
@click.option("-n", "--dry-run", is_flag=True, help="Only say what would be removed.")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@click.pass_context
def prune(
    ctx: click.Context, paths: tuple[str, ...], report: Path, dry_run: bool, as_json: bool
) -> None:
    """Remove what the last test run never played: interactions, and files no test opened.

    The report must be of a run of all tests. Cassettes whose tests failed are left alone.

    \b
    Examples:
      llmcassette prune --report report.json tests --dry-run
      llmcassette prune --report report.json tests
    """  # noqa: D301 (\b is click's mark for a paragraph not to be wrapped)
    from llmcassette.review.check.document import read_report

    run = read_report(report)
    ctx.exit(
        change_each(
            files(paths),
            lambda cassette: pruned(cassette, run),
            dry_run=dry_run,
            as_json=as_json,
            words=("pruned", "would be pruned"),
        )
    )


def pruned(cassette: Cassette, run: RunReport) -> Change | None:
    """A cassette without what was not played; no cassette where nothing was.

    Raises:
        CassetteError: it has changed since the run.
    """
    assert cassette.path is not None
    used = run.used(cassette.path)
    if used is None:
        return Change(None, ("no test of the run opened it",))
    if not used.passed or used.played is None:
        return None
    count = len(cassette.interactions)
    if used.interactions not in (None, count) or any(at >= count for at in used.played):
        raise CassetteError(
            "has changed since the run that the report is of: run the tests again",
            path=cassette.path,
        )
    kept = tuple(one for at, one in enumerate(cassette.interactions) if at in used.played)
    if len(kept) == count:
        return None
    if not kept:
        return Change(None, ("nothing of it was played",))
    details = [
        f"interaction {at}: {one.request.method} {one.request.url}"
        for at, one in enumerate(cassette.interactions)
        if at not in used.played
    ]
    return Change(replace(cassette, interactions=kept), tuple(details))
