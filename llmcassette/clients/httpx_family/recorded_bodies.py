"""Recorded bodies as streams: single-pass, and closable early, like live ones.

They are iterators, both synchronous and asynchronous: an event loop would have to finalise each
generator that a caller abandons.
"""

from __future__ import annotations

import threading
from collections import deque
from typing import TYPE_CHECKING

import anyio

from llmcassette.recorder.steps import Await, Failure, Wait

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from llmcassette.recorder.exchange import Step, Steps

__all__ = ["InstantStream", "PacedStream"]


class InstantStream:
    """A body without timing.

    Args:
        chunks: the body.
        failure: makes the error that is raised after them, if any.
    """

    def __init__(self, chunks: list[bytes], failure: Callable[[], BaseException] | None) -> None:
        self._chunks: Iterator[bytes] = iter(chunks)
        self._failure = failure

    def __iter__(self) -> Iterator[bytes]:
        # If nothing follows the chunks, no Python of ours runs between them.
        return self if self._failure else self._chunks

    def __next__(self) -> bytes:
        for chunk in self._chunks:
            return chunk
        self._fail()
        raise StopIteration

    def __aiter__(self) -> InstantStream:
        return self

    async def __anext__(self) -> bytes:
        for chunk in self._chunks:
            return chunk
        self._fail()
        raise StopAsyncIteration

    def _fail(self) -> None:
        failure, self._failure = self._failure, None
        if failure is not None:
            raise failure()

    def close(self) -> None:
        """End the body, also for code that is iterating it."""
        self._failure = None
        deque(self._chunks, maxlen=0)

    async def aclose(self) -> None:
        """End the body."""
        self.close()


class PacedStream:
    """A body with timing.

    Args:
        steps: the rest of the exchange, after its ``Playback``.
        error: makes the library's error for a ``Failure``.
    """

    def __init__(self, steps: Steps, error: Callable[[Failure], Exception]) -> None:
        self._steps = steps
        self._error = error
        self._closed = threading.Event()

    def __iter__(self) -> PacedStream:
        return self

    def __next__(self) -> bytes:
        while not self._closed.is_set():
            step = next(self._steps)
            if isinstance(step, Wait):
                try:
                    self._closed.wait(step.seconds)
                except BaseException as error:
                    self._steps.throw(error)
            else:
                return self._piece(step)
        raise StopIteration

    def __aiter__(self) -> PacedStream:
        return self

    async def __anext__(self) -> bytes:
        while not self._closed.is_set():
            try:
                step = next(self._steps)
            except StopIteration:
                break
            if isinstance(step, Wait | Await):
                try:
                    await (anyio.sleep(step.seconds) if isinstance(step, Wait) else step.awaitable)
                except BaseException as error:
                    self._steps.throw(error)
            else:
                return self._piece(step)
        raise StopAsyncIteration

    def _piece(self, step: Step) -> bytes:
        if isinstance(step, Failure):
            raise self._error(step)
        assert isinstance(step, bytes)
        return step

    def close(self) -> None:
        """End the body, also for another thread that waits for the next chunk."""
        self._closed.set()

    async def aclose(self) -> None:
        """End the body."""
        self.close()
