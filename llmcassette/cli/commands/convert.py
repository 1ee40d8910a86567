"""``llmcassette convert``: cassettes of vcrpy, cassetter and go-vcr 1 to version 2."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import click

from llmcassette.cli.batch import Batch
from llmcassette.cli.option_types import GivenPath
from llmcassette.cli.project import project_settings
from llmcassette.cli.running import ERROR, OK

__all__ = ["convert"]


@click.command()
@click.argument("source", type=GivenPath(path_type=Path), metavar="SRC")
@click.argument("target", type=GivenPath(path_type=Path), metavar="DST")
@click.option("-n", "--dry-run", is_flag=True, help="Show what would be written; write nothing.")
@click.option("-f", "--force", is_flag=True, help="Replace existing files.")
@click.option("--keep-secrets", is_flag=True, help="Leave headers and secrets as they are.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, see docs/reference/convert.md.")
def convert(
    source: Path, target: Path, dry_run: bool, force: bool, keep_secrets: bool, as_json: bool
) -> int:
    """Convert cassettes of vcrpy, cassetter and go-vcr version 1 to version 2.

    SRC is a file or a folder; DST is a file, or a folder if SRC is one. Bodies are kept byte for
    byte, but that secrets are replaced, as in recording; compressed answers are decompressed.
    Files that are not HTTP cassettes are refused.

    \b
    Examples:
      llmcassette convert tests/old tests/cassettes --dry-run
      llmcassette convert tests/old tests/cassettes
      llmcassette convert weather.yaml weather.yaml --force
    """  # noqa: D301 (\b tells click not to rewrap a paragraph)
    from llmcassette.cli.output.convert import print_conversion, print_summary
    from llmcassette.review.edit.conversion import convert_file, plan_conversion

    settings = project_settings()
    convert_step = partial(
        convert_file,
        dry_run=dry_run,
        force=force,
        redaction=None if keep_secrets else settings.redaction,
        bounds=settings.bounds,
    )
    batch = Batch(plan_conversion(source, target), convert_step, "converting")
    done = []
    for conversion in batch:
        done.append(conversion)
        if not as_json:
            print_conversion(conversion)
    print_summary(done, batch.failed, dry_run=dry_run, as_json=as_json)
    return ERROR if batch.failed else OK
