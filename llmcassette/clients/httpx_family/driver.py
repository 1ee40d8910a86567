"""The drivers of httpx and httpx2: one loop for synchronous clients, one for asynchronous ones."""

from __future__ import annotations

from time import perf_counter, sleep
from typing import TYPE_CHECKING, Any, Final

import anyio

from llmcassette.clients import scope
from llmcassette.model import CANCELLED
from llmcassette.recorder.hosts import refusal
from llmcassette.recorder.playback import Playback
from llmcassette.recorder.steps import (
    Await,
    Caller,
    Discard,
    Failure,
    GoLive,
    PassOn,
    ReadOut,
    Wait,
)

if TYPE_CHECKING:
    from llmcassette.clients.httpx_family.libraries import ClientRequest, Library
    from llmcassette.recorder.engine import Engine
    from llmcassette.recorder.exchange import Step, Steps

__all__ = ["ServedTransport", "UnreachableTransport"]

LAST_STEPS: Final = (Playback, PassOn, Failure)
"""After one of these the caller has its answer or its error."""


class ServedTransport:
    """Replaces a client's transport for one request.

    Args:
        library: the library of the client.
        cassette: the cassette that answers.
        real: the transport to the network.
    """

    __slots__ = ("_cassette", "_library", "_live", "_real")

    def __init__(self, library: Library, cassette: Engine, real: Any) -> None:
        self._library = library
        self._cassette = cassette
        self._real = real
        self._live: Any = None

    def handle_request(self, request: ClientRequest) -> Any:
        """Answer a synchronous client.

        Raises:
            ReplayError: see ``Exchange.steps``.
        """
        body = request.read()
        same = self._cassette.replay(request.method, str(request.url), request.headers.raw, body)
        if same is not None and same.is_at_once:
            return self._library.response(same, request, self._cassette)
        caller = Caller(False, perf_counter, read_timeout(request))
        steps = self._steps(request, body, caller, same)
        step = next(steps)
        while not isinstance(step, LAST_STEPS):
            try:
                self._do(step, request)
            except BaseException as error:
                step = steps.throw(error)
            else:
                step = next(steps)
        return self._last(step, steps, request)

    async def handle_async_request(self, request: ClientRequest) -> Any:
        """Answer an asynchronous client.

        Raises:
            ReplayError: see ``Exchange.steps``.
        """
        body = await request.aread()
        same = self._cassette.replay(request.method, str(request.url), request.headers.raw, body)
        if same is not None and same.is_at_once:
            return self._library.response(same, request, self._cassette)
        caller = Caller(True, anyio.current_time, read_timeout(request))
        steps = self._steps(request, body, caller, same)
        step = next(steps)
        while not isinstance(step, LAST_STEPS):
            try:
                await self._do_async(step, request)
            except BaseException as error:
                step = steps.throw(error)
            else:
                step = next(steps)
        return self._last(step, steps, request)

    def _steps(
        self, request: ClientRequest, body: bytes, caller: Caller, same: Playback | None
    ) -> Steps:
        from llmcassette.recorder.exchange import Exchange  # a plain replay needs none

        exchange = Exchange(self._cassette, self._library.request(request, body), caller)
        return exchange.steps() if same is None else exchange.replay(same)

    def _do(self, step: Step, request: ClientRequest) -> None:
        match step:
            case Wait(seconds):
                sleep(seconds)
            case GoLive(recording):
                try:
                    with scope.going_live():
                        live = self._real.handle_request(request)
                except Exception as error:
                    self._library.failed(error, recording)
                    raise
                self._live = self._library.recorded(live, recording, is_async=False)
            case Discard():
                self._live.close()
            case ReadOut():
                try:
                    for _ in self._live.stream:
                        pass
                finally:
                    self._live.close()

    async def _do_async(self, step: Step, request: ClientRequest) -> None:
        match step:
            case Wait(seconds):
                await anyio.sleep(seconds)
            case Await(awaitable):
                await awaitable
            case GoLive(recording):
                try:
                    with scope.going_live():
                        live = await self._real.handle_async_request(request)
                except Exception as error:
                    self._library.failed(error, recording)
                    raise
                except BaseException as error:
                    if is_cancellation(error):
                        recording.finish(CANCELLED)
                    raise
                self._live = self._library.recorded(live, recording, is_async=True)
            case Discard():
                await self._live.aclose()
            case ReadOut():
                try:
                    async for _ in self._live.stream:
                        pass
                finally:
                    await self._live.aclose()

    def _last(self, step: Playback | PassOn | Failure, steps: Steps, request: ClientRequest) -> Any:
        if isinstance(step, PassOn):
            return self._live
        if isinstance(step, Failure):
            raise self._library.error(step, request)
        rest = None if step.is_at_once else steps
        return self._library.response(step, request, self._cassette, rest)


class UnreachableTransport:
    """Replaces the transport to a host that nothing reaches."""

    __slots__ = ("_failure", "_library")

    def __init__(self, library: Library, host: str) -> None:
        self._library = library
        self._failure = Failure("connect", refusal(host))

    def handle_request(self, request: ClientRequest) -> Any:
        """Raise the library's ConnectError."""
        raise self._library.error(self._failure, request)

    async def handle_async_request(self, request: ClientRequest) -> Any:
        """Raise the library's ConnectError."""
        raise self._library.error(self._failure, request)


def is_cancellation(error: BaseException) -> bool:
    """Whether a task was cancelled; trio groups what it raises in the tasks of a connection."""
    if isinstance(error, BaseExceptionGroup):
        return all(is_cancellation(each) for each in error.exceptions)
    return isinstance(error, anyio.get_cancelled_exc_class())


def read_timeout(request: Any) -> float | None:
    """The read timeout of a request in seconds; ``None`` for no limit."""
    timeout: float | None = (request.extensions.get("timeout") or {}).get("read")
    return timeout
