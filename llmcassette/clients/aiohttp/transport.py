"""The driver of aiohttp: a transport that answers from a cassette.

aiohttp's own protocol reads what it gives, and makes the client's own responses and errors.
"""

from __future__ import annotations

import asyncio
import errno
from typing import TYPE_CHECKING, Any, NamedTuple

import aiohttp
import h11

from llmcassette.clients import scope
from llmcassette.clients.aiohttp.errors import error_of, kind_of_error
from llmcassette.clients.aiohttp.live import LiveConnection, NoAnswer
from llmcassette.clients.wire.answers import FramedAnswer
from llmcassette.clients.wire.kinds import kind_of
from llmcassette.clients.wire.requests import CONTINUE, RequestReader
from llmcassette.errors import ReplayError
from llmcassette.model import CLOSED
from llmcassette.recorder import errors
from llmcassette.recorder.exchange import Exchange
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
    from collections.abc import Awaitable, Callable, Iterable

    from llmcassette.clients.aiohttp.handler import Handler
    from llmcassette.clients.wire.origin import Origin
    from llmcassette.recorder.engine import Engine
    from llmcassette.recorder.exchange import Step, Steps
    from llmcassette.recorder.recorded_interaction import Recording

__all__ = ["Served", "ServedTransport"]


class Served(NamedTuple):
    """What answers a request.

    Attributes:
        origin: where the request is sent.
        cassette: the cassette that answers.
        live: connects to the network.
    """

    origin: Origin
    cassette: Engine
    live: Callable[[], Awaitable[Any]]


