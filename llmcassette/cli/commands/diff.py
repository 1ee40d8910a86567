"""``llmcassette diff``: two cassettes compared by what was said."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from llmcassette.cli.running import DIFFERENT, EQUAL, TROUBLE, complain
from llmcassette.errors import CassetteError

if TYPE_CHECKING:
    from llmcassette.cli.output.sides import Sides
    from llmcassette.review import CassetteReview

__all__ = ["diff"]


@click.command()
@click.argument("old", type=click.Path(), metavar="OLD")
@click.argument("new", type=click.Path(), metavar="[NEW]", required=False)
@click.option("--git", "revision", metavar="REV", help="Compare OLD as it is in REV with it now.")
@click.option(
    "--all",
    "everything",
    is_flag=True,
    help="Also ids, times, fingerprints, and what pyproject.toml says to ignore.",
)
@click.option("--stat", "view", flag_value="stat", help="One line a cassette.")
@click.option("--json", "view", flag_value="json", help="For programs; docs/cli.md has the schema.")
@click.pass_context
def diff(
    ctx: click.Context,
    old: str,
    new: str | None,
    revision: str | None,
    everything: bool,
    view: str | None,
) -> None:
    """Compare cassettes by what was said, not by their lines.

    OLD and NEW are two cassettes, or two folders. Interactions are paired by what is asked. Ids,
    times and fingerprints are folded into one line, and do not make cassettes different.

    \b
    Exit code: 0 equal, 1 different, 2 trouble.

    \b
    Examples:
      llmcassette diff old/weather.yaml new/weather.yaml
      llmcassette diff tests/cassettes --git main
      llmcassette diff weather.yaml --git HEAD --all
    """  # noqa: D301
    from llmcassette.cli import project, rulebook
    from llmcassette.cli.output import sides
    from llmcassette.cli.output.progress import tracked
    from llmcassette.matching import Rules
    from llmcassette.review import compare

    if (new is None) == (revision is None):
        ctx.fail("Give either NEW or --git REV, to compare OLD with.")
    rules = Rules() if everything else rulebook.compared_by(project.settings())
    pairs = sides.against_revision(old, revision) if revision else sides.between(old, str(new))
    code = EQUAL
    reviews: list[tuple[Sides, CassetteReview]] = []
    for pair in tracked(pairs, "comparing"):
        try:
            review = compare(pair.read_old(), pair.read_new(), rules=rules)
        except CassetteError as error:
            complain(error)
            code = TROUBLE
            continue
        reviews.append((pair, review))
        if not review.equal or not (pair.old and pair.new):
            code = max(code, DIFFERENT)
    render(reviews, view, everything=everything)
    ctx.exit(code)


def render(
    reviews: list[tuple[Sides, CassetteReview]], view: str | None, *, everything: bool
) -> None:
    if view == "json":
        from llmcassette.cli.output.diff_json import diff_object
        from llmcassette.cli.output.json_output import print_json

        print_json(diff_object(reviews))
        return
    from llmcassette.cli.output.screen import Screen

    screen = Screen()
    if view == "stat":
        from llmcassette.cli.output.diff_text import stat_lines

        screen.print(stat_lines(reviews, screen.width))
        return
    from llmcassette.cli.output.diff_text import review_blocks

    screen.show(review_blocks(reviews, everything=everything, marks=screen.marks))
