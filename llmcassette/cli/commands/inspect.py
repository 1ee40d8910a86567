"""``llmcassette inspect``: shows cassettes as conversations."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from llmcassette.cli.batch import Batch
from llmcassette.cli.inputs import find_cassettes, read_cassette
from llmcassette.cli.pages import check_page, page_option, save_page
from llmcassette.cli.running import ERROR, OK
from llmcassette.errors import CassetteError

if TYPE_CHECKING:
    from pathlib import Path

    from llmcassette.review.parsed import ParsedInteraction

__all__ = ["inspect"]


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(), metavar="FILE...")
@click.option(
    "-i",
    "--interaction",
    "positions",
    type=click.IntRange(min=0),
    multiple=True,
    metavar="N",
    help="Show only interaction N, counted from 0. May be repeated.",
)
@click.option("--full", is_flag=True, help="Show texts, tools and history in full.")
@click.option(
    "--events",
    "view",
    flag_value="events",
    help="List the events of answers, with offsets and sizes in bytes.",
)
@click.option("--raw", "view", flag_value="raw", help="Show requests and answers as HTTP.")
@click.option("--json", "view", flag_value="json", help="Print JSON, see docs/reference/cli.md.")
@page_option
def inspect(
    files: tuple[str, ...],
    positions: tuple[int, ...],
    view: str | None,
    full: bool,
    page: str | None,
) -> int:
    """Show cassettes as conversations: messages, tool calls, tokens, cost.

    FILE is a cassette, a folder, or - for stdin.

    \b
    Examples:
      llmcassette inspect tests/cassettes/weather.yaml
      llmcassette inspect tests/cassettes --full | less -R
      llmcassette inspect weather.yaml -i 0 --events
      llmcassette inspect tests/cassettes --html cassettes.html
      git show HEAD~1:weather.yaml | llmcassette inspect -
      llmcassette inspect a.yaml --json | jq '.files[].interactions[].answer.text'
    """  # noqa: D301 (\b tells click not to rewrap a paragraph)
    from llmcassette.cli.output.inspect.views import show_cassettes

    if page is not None:
        check_page(view)
    batch = Batch(
        find_cassettes(files),
        lambda path: (str(path), chosen_interactions(path, positions)),
        "reading",
        printing=page is None,
    )
    if page is None:
        show_cassettes(batch, view, full=full)
    else:
        from llmcassette.review.page.cassettes import cassettes_page

        save_page(page, cassettes_page(batch))
    return ERROR if batch.failed else OK


def chosen_interactions(path: Path, positions: tuple[int, ...]) -> list[ParsedInteraction]:
    """The interactions at these positions, or all.

    Raises:
        CassetteError: the cassette can't be read, or has no interaction at a position.
    """
    from llmcassette.review.parsed import parse_interactions

    parsed = parse_interactions(read_cassette(path).interactions)
    for position in positions:
        if position >= len(parsed):
            known = f"the cassette has 0-{len(parsed) - 1}" if parsed else "the cassette is empty"
            raise CassetteError(f"no interaction {position} ({known})", path=path)
    return [parsed[position] for position in positions] if positions else parsed