class ServedTransport(asyncio.Transport):
    """Answers one request.

    Args:
        loop: the event loop.
        handler: reads the answer.
        request: the ``aiohttp.ClientRequest``.
        served: what answers.
    """

    def __init__(
        self, loop: asyncio.AbstractEventLoop, handler: Handler, request: Any, served: Served
    ) -> None:
        super().__init__()
        self._loop = loop
        self._handler = handler
        self._asked = request
        self._served = served
        self._request = RequestReader()
        self._caller = Caller(True, loop.time)
        self._has_begun = False
        self._task: asyncio.Task[None] | None = None
        self._live: LiveConnection | None = None
        self._is_closing = False

    # What aiohttp calls.

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Take a part of the request; its last part begins the exchange."""
        try:
            self._request.feed(bytes(data))
        except h11.RemoteProtocolError as error:
            self._handler.fail(self._unreadable("a request to", error))
            return
        if self._request.is_complete and not self._has_begun:
            self._has_begun = True
            self._loop.call_soon(self._begin)
        elif self._request.waits_for_continue:
            self._loop.call_soon(self._handler.data_received, CONTINUE)

    def _unreadable(self, what: str, error: h11.RemoteProtocolError) -> ReplayError:
        cassette = self._served.cassette
        what = f"{what} {self._served.origin.authority}"
        return cassette.keep(errors.unreadable(what, error, cassette.path))

    def writelines(self, list_of_data: Iterable[bytes | bytearray | memoryview]) -> None:
        """Take several parts of the request."""
        self.write(b"".join(list_of_data))

    def pause_reading(self) -> None:
        """The client has too much to read. Only a live server sends what isn't waited for."""
        if self._live is not None:
            self._live.pause_reading()

    def resume_reading(self) -> None:
        """The client reads again."""
        if self._live is not None:
            self._live.resume_reading()

    def is_closing(self) -> bool:
        """Whether the client has closed the connection."""
        return self._is_closing

    def close(self) -> None:
        """End the exchange, whatever it waits for."""
        self._lose(None)

    def abort(self) -> None:
        """End the exchange."""
        self._lose(None)

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        """The host's name and port as ``peername``; there is no socket."""
        origin = self._served.origin
        return (origin.host, origin.port) if name == "peername" else default

    def get_write_buffer_size(self) -> int:
        """Nothing waits to be sent."""
        return 0

    # The exchange.

    def _lose(self, error: Exception | None) -> None:
        if self._is_closing:
            return
        self._is_closing = True
        if self._task is not None and self._task is not asyncio.current_task():
            self._task.cancel()
        if self._live is not None:
            handler = self._handler
            self._live.close(timed_out=handler.timed_out, reading=handler.is_read.is_set())
        self._loop.call_soon(self._handler.connection_lost, error)

    def _begin(self) -> None:
        """Give an answer that is known, in one piece and at once; a task waits for any other."""
        if self._is_closing:
            return
        request = self._request
        url = request.url(self._served.origin)
        try:
            same = self._served.cassette.replay(
                request.method, url, request.head.headers, request.body
            )
        except ReplayError as error:
            self._handler.fail(error)
            return
        if same is None or not same.is_at_once or same.failure or len(same.chunks) > 1:
            self._task = self._loop.create_task(self._run(same))
            return
        framed = FramedAnswer(same, request.method)
        body = b"".join(map(framed.piece, same.chunks))
        self._handler.give(framed.head + body + framed.end)
        self._end(framed)

    async def _run(self, same: Playback | None) -> None:
        try:
            await self._answer(same)
        except (KeyboardInterrupt, SystemExit, asyncio.CancelledError):
            raise
        except BaseException as error:  # the client gets it, a ReplayError too
            self._handler.fail(error)

    async def _answer(self, same: Playback | None) -> None:
        request, cassette = self._request, self._served.cassette
        self._caller.read_timeout = self._handler.seconds
        exchange = Exchange(cassette, request.request(self._served.origin), self._caller)
        steps = exchange.steps() if same is None else exchange.replay(same)
        step: Step | None = next(steps)
        while not isinstance(step, Playback | PassOn | Failure):
            assert step is not None
            try:
                await self._do(step)
            except NoAnswer as error:
                try:
                    step = steps.throw(error)
                except NoAnswer:
                    step = PassOn()  # aiohttp has its own error for what came
            except BaseException as error:
                step = steps.throw(error)
            else:
                step = next(steps)
        if isinstance(step, Playback):
            await self._play(step, steps)
        elif isinstance(step, Failure):
            raise error_of(step, self._asked)
        else:
            assert self._live is not None
            self._live.pass_on(self._handler)

    async def _do(self, step: Step) -> None:
        match step:
            case Wait(seconds):
                await asyncio.sleep(seconds)
            case Await(awaitable):
                await awaitable
            case GoLive(recording):
                await self._go_live(recording)
            case Discard():
                assert self._live is not None
                self._live.close()
            case ReadOut():
                assert self._live is not None
                await self._live.end()
                self._live.close()

    async def _go_live(self, recording: Recording) -> None:
        try:
            with scope.going_live():
                connection = await self._served.live()
        except TimeoutError as error:
            recording.finish("connect-timeout")
            raise error_of(Failure("connect-timeout", ""), self._asked) from error
        except Exception as error:
            recording.finish(kind_of_error(error))
            raise
        except asyncio.CancelledError:
            recording.finish(CLOSED)
            raise
        self._live = LiveConnection(connection, self._request, recording)
        try:
            await self._live.head()
        except h11.RemoteProtocolError as error:
            raise self._unreadable("an answer of", error) from error

    async def _play(self, playback: Playback, steps: Steps) -> None:
        framed = FramedAnswer(playback, self._request.method)
        self._handler.give(framed.head)
        left = len(playback.chunks)
        is_first = True
        while True:
            # What comes at once in a live connection may be there before the client reads.
            if not is_first and (left or playback.failure is not None):
                await self._handler.is_read.wait()
            step = next(steps, None)
            if isinstance(step, bytes):
                self._handler.give(framed.piece(step))
                left -= 1
                is_first = False
            elif step is None:
                break
            elif isinstance(step, Failure):
                self._break_off(step, framed)
                return
            else:
                try:
                    await self._do(step)
                except BaseException as error:
                    steps.throw(error)
                    raise
        if framed.end:
            self._handler.give(framed.end)
        self._end(framed)

    def _end(self, framed: FramedAnswer) -> None:
        """All of the body has been given."""
        if not framed.end:
            self._handler.eof_received()
            self._lose(None)

    def _break_off(self, failure: Failure, framed: FramedAnswer) -> None:
        kind = kind_of(failure)
        if kind == "read-timeout":
            self._handler.fail(error_of(failure, self._asked))
        elif framed.shows_cut:
            reset = ConnectionResetError(errno.ECONNRESET, failure.message)
            self._lose(None if kind == "protocol" else reset)
        else:
            self._handler.fail(aiohttp.ClientPayloadError(failure.message))
