"""``llmcassette fmt``: formats cassettes in one style, whichever tool wrote them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from llmcassette.cli.editing import edit_files

if TYPE_CHECKING:
    from llmcassette.model import Cassette
    from llmcassette.review.edit.change import Change

__all__ = ["fmt"]


@click.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@click.option("--check", is_flag=True, help="Write nothing; exit with 1 if a file would change.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def fmt(paths: tuple[str, ...], check: bool, as_json: bool) -> int:
    """Format cassettes in one style: two spaces, text in blocks, no empty fields.

    Values stay the same. Comments and keys that go-vcr doesn't know are dropped, as they are when
    go-vcr saves a file.

    \b
    Examples:
      llmcassette fmt tests
      llmcassette fmt --check tests
    """  # noqa: D301 (\b tells click not to rewrap a paragraph)
    return edit_files(
        paths, formatted, verb="formatted", dry_run=check, as_json=as_json, fail_on_change=check
    )


def formatted(cassette: Cassette) -> Change | None:
    """The cassette without its source text, if that changes the file."""
    from dataclasses import replace

    from llmcassette import formats
    from llmcassette.review.edit.change import Change

    fresh = replace(cassette, source=None)
    return None if formats.write(fresh) == formats.write(cassette) else Change(fresh)
