"""``llmcassette fmt``: cassettes in one dialect, whichever tool wrote them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from llmcassette.cli.changing import Change, change_each, files

if TYPE_CHECKING:
    from llmcassette.model import Cassette

__all__ = ["fmt"]


@click.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@click.option("--check", is_flag=True, help="Write nothing; exit 1 if a file would change.")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@click.pass_context
def fmt(ctx: click.Context, paths: tuple[str, ...], check: bool, as_json: bool) -> None:
    """Write cassettes in one dialect: two spaces, text in blocks, no empty fields.

    No value changes; comments and keys that go-vcr does not know are dropped, as go-vcr drops
    them when it saves.

    \b
    Examples:
      llmcassette fmt tests
      llmcassette fmt --check tests
    """  # noqa: D301 (\b is click's mark for a paragraph not to be wrapped)
    ctx.exit(
        change_each(
            files(paths),
            formatted,
            dry_run=check,
            as_json=as_json,
            words=("formatted", "would be formatted"),
            finding=check,
        )
    )


def formatted(cassette: Cassette) -> Change | None:
    """The cassette without the memory of its text, if that changes the text."""
    from dataclasses import replace

    from llmcassette import formats

    anew = replace(cassette, source=None)
    return None if formats.write(anew) == formats.write(cassette) else Change(anew)
