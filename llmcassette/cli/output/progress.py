"""Shows a progress bar on a terminal's stderr for work that takes more than a second."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Final, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["tracked"]

PATIENCE: Final = 1.0
"""Seconds before the bar appears."""

T = TypeVar("T")


def tracked(items: Sequence[T], verb: str, *, printing: bool = False) -> Iterator[T]:
    """Iterate over items with a progress bar, which disappears at the end.

    Args:
        items: the items to work on.
        verb: the text of the bar, such as ``reading``.
        printing: the caller prints while it iterates; then a terminal shows no bar.
    """
    if not sys.stderr.isatty() or (printing and sys.stdout.isatty()):
        yield from items
        return
    start = time.monotonic()
    for number, item in enumerate(items):
        if time.monotonic() - start > PATIENCE:
            yield from with_bar(items, number, verb)
            return
        yield item


def with_bar(items: Sequence[T], done: int, verb: str) -> Iterator[T]:
    """Iterate over the items after the first ``done``, with a bar."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    columns = TextColumn(verb), BarColumn(), MofNCompleteColumn()
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(verb, total=len(items), completed=done)
        for item in items[done:]:
            yield item
            bar.advance(task)
