"""Works on files one by one: with a progress bar, and failures that don't stop the others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

from llmcassette.cli.output.progress import tracked
from llmcassette.cli.running import print_error
from llmcassette.errors import CassetteError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

__all__ = ["Batch"]

Item = TypeVar("Item")
Result = TypeVar("Result")


class Batch(Generic[Item, Result]):
    """Iterates over the results of some work, and prints what fails.

    Args:
        items: the items to work on.
        work: makes a result of an item.
        verb: the text of the progress bar, such as ``reading``.
        printing: the caller prints each result; then a terminal shows no bar.

    Attributes:
        failed: the number of items that failed so far.
    """

    def __init__(
        self,
        items: Sequence[Item],
        work: Callable[[Item], Result],
        verb: str,
        *,
        printing: bool = False,
    ) -> None:
        self.failed = 0
        self._items = items
        self._work = work
        self._verb = verb
        self._printing = printing

    def __iter__(self) -> Iterator[Result]:
        for item in tracked(self._items, self._verb, printing=self._printing):
            try:
                result = self._work(item)
            except (CassetteError, OSError) as error:
                print_error(error)
                self.failed += 1
            else:
                yield result
