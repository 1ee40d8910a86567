"""The driver of the server: what an exchange asks for, over a connection of real HTTP."""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

import httpx

from llmcassette.clients.wire.kinds import kind_of
from llmcassette.model import CANCELLED, CLOSED
from llmcassette.recorder.exchange import Exchange
from llmcassette.recorder.hosts import port_of, refusal
from llmcassette.recorder.playback import Playback
from llmcassette.recorder.recorded_interaction import Recording
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
from llmcassette.server.problems import problem

if TYPE_CHECKING:
    from llmcassette.model import Request
    from llmcassette.recorder.engine import Engine
    from llmcassette.recorder.exchange import Step, Steps
    from llmcassette.server.connection import Connection
    from llmcassette.server.live import Live

__all__ = ["Driver", "is_plain", "play"]

LAST_STEPS: Final = (Playback, PassOn, Failure)
"""After one of these the exchange is about the body, or over."""


def is_plain(playback: Playback) -> bool:
    """Whether an answer is whole, and nothing of it has to be waited for."""
    return playback.is_at_once and playback.failure is None


async def play(playback: Playback, connection: Connection) -> None:
    """Send an answer that ``is_plain``."""
    await connection.head(playback.code, playback.headers)
    chunks = playback.chunks
    for chunk in chunks[:-1]:
        await connection.piece(chunk)
    await connection.end(chunks[-1] if chunks else b"")


class Driver:
    """Answers one request.

    Args:
        cassette: the cassette that answers.
        connection: the connection to the client.
        live: the way to the provider.
    """

    def __init__(self, cassette: Engine, connection: Connection, live: Live) -> None:
        self._cassette = cassette
        self._connection = connection
        self._live = live
        self._answer: Any = None

    async def run(self, request: Request, same: Playback | None) -> None:
        """Answer a request.

        Args:
            request: as sent, with the provider's URL.
            same: what ``Engine.replay`` found.

        Raises:
            ReplayError: see ``Exchange.steps``.
        """
        if not self._cassette.serves_every_host:
            url = httpx.URL(request.url)
            route = self._cassette.route(url.host, port_of(url.scheme, url.port))
            if route == "pass":
                await self._connection.while_there(self._pass_through(request))
                return
            if route == "refuse":
                await self._unreached(request, refusal(url.host))
                return
        loop = asyncio.get_running_loop()
        exchange = Exchange(self._cassette, request, Caller(True, loop.time))
        steps = exchange.steps() if same is None else exchange.replay(same)
        step = next(steps)
        if isinstance(step, Playback) and is_plain(step):
            await play(step, self._connection)
        else:
            await self._connection.while_there(self._go_on(step, steps, request))

    async def _pass_through(self, request: Request) -> None:
        try:
            self._answer = await self._live.send(request, Recording(request))
        except httpx.TransportError as error:
            await self._unreached(request, f"{type(error).__name__}: {error}")
            return
        await self._pass_on()

    async def _go_on(self, step: Step, steps: Steps, request: Request) -> None:
        try:
            while not isinstance(step, LAST_STEPS):
                try:
                    await self._do(step, request)
                except BaseException as error:
                    step = steps.throw(error)
                else:
                    step = next(steps)
        except httpx.TransportError as error:
            await self._unreached(request, f"{type(error).__name__}: {error}")
            return
        if isinstance(step, Playback):
            await self._play(step, steps)
        elif isinstance(step, PassOn):
            await self._pass_on()
        elif kind_of(step) == "read-timeout":
            await self._break_off(step)
        else:
            await self._unreached(request, step.message)

    async def _do(self, step: Step, request: Request) -> None:
        match step:
            case GoLive(recording):
                try:
                    self._answer = await self._live.send(request, recording)
                except asyncio.CancelledError:
                    recording.finish(CANCELLED)
                    raise
            case Discard():
                await self._answer.aclose()
            case ReadOut():
                try:
                    async for _ in self._answer.stream:
                        pass
                finally:
                    await self._answer.aclose()
            case _:
                await self._wait(step)

    async def _wait(self, step: Step) -> None:
        if isinstance(step, Wait):
            await asyncio.sleep(step.seconds)
        elif isinstance(step, Await):
            await step.awaitable

    async def _pass_on(self) -> None:
        answer = self._answer
        try:
            await self._connection.head(answer.status_code, answer.headers.raw)
            try:
                async for piece in answer.stream:
                    await self._connection.piece(piece)
            except httpx.TransportError:
                await self._connection.drop()
                return
            await self._connection.end()
        finally:
            await answer.aclose()

    async def _play(self, playback: Playback, steps: Steps) -> None:
        failure = playback.failure
        headers = playback.headers
        if failure is not None and sum(map(len, playback.chunks)) < playback.length:
            headers = [*headers, (b"content-length", b"%d" % playback.length)]  # shows the cut
        await self._connection.head(playback.code, headers)
        left = len(playback.chunks)
        while True:
            if not left and failure is not None and failure.kind == CLOSED:
                # The recording caller left here. Whether this one reads on isn't known: it may only
                # be slow to close the connection.
                await asyncio.sleep(self._cassette.settings.max_wait)
            step = next(steps, None)
            if isinstance(step, bytes):
                await self._connection.piece(step)
                left -= 1
            elif step is None:
                await self._connection.end()
                return
            elif isinstance(step, Failure):
                await self._break_off(step)
                return
            else:
                try:
                    await self._wait(step)
                except BaseException as error:
                    steps.throw(error)
                    raise

    async def _break_off(self, failure: Failure) -> None:
        """End the connection; where the client's timeout passed, only after that."""
        if kind_of(failure) == "read-timeout":
            await asyncio.sleep(self._cassette.settings.max_wait)
        await self._connection.drop()

    async def _unreached(self, request: Request, message: str) -> None:
        host = httpx.URL(request.url).netloc.decode("ascii", "replace")
        self._connection.note = f"{host} could not be reached: {message}"
        text = f"llmcassette: {self._connection.note}"
        answer = problem(request, HTTPStatus.BAD_GATEWAY, text, may_retry=True)
        await self._connection.head(answer.code, answer.headers)
        await self._connection.end(answer.body)
