"""Prints what ``migrate`` found, changes, and leaves to do."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

import click

from llmcassette.cli.output.json import print_json
from llmcassette.cli.running import print_error
from llmcassette.errors import shown_path
from llmcassette.escaping import one_line, printable
from llmcassette.review.numbers import joined, plural

if TYPE_CHECKING:
    from collections.abc import Iterator

    from llmcassette.cli.migration.plan import Edit, Plan
    from llmcassette.cli.migration.source import Note

__all__ = ["print_done", "print_plan"]

HOSTS = 8
"""How many hosts are named."""


def print_plan(plan: Plan, *, write: bool) -> None:
    """Print what there is, then what changes."""
    if plan.empty:
        return
    for line in found(plan):
        click.echo(printable(line))
    renamed = [step for step in plan.cassettes if step.source != step.target]
    if renamed:
        click.echo("\nCassettes with another name:")
        for step in renamed:
            click.echo(f"  {one_line(shown_path(step.source))} -> {one_line(step.target.name)}")
    if not write:
        click.echo("")
        for edit in plan.edits:
            for line in diff_of(edit):
                click.echo(line)


def found(plan: Plan) -> Iterator[str]:
    """``42 cassettes of vcrpy, 118 requests: api.openai.com 90, api.anthropic.com 28``."""
    for name, count in plan.formats.most_common():
        yield f"{plural(count, 'cassette')} of {name}"
    if plan.requests:
        hosts = [f"{host} {count:,}" for host, count in plan.requests.most_common(HOSTS)]
        more = len(plan.requests) - HOSTS
        if more > 0:
            hosts.append(f"{plural(more, 'more host')}")
        yield f"{plural(plan.requests.total(), 'request')}: {', '.join(hosts)}"
    if plan.markers:
        yield plural(plan.markers, "marker")


def diff_of(edit: Edit) -> Iterator[str]:
    name = shown_path(edit.path)
    lines = difflib.unified_diff(
        edit.before.splitlines(), edit.after.splitlines(), name, name, lineterm="", n=2
    )
    colours = {"+": "green", "-": "red", "@": "cyan"}
    for line in lines:
        colour = None if line.startswith(("+++", "---")) else colours.get(line[:1])
        yield click.style(printable(line), fg=colour, bold=line.startswith(("+++", "---")) or None)


def print_done(plan: Plan, *, write: bool, failed: int, as_json: bool) -> None:
    """Print what is left to do, and a summary; or one JSON document."""
    if as_json:
        print_json(document(plan, written=write, failed=failed))
        return
    if plan.empty:
        click.echo(f"nothing of vcrpy or cassetter in {shown_path(plan.root)}", err=True)
        return
    if plan.notes:
        click.echo("\nBy hand:")
        for note in plan.notes:
            click.echo(f"  {place(note)}: {one_line(note.text)}")
    for error in plan.failed:
        print_error(error)
    counts = joined(
        [
            f"{plural(len(plan.cassettes), 'cassette')} converted" if plan.cassettes else "",
            f"{plural(len(plan.edits), 'file')} changed" if plan.edits else "",
            f"{plural(len(plan.notes), 'place')} to change by hand" if plan.notes else "",
            f"{failed} failed" if failed else "",
        ],
        ", ",
    )
    click.echo(f"\n{counts}" if write else f"\nWith --write: {counts}", err=True)


def place(note: Note) -> str:
    where = one_line(shown_path(note.path))
    return f"{where}:{note.line}" if note.line else where


def document(plan: Plan, *, written: bool, failed: int) -> dict[str, object]:
    return {
        "schema": 1,
        "written": written,
        "failed": failed,
        "cassettes": [
            {"source": str(step.source), "target": str(step.target)} for step in plan.cassettes
        ],
        "requests": dict(plan.requests.most_common()),
        "markers": plan.markers,
        "files": [str(edit.path) for edit in plan.edits],
        "by_hand": [
            {"file": str(note.path), "line": note.line, "text": note.text} for note in plan.notes
        ],
    }
