"""Changed cassettes that are accepted or restored, by git."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from llmcassette.cli.git import git
from llmcassette.cli.output.diff.cassettes import diff_blocks
from llmcassette.cli.output.screen import Screen
from llmcassette.escaping import printable
from llmcassette.review.diff.groups import Group, group_changes
from llmcassette.review.numbers import plural

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llmcassette.cli.pairs import ComparedPair

__all__ = ["Changes"]

MOST_LISTED = 10


class Changes:
    """The changes of a working tree.

    Args:
        pairs: each changed cassette, as staged or committed, and as it is now.

    Attributes:
        pairs: the same.
        groups: the same by what changed, those with most cassettes first.
        left: how many are neither accepted nor restored.
    """

    def __init__(self, pairs: Sequence[ComparedPair]) -> None:
        self.pairs = pairs
        self.groups = group_changes((pair, pair.diff, lone_side(pair)) for pair in pairs)
        self.left = len(pairs)
        self._screen = Screen()

    def rows(self) -> list[dict[str, object]]:
        """The groups in ``--json``."""
        from llmcassette.cli.output.diff.json import diff_object

        return [{"cause": one.cause, **diff_object(one.pairs)} for one in self.groups]

    def split(self, group: Group[ComparedPair]) -> list[Group[ComparedPair]]:
        """A group for each of its cassettes."""
        return [Group(group.cause, (pair,)) for pair in group.pairs]

    def show(self, group: Group[ComparedPair]) -> None:
        """Print what changed, the first cassettes, and the differences of the first."""
        names = [pair.name for pair in group.pairs]
        more = len(names) - MOST_LISTED
        click.echo(printable(f"\n{group.cause} ({plural(len(names), 'cassette')})"))
        for name in names[:MOST_LISTED]:
            click.echo(printable(f"  {name}"))
        if more > 0:
            click.echo(f"  and {more:,} more")
        click.echo()
        self._print(group.pairs[:1])

    def open(self, group: Group[ComparedPair]) -> None:
        """Print the differences of all cassettes."""
        self._print(group.pairs)

    def accept(self, pairs: Sequence[ComparedPair]) -> None:
        """Stage files, also removed ones."""
        if pairs:
            git(Path(), "add", "--all", "--", *(pair.name for pair in pairs))
        self.left -= len(pairs)

    def restore(self, pairs: Sequence[ComparedPair]) -> None:
        """Take back the files that git has; delete the others if the user agrees."""
        known = [pair.name for pair in pairs if pair.old]
        new = [pair.name for pair in pairs if not pair.old]
        if known:
            git(Path(), "checkout", "--quiet", "--", *known)
            click.echo(f"restored {plural(len(known), 'cassette')}; the new recordings are gone")
        if new and click.confirm(
            f"git has no copy of {plural(len(new), 'new cassette')}. Delete for good?"
        ):
            for name in new:
                Path(name).unlink()
                click.echo(printable(f"deleted {name}"))
            new = []
        self.left -= len(pairs) - len(new)

    def _print(self, pairs: Sequence[ComparedPair]) -> None:
        brackets = self._screen.needs_brackets
        self._screen.show(diff_blocks(pairs, show_all=False, brackets=brackets))


def lone_side(pair: ComparedPair) -> str:
    """``new`` or ``removed`` for a cassette without a counterpart; else empty."""
    if pair.old and pair.new:
        return ""
    return "removed" if pair.old else "new"
