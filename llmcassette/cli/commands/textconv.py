"""``llmcassette textconv``: a cassette as stable text, for ``git diff``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from llmcassette.cli import places
from llmcassette.errors import CassetteError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from llmcassette.model import Cassette

__all__ = ["textconv"]


@click.command()
@click.argument("file", type=click.Path())
def textconv(file: str) -> None:
    """Print a cassette as text that changes only when the conversation does.

    Ids, times, prices and positions are left out; what is no cassette is printed as it is.

    \b
    To make git diff, git log -p and git show use it, once in a repository:
      echo '**/cassettes/**/*.yaml diff=llmcassette' >> .gitattributes
      git config diff.llmcassette.textconv 'llmcassette textconv'

    git config is for one clone (or --global); `git diff --no-textconv` shows the lines again.
    """  # noqa: D301
    try:
        cassette = places.read(places.Place(None if file == places.STDIN else Path(file)))
        lines = list(text_of(cassette))
    except CassetteError:
        if file == places.STDIN or not Path(file).is_file():
            raise
        # An old commit may hold anything: an error would end the whole git diff.
        click.echo(Path(file).read_bytes(), nl=False)
        return
    for line in lines:
        # git and its readers take UTF-8, whatever the locale.
        click.echo(f"{line}\n".encode(errors="backslashreplace"), nl=False)


def text_of(cassette: Cassette) -> Iterator[str]:
    from llmcassette.cli.output.lines import unwrapped
    from llmcassette.cli.output.transcript import transcript
    from llmcassette.cli.reading import readings

    for reading in readings(cassette.interactions):
        if reading.position:
            yield ""
        yield from unwrapped(transcript(reading, full=True, stable=True))
