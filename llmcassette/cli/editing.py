"""Changes cassette files one by one: each under its lock, and written atomically."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from llmcassette.cli.batch import Batch
from llmcassette.cli.inputs import STDIN, find_cassettes
from llmcassette.cli.running import ERROR, FINDINGS, OK
from llmcassette.errors import CassetteError, shown_path
from llmcassette.escaping import one_line, printable
from llmcassette.review.numbers import plural

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from llmcassette.model import Cassette
    from llmcassette.review.edit.change import Change

__all__ = ["edit_files"]


def edit_files(
    arguments: Iterable[str],
    edit: Callable[[Cassette], Change | None],
    *,
    verb: str,
    dry_run: bool,
    as_json: bool,
    fail_on_change: bool = False,
) -> int:
    """Change files one by one. A file that can't be changed is reported and stays as it was.

    Args:
        arguments: files and folders.
        edit: what to change in a cassette; ``None`` for nothing.
        verb: what happens to a file, such as ``redacted``.
        dry_run: report the changes and write nothing.
        as_json: print one JSON document.
        fail_on_change: exit with 1 if a file changes.

    Returns:
        The exit code.

    Raises:
        CassetteError: a folder contains no YAML file, or stdin is named.
    """
    paths = find_cassettes(arguments)
    if STDIN in paths:
        raise CassetteError("stdin cannot be changed; name files or folders")
    batch = Batch(paths, lambda path: (path, edit_file(path, edit, dry_run=dry_run)), "reading")
    rows: list[dict[str, object]] = []
    for path, change in batch:
        if change is None:
            continue
        removed = change.cassette is None
        rows.append({"file": str(path), "removed": removed, "changes": list(change.details)})
        if not as_json:
            would_be = "would be " if dry_run else ""
            done = f"{would_be}{'removed' if removed else verb}"
            click.echo(printable(f"{shown_path(path)}: {done}"))
            for line in change.details:
                click.echo(f"  {one_line(line)}")
    if as_json:
        from llmcassette.cli.output.json import print_json

        print_json({"schema": 1, "dry_run": dry_run, "failed": batch.failed, "files": rows})
    else:
        click.echo(summary(len(rows), len(paths), batch.failed, dry_run=dry_run), err=True)
    if batch.failed:
        return ERROR
    return FINDINGS if fail_on_change and rows else OK


def edit_file(
    path: Path, edit: Callable[[Cassette], Change | None], *, dry_run: bool
) -> Change | None:
    from llmcassette import storage
    from llmcassette.storage.locking import locked

    with locked(path):
        change = edit(storage.load(path))
        if change is None or dry_run:
            return change
        if change.cassette is None:
            path.unlink()
        else:
            storage.dump(change.cassette, path)
        return change


def summary(changed: int, total: int, failed: int, *, dry_run: bool) -> str:
    """``2 of 5 files changed, 1 error``."""
    verb = "would change" if dry_run else "changed"
    text = f"{changed:,} of {plural(total, 'file')} {verb}"
    return f"{text}, {plural(failed, 'error')}" if failed else text
