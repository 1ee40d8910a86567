"""Waiting as a client waits for a server: the recorded times, the request's read timeout, and no
longer than anybody wants the answer.

What comes late because the caller was busy comes at once: times count from the headers, not from
the moment at which the caller asks for more.
"""

from __future__ import annotations

import inspect
import threading
from typing import TYPE_CHECKING, Any

import anyio

from llmcassette.errors import ReplayError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["PacedStream", "Patience"]


class Patience:
    """How one request waits.

    Args:
        timeout: seconds for which nothing may come, or ``None``.
        timed_out: makes the error that is raised then.
        clock: tells the seconds that pass; the event loop's, where one waits.
        sleep: called with the seconds to wait, instead of waiting; it may be asynchronous.
        keep: remembers an error for the verdict of the test, and gives it back.
    """

    def __init__(
        self,
        timeout: float | None,
        timed_out: Callable[[], Exception],
        *,
        clock: Callable[[], float],
        sleep: Callable[[float], object] | None,
        keep: Callable[[ReplayError], ReplayError],
    ) -> None:
        self.clock = clock
        self._timeout = timeout
        self._timed_out = timed_out
        self._sleep = sleep
        self._keep = keep

    @property
    def is_real(self) -> bool:
        """Whether time passes while this waits."""
        return self._sleep is None

    def wait(self, seconds: float, given_up: threading.Event) -> None:
        """Wait, or until another thread has given up.

        Raises:
            Exception: the client's ReadTimeout.
            ReplayError: the function of the setting ``sleep`` is asynchronous.
        """
        bearable = self._bearable(seconds)
        if bearable > 0:
            if self._sleep is None:
                given_up.wait(bearable)
            else:
                self._refuse(self._sleep(bearable))
        if bearable < seconds and not given_up.is_set():
            raise self._timed_out()

    async def wait_async(self, seconds: float) -> None:
        """Wait, and let the event loop do other things.

        Raises:
            Exception: the client's ReadTimeout.
        """
        bearable = self._bearable(seconds)
        if bearable > 0:
            if self._sleep is None:
                await anyio.sleep(bearable)
            else:
                slept = self._sleep(bearable)
                if inspect.isawaitable(slept):
                    await slept
        if bearable < seconds:
            raise self._timed_out()

    def _bearable(self, seconds: float) -> float:
        return seconds if self._timeout is None else min(seconds, self._timeout)

    def _refuse(self, slept: object) -> None:
        if inspect.isawaitable(slept):
            if inspect.iscoroutine(slept):
                slept.close()
            raise self._keep(
                ReplayError(
                    "the function of the setting sleep is asynchronous, and this client is not.\n"
                    "Give it a function that returns nothing: it serves both kinds of client."
                )
            )


class PacedStream:
    """A recorded body whose chunks come in their time; as single-pass as ``RecordedStream``.

    Args:
        chunks: the body.
        gaps: seconds before each chunk, then before the end.
        failure: makes the error that is raised at the end, if any is.
        patience: how it waits.
    """

    def __init__(
        self,
        chunks: list[bytes],
        gaps: tuple[float, ...],
        failure: Callable[[], BaseException] | None,
        patience: Patience,
    ) -> None:
        self._chunks: Iterator[bytes] = iter(chunks)
        self._gaps: Iterator[float] = iter(gaps)
        self._failure = failure
        self._patience = patience
        self._due = patience.clock()
        self._closed = threading.Event()

    def __iter__(self) -> PacedStream:
        return self

    def __next__(self) -> bytes:
        seconds = self._next_wait()
        if seconds > 0:
            try:
                self._patience.wait(seconds, self._closed)
            except BaseException:
                self.close()
                raise
        found = self._next_chunk()
        if found is None:
            raise StopIteration
        return found

    def __aiter__(self) -> PacedStream:
        return self

    async def __anext__(self) -> bytes:
        seconds = self._next_wait()
        if seconds > 0:
            try:
                await self._patience.wait_async(seconds)
            except BaseException:
                self.close()
                raise
        found = self._next_chunk()
        if found is None:
            raise StopAsyncIteration
        return found

    def _next_wait(self) -> float:
        gap = next(self._gaps, 0.0)
        if not gap or not self._patience.is_real:
            return gap
        self._due += gap
        return self._due - self._patience.clock()

    def _next_chunk(self) -> bytes | None:
        for chunk in self._chunks:
            return chunk
        failure, self._failure = self._failure, None
        if failure is not None:
            raise failure()
        return None

    def close(self) -> None:
        """Give up the rest, also for whoever waits for it in another thread."""
        self._chunks, self._gaps, self._failure = iter(()), iter(()), None
        self._closed.set()

    async def aclose(self) -> None:
        """Give up the rest."""
        self.close()


def read_timeout(request: Any) -> float | None:
    """Seconds for which nothing may come; ``None`` where the request sets no limit."""
    timeout: float | None = (request.extensions.get("timeout") or {}).get("read")
    return timeout
