"""Shows a progress bar on a terminal's stderr for work that takes more than a second."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Final, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["tracked"]

PATIENCE: Final = 1.0
"""Seconds before the bar appears."""

T = TypeVar("T")


def tracked(items: Iterator[T], total: int, verb: str, *, printing: bool = False) -> Iterator[T]:
    """Iterate over items with a progress bar, which disappears at the end.

    Args:
        items: what is made one by one.
        total: how many there will be.
        verb: the text of the bar, such as ``reading``.
        printing: the caller prints while it iterates; then a terminal shows no bar.
    """
    if not sys.stderr.isatty() or (printing and sys.stdout.isatty()):
        yield from items
        return
    start = time.monotonic()
    for number, item in enumerate(items, 1):
        yield item
        if time.monotonic() - start > PATIENCE:
            yield from with_bar(items, number, total, verb)
            return


def with_bar(items: Iterator[T], done: int, total: int, verb: str) -> Iterator[T]:
    """Iterate over the rest of the items with a bar."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    columns = TextColumn(verb), BarColumn(), MofNCompleteColumn()
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(verb, total=total, completed=done)
        for item in items:
            yield item
            bar.advance(task)
