"""Prints what ``convert`` did with each file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from llmcassette.cli.output.json import print_json
from llmcassette.errors import shown_path
from llmcassette.review.numbers import joined, plural

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llmcassette.review.edit.conversion import Conversion

__all__ = ["print_conversion", "print_summary"]


def print_conversion(conversion: Conversion) -> None:
    """Print ``old/a.yaml -> new/a.yaml: vcrpy, 2 interactions, 1 answer decompressed``."""
    source = shown_path(conversion.source)
    if conversion.skipped:
        click.echo(f"{source}: already version 2, skipped")
        return
    left_out = conversion.imported.left_out
    details = [
        conversion.imported.format,
        plural(len(conversion.imported.cassette.interactions), "interaction"),
        f"{plural(conversion.decoded, 'answer')} decompressed" if conversion.decoded else "",
        f"dropped {', '.join(left_out)}" if left_out else "",
        "redacted" if conversion.redactions else "",
    ]
    click.echo(f"{source} -> {shown_path(conversion.target)}: {joined(details, ', ')}")


def print_summary(
    conversions: Sequence[Conversion], failed: int, *, dry_run: bool, as_json: bool
) -> None:
    """Print ``3 files would be converted, 1 skipped, 2 failed``, or one JSON document."""
    if as_json:
        rows = [json_row(conversion) for conversion in conversions]
        print_json({"schema": 1, "dry_run": dry_run, "failed": failed, "files": rows})
        return
    skipped = sum(conversion.skipped for conversion in conversions)
    converted = plural(len(conversions) - skipped, "file")
    parts = [
        f"{converted} would be converted" if dry_run else f"{converted} converted",
        f"{skipped} skipped" if skipped else "",
        f"{failed} failed" if failed else "",
    ]
    click.echo(joined(parts, ", "), err=True)


def json_row(conversion: Conversion) -> dict[str, object]:
    imported = conversion.imported
    return {
        "source": str(conversion.source),
        "target": str(conversion.target),
        "format": imported.format,
        "interactions": len(imported.cassette.interactions),
        "decoded": conversion.decoded,
        "left_out": list(imported.left_out),
        "redactions": list(conversion.redactions),
        "skipped": conversion.skipped,
    }
