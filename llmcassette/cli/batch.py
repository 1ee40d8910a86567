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

AT_ONCE = 16
"""Items that a process gets at once."""


class Batch(Generic[Item, Result]):
    """Iterates over the results of some work, in the order of the items, and prints what fails.

    Args:
        items: the items to work on.
        work: makes a result of an item; for several processes it must pickle, as its results.
        verb: the text of the progress bar, such as ``reading``.
        printing: the caller prints each result; then a terminal shows no bar.
        jobs: processes that work side by side.

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
        jobs: int = 1,
    ) -> None:
        self.failed = 0
        self._items = items
        self._work = work
        self._verb = verb
        self._printing = printing
        self._jobs = jobs

    def __iter__(self) -> Iterator[Result]:
        for result in tracked(
            self._results(), len(self._items), self._verb, printing=self._printing
        ):
            if isinstance(result, Failure):
                print_error(result.error)
                self.failed += 1
            else:
                yield result

    def _results(self) -> Iterator[Result | Failure]:
        attempt = Attempt(self._work)
        if self._jobs == 1 or len(self._items) <= AT_ONCE:
            yield from map(attempt, self._items)
            return
        from concurrent.futures import ProcessPoolExecutor  # few commands have so much to do

        with ProcessPoolExecutor(self._jobs) as pool:
            yield from pool.map(attempt, self._items, chunksize=AT_ONCE)


class Failure:
    """An item could not be worked on.

    Args:
        error: why.
    """

    def __init__(self, error: CassetteError | OSError) -> None:
        self.error = error


class Attempt(Generic[Item, Result]):
    """Some work, whose failures are results, too."""

    def __init__(self, work: Callable[[Item], Result]) -> None:
        self._work = work

    def __call__(self, item: Item) -> Result | Failure:
        try:
            return self._work(item)
        except (CassetteError, OSError) as error:
            return Failure(error)
