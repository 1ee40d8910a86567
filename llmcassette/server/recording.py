"""The cassette of ``llmcassette record``, which is saved while the server runs."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Final

from llmcassette.errors import CassetteError
from llmcassette.server.runs import Run

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from llmcassette.recorder.engine import Engine
    from llmcassette.server.upstreams import Upstreams

__all__ = ["Recorded", "Saver"]

SHARE: Final = 10
"""Saving takes at most one part in so many of the time: each save writes the whole file."""


class Recorded:
    """One cassette for all clients.

    Args:
        cassette: takes what is recorded.
        upstreams: where requests go.
    """

    def __init__(self, cassette: Engine, upstreams: Upstreams) -> None:
        self._run = Run(cassette, upstreams)

    def get(self, name: str) -> Run:  # noqa: ARG002 - they differ only in replay
        """The same for every name."""
        return self._run

    def all(self) -> Mapping[str, Run]:
        """The only run."""
        return {"": self._run}

    def reset(self, name: str | None) -> None:  # noqa: ARG002
        """Nothing.

        Raises:
            CassetteError: always.
        """
        raise CassetteError("what was recorded stays; to record it again, use --mode all")


class Saver:
    """Saves a cassette in a thread, whenever no answer is on its way: a killed server loses little.

    Args:
        cassette: what is saved; closing it saves the rest.
        on_error: is called with the error that ends the saving.
    """

    def __init__(self, cassette: Engine, on_error: Callable[[CassetteError], object]) -> None:
        self._cassette = cassette
        self._on_error = on_error
        self._is_due = threading.Event()
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="llmcassette-saver", daemon=True)
        self._thread.start()

    def answered(self) -> None:
        """An answer has ended."""
        self._is_due.set()

    def stop(self) -> None:
        """End the thread."""
        self._is_over.set()
        self._is_due.set()
        self._thread.join()

    def _run(self) -> None:
        while self._is_due.wait() and not self._is_over.is_set():
            self._is_due.clear()
            began = time.perf_counter()
            try:
                self._cassette.save()
            except CassetteError as error:
                self._on_error(error)
                return
            self._is_over.wait(SHARE * (time.perf_counter() - began))
