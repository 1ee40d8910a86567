"""``llmcassette diff``: compares cassettes as conversations."""

from __future__ import annotations

from pathlib import Path

import click

from llmcassette.cli.batch import Batch
from llmcassette.cli.option_types import GivenPath
from llmcassette.cli.pages import check_page, page_option, save_page
from llmcassette.cli.running import ERROR, FINDINGS, OK

__all__ = ["diff"]


@click.command()
@click.argument("old", type=GivenPath(), metavar="[OLD]", required=False)
@click.argument("new", type=GivenPath(), metavar="[NEW]", required=False)
@click.option(
    "--git",
    "revision",
    metavar="REV",
    help="Compare OLD in this commit with OLD now; HEAD if NEW is not given.",
)
@click.option(
    "--all",
    "show_all",
    is_flag=True,
    help="Show noise too: ids, times, fingerprints, and what pyproject.toml ignores.",
)
@click.option("--stat", "view", flag_value="stat", help="Print one line per cassette.")
@click.option("--json", "view", flag_value="json", help="Print JSON, see docs/reference/cli.md.")
@click.option(
    "--format",
    "view",
    type=click.Choice(["markdown", "json", "stat"]),
    help="markdown prints a comment for a pull request on GitHub.",
)
@page_option
def diff(
    old: str | None,
    new: str | None,
    revision: str | None,
    show_all: bool,
    view: str | None,
    page: str | None,
) -> int:
    """Compare cassettes as conversations, not line by line.

    OLD and NEW are two cassettes or two folders. Without NEW, OLD in the last commit is compared
    with OLD now; without OLD, all cassettes here that were changed since. Interactions are paired
    by what they request. Noise (ids, times, fingerprints) is listed on one line and doesn't make
    cassettes different.

    \b
    Exit code: 0 equal, 1 different, 2 an error.

    \b
    Examples:
      llmcassette diff
      llmcassette diff old/weather.yaml new/weather.yaml
      llmcassette diff tests/cassettes --git main
      llmcassette diff weather.yaml --git HEAD --all
      llmcassette diff tests/cassettes --git main --html changes.html
    """  # noqa: D301 (\b tells click not to rewrap a paragraph)
    from llmcassette.cli.output.diff.cassettes import print_diff
    from llmcassette.cli.pairs import changed_pairs, pairs_at_revision, pairs_of_paths
    from llmcassette.cli.project import comparison_rules, project_settings
    from llmcassette.matching import Rules

    if new is not None and revision is not None:
        raise click.UsageError("give either NEW or --git REV")
    if page is not None:
        check_page(view)
    rules = Rules() if show_all else comparison_rules(project_settings())
    if old is None:
        pairs = changed_pairs(Path(), revision or "HEAD")
    elif new is None:
        pairs = pairs_at_revision(old, revision or "HEAD")
    else:
        pairs = pairs_of_paths(old, new)
    batch = Batch(pairs, lambda pair: pair.compare(rules), "comparing")
    compared = list(batch)
    if page is None:
        print_diff(compared, view, show_all=show_all)
    else:
        from llmcassette.review.page.differences import differences_page

        save_page(page, differences_page(compared, show_all=show_all))
    if batch.failed:
        return ERROR
    return OK if all(pair.equal for pair in compared) else FINDINGS
