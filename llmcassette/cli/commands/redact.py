"""``llmcassette redact``: the rules of recording, over files that are there."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING

import click

from llmcassette.cli.changing import Change, change_each, files

if TYPE_CHECKING:
    from llmcassette.model import Cassette
    from llmcassette.redaction import Redaction

__all__ = ["redact"]


@click.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@click.option("-n", "--dry-run", is_flag=True, help="Only say what would change.")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@click.pass_context
def redact(ctx: click.Context, paths: tuple[str, ...], dry_run: bool, as_json: bool) -> None:
    """Take secrets out of cassettes, by the rules that recording obeys.

    Headers that are not on the allow-list go, credentials in URLs and in fields of bodies become
    [REDACTED], and so does what looks like a provider's key, or is the value of a secret
    environment variable. A secret that was committed is still in the history: revoke it.

    \b
    Examples:
      llmcassette redact tests --dry-run
      llmcassette redact tests
    """  # noqa: D301 (\b is click's mark for a paragraph not to be wrapped)
    from llmcassette.cli.project import settings

    redaction = settings().redaction()
    ctx.exit(
        change_each(
            files(paths),
            lambda cassette: redacted(cassette, redaction),
            dry_run=dry_run,
            as_json=as_json,
            words=("redacted", "would be redacted"),
        )
    )


def redacted(cassette: Cassette, redaction: Redaction) -> Change | None:
    """A cassette as recording would have written it.

    Raises:
        CassetteError: a secret stands where it cannot be replaced.
    """
    from llmcassette.redaction import collect_secrets, redact_interaction, seal
    from llmcassette.review.redacting import changes, held_back

    secrets = collect_secrets(os.environ, None, redaction)
    for interaction in cassette.interactions:
        secrets |= collect_secrets({}, interaction.request, redaction)
    after, details = [], []
    for position, interaction in enumerate(cassette.interactions):
        sealed = seal(redact_interaction(interaction, redaction), secrets)
        held_back(sealed, position, cassette.path)
        after.append(sealed.interaction)
        details += [
            f"interaction {position}, {change}"
            for change in changes(interaction, sealed.interaction)
        ]
    if not details:
        return None
    return Change(replace(cassette, interactions=tuple(after)), tuple(details))
