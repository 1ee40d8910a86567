"""``llmcassette redact``: applies the redaction of recording to existing cassettes."""

from __future__ import annotations

import os

import click

from llmcassette.cli.editing import edit_files
from llmcassette.cli.project import project_settings

__all__ = ["redact"]


@click.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@click.option("-n", "--dry-run", is_flag=True, help="Show what would change; write nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def redact(paths: tuple[str, ...], dry_run: bool, as_json: bool) -> int:
    """Remove secrets from cassettes, as recording does.

    Headers that are not on the allow-list are removed. Credentials in URLs and bodies, provider
    keys and the values of secret environment variables are replaced by [REDACTED]. A secret that
    was committed stays in the history: revoke it.

    \b
    Examples:
      llmcassette redact tests --dry-run
      llmcassette redact tests
    """  # noqa: D301 (\b tells click not to rewrap a paragraph)
    from llmcassette.review.edit.redacting import redacted

    redaction = project_settings().redaction
    return edit_files(
        paths,
        lambda cassette: redacted(cassette, redaction, os.environ),
        verb="redacted",
        dry_run=dry_run,
        as_json=as_json,
    )
