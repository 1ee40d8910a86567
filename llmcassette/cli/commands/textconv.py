"""``llmcassette textconv``: a cassette as stable text, for ``git diff``."""

from __future__ import annotations

from pathlib import Path

import click

from llmcassette.cli.inputs import STDIN, read_cassette
from llmcassette.errors import CassetteError
from llmcassette.escaping import printable

__all__ = ["textconv"]


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
def textconv(file: Path) -> None:
    """Print a cassette as text that changes only when the conversation does.

    Ids, times, prices and positions are left out. A file that is not a cassette is printed as it
    is.

    \b
    To use it in git diff, git log -p and git show, run once per repository:
      echo '**/cassettes/**/*.yaml diff=llmcassette' >> .gitattributes
      git config diff.llmcassette.textconv 'llmcassette textconv'

    git config applies to one clone (or --global); `git diff --no-textconv` shows the file's lines.
    """  # noqa: D301 (\b tells click not to rewrap a paragraph)
    from llmcassette.cli.output.inspect.transcript import stable_text
    from llmcassette.review.parsed import parse_interactions

    try:
        lines = list(stable_text(parse_interactions(read_cassette(file).interactions)))
    except CassetteError:
        if file == STDIN or not file.is_file():
            raise
        # An error would end the whole git diff, and an old commit may hold any file.
        click.echo(file.read_bytes(), nl=False)
        return
    for line in lines:
        # git expects UTF-8, whatever the locale is.
        click.echo(f"{printable(line)}\n".encode(errors="backslashreplace"), nl=False)
