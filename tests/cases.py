"""Loops over many cases in one test: a failure names its case."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["case"]


@contextmanager
def case(name: object) -> Iterator[None]:
    """Add the name of the case to an error that the block raises."""
    try:
        yield
    except BaseException as error:
        error.add_note(f"The case is {name}")
        raise
