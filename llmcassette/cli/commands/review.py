"""``llmcassette review``: what was re-recorded and not staged: accept, restore or open it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from llmcassette.cli.batch import Batch
from llmcassette.cli.option_types import GivenPath
from llmcassette.cli.running import ERROR, FINDINGS, OK

if TYPE_CHECKING:
    from llmcassette.cli.reviewing import Changes

__all__ = ["review"]

QUESTION = "a accept, r restore, o open, e each, s skip, q quit"


@click.command()
@click.argument("folder", type=GivenPath(), metavar="[FOLDER]", default=".")
@click.option("--yes", "accepts", is_flag=True, help="Accept all changes.")
@click.option("--json", "as_json", is_flag=True, help="Print the changes as JSON; ask nothing.")
def review(folder: str, accepts: bool, as_json: bool) -> int:
    """Go through the cassettes that were recorded anew, grouped by what changed.

    \b
    accept   stage the files: git add
    restore  take back the staged or committed files: git checkout;
             new files are deleted
    open     show the differences in full
    each     decide about each file of the group by itself
    skip     leave the files as they are

    Nothing else is written. Files of other tools are left out.

    \b
    Exit code: 0 nothing is left to review, 1 something is, 2 an error.

    \b
    Examples:
      llmcassette review
      llmcassette review tests/agents --json
      llmcassette review --yes && git commit -m "Record again"
    """  # noqa: D301 (\b tells click not to rewrap a paragraph)
    from llmcassette.cli.pairs import changed_pairs
    from llmcassette.cli.project import comparison_rules, project_settings
    from llmcassette.cli.reviewing import Changes

    rules = comparison_rules(project_settings())
    pairs = changed_pairs(Path(folder), "")
    batch = Batch(pairs, lambda pair: pair.compare(rules), "comparing")
    changes = Changes(list(batch))
    if accepts:
        changes.accept(changes.pairs)
    if as_json:
        from llmcassette.cli.output.json import print_json

        print_json({"schema": 1, "accepted": accepts, "groups": changes.rows()})
    elif accepts:
        click.echo(f"{len(changes.pairs)} accepted")
    else:
        ask(changes)
        if changes.left and not at_terminal():
            click.echo(
                "\nNot a terminal: nothing was asked. Accept all: llmcassette review --yes",
                err=True,
            )
    if batch.failed:
        return ERROR
    return FINDINGS if changes.left else OK


def ask(changes: Changes) -> None:
    """Show each group and ask what to do with it; without a terminal, only show them."""
    if not changes.pairs:
        click.echo("nothing to review")
    waiting = [*changes.groups]
    while waiting:
        group = waiting.pop(0)
        changes.show(group)
        if not at_terminal():
            continue
        answer = ""
        while answer in ("", "o"):
            answer = click.prompt(QUESTION, type=click.Choice([*"aroesq"]), show_choices=False)
            if answer == "o":
                changes.open(group)
        if answer == "q":
            return
        if answer == "a":
            changes.accept(group.pairs)
        elif answer == "r":
            changes.restore(group.pairs)
        elif answer == "e":
            waiting = [*changes.split(group), *waiting]


def at_terminal() -> bool:
    """Whether a person can answer."""
    return sys.stdin.isatty()
