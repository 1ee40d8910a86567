"""A progress bar for what takes more than a second: on stderr, and on a terminal only."""

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


def tracked(items: Sequence[T], doing: str, *, printing: bool = False) -> Iterator[T]:
    """The items, one by one, with a bar beside that is gone when they are through.

    Args:
        items: what is worked on.
        doing: what the bar says, such as ``reading``.
        printing: output is printed meanwhile; on a terminal the bar would be in its way.
    """
    if not sys.stderr.isatty() or (printing and sys.stdout.isatty()):
        yield from items
        return
    start = time.monotonic()
    for number, item in enumerate(items):
        if time.monotonic() - start > PATIENCE:
            yield from with_bar(items, number, doing)
            return
        yield item


def with_bar(items: Sequence[T], done: int, doing: str) -> Iterator[T]:
    """The items from one on, with a bar that counts those before."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    columns = TextColumn(doing), BarColumn(), MofNCompleteColumn()
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(doing, total=len(items), completed=done)
        for item in items[done:]:
            yield item
            bar.advance(task)
