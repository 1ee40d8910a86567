"""Commands that change cassettes where they lie: under a lock, atomically, and told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from llmcassette.cli.output.lines import printable
from llmcassette.cli.output.progress import tracked
from llmcassette.cli.output.words import plural
from llmcassette.cli.places import find
from llmcassette.cli.running import DIFFERENT, EQUAL, TROUBLE, complain
from llmcassette.errors import CassetteError, shown_path

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from llmcassette.model import Cassette

__all__ = ["Change", "change_each", "files"]


@dataclass(frozen=True, slots=True)
class Change:
    """What becomes of a file.

    Attributes:
        cassette: what is written; ``None`` deletes the file.
        details: what changes, a line each.
    """

    cassette: Cassette | None
    details: tuple[str, ...] = ()


def files(arguments: Iterable[str]) -> list[Path]:
    """The files that arguments mean.

    Raises:
        CassetteError: a path is not there, is stdin, or a folder holds no YAML file.
    """
    places = find(arguments)
    if any(place.path is None for place in places):
        raise CassetteError("stdin cannot be changed: name files or folders")
    return [place.path for place in places if place.path is not None]


def change_each(
    paths: list[Path],
    change: Callable[[Cassette], Change | None],
    *,
    dry_run: bool,
    as_json: bool,
    words: tuple[str, str],
    finding: bool = False,
) -> int:
    """Change files one by one; a file that cannot be changed is told, and left as it was.

    Args:
        paths: what to change.
        change: what becomes of a cassette; ``None`` for nothing.
        dry_run: only say it.
        as_json: print one document.
        words: what has been done to a file, such as ``redacted``, and what would be.
        finding: exit with 1 if anything would change.

    Returns:
        The exit code.
    """
    rows: list[dict[str, object]] = []
    failed = 0
    for path in tracked(paths, "reading"):
        try:
            done = _changed(path, change, dry_run=dry_run)
        except (CassetteError, OSError) as error:
            complain(error)
            failed += 1
            continue
        if done is None:
            continue
        removed = done.cassette is None
        rows.append({"file": str(path), "removed": removed, "changes": list(done.details)})
        if not as_json:
            what = ("removed", "would be removed") if removed else words
            click.echo(printable(f"{shown_path(path)}: {what[dry_run]}"))
            for line in done.details:
                click.echo(f"  {line}")
    if as_json:
        from llmcassette.cli.output.json_output import print_json

        print_json({"schema": 1, "dry_run": dry_run, "failed": failed, "files": rows})
    else:
        click.echo(_summary(len(rows), len(paths), failed, dry_run=dry_run), err=True)
    if failed:
        return TROUBLE
    return DIFFERENT if finding and rows else EQUAL


def _changed(
    path: Path, change: Callable[[Cassette], Change | None], *, dry_run: bool
) -> Change | None:
    from llmcassette import storage
    from llmcassette.storage.locking import locked

    with locked(path):
        cassette = storage.load(path)
        done = change(cassette)
        if done is None or dry_run:
            return done
        if done.cassette is None:
            path.unlink()
        else:
            storage.dump(done.cassette, path)
        return done


def _summary(changed: int, looked_at: int, failed: int, *, dry_run: bool) -> str:
    """``2 of 5 files changed, 1 left as it was because of an error``."""
    text = f"{changed:,} of {plural(looked_at, 'file')} {'would change' if dry_run else 'changed'}"
    return f"{text}, {plural(failed, 'error')}" if failed else text
