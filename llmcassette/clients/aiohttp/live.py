"""A live connection of aiohttp, whose answer is recorded on its way to the client."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import h11

from llmcassette.clients.wire.answers import AnswerReader
from llmcassette.clients.wire.kinds import kind_of
from llmcassette.recorder.steps import Failure

if TYPE_CHECKING:
    from llmcassette.clients.wire.requests import RequestReader
    from llmcassette.recorder.recorded_interaction import Recording

__all__ = ["LiveConnection", "NoAnswer"]


class NoAnswer(Exception):  # noqa: N818 - not raised to clients
    """A live connection ended before the head of an answer, or something else came."""


class LiveConnection(asyncio.Protocol):
    """Sends a request and receives its answer.

    Args:
        connection: aiohttp's ``Connection`` to the network; this takes it over.
        request: the whole request.
        recording: takes the answer.
    """

    def __init__(self, connection: Any, request: RequestReader, recording: Recording) -> None:
        self._connection = connection
        self._protocol = connection.protocol
        self._transport: asyncio.Transport = connection.transport
        self._recording = recording
        self._reader = AnswerReader(request.head, recording)
        self._received: list[bytes] = []
        self._changed = asyncio.Event()
        self._client: asyncio.Protocol | None = None
        self._is_lost = False
        self._error: Exception | None = None
        self._unreadable: h11.RemoteProtocolError | None = None
        self._transport.set_protocol(self)
        for written in request.written:
            self._transport.write(written)

    def data_received(self, data: bytes) -> None:
        """A part of the answer has come."""
        if self._client is not None:
            self._read(data)
            self._client.data_received(data)
            return
        self._received.append(data)
        self._read(data)
        self._changed.set()

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection has ended."""
        self._is_lost, self._error = True, exc
        self._protocol.connection_lost(exc)  # its session waits for that
        self._connection.close()
        if exc is None:
            self._read(b"")
        else:
            self._broke_off("ReadError")
        self._changed.set()
        if self._client is not None:
            self._client.connection_lost(exc)

    async def head(self) -> None:
        """Wait for the head of the answer.

        Raises:
            NoAnswer: there will be none.
            h11.RemoteProtocolError: it is no HTTP/1.1.
        """
        while not self._recording.code:
            if self._unreadable is not None:
                raise self._unreadable
            if self._recording.ended is not None:
                raise NoAnswer
            await self._change()

    async def end(self) -> None:
        """Wait for the end of the answer, however it ends."""
        while self._recording.ended is None:
            await self._change()

    async def _change(self) -> None:
        self._changed.clear()
        await self._changed.wait()

    def pass_on(self, client: asyncio.Protocol) -> None:
        """Hand everything to the client from here on."""
        for data in self._received:
            client.data_received(data)
        self._client = client
        if self._is_lost:
            client.connection_lost(self._error)

    def pause_reading(self) -> None:
        """The client has too much to read."""
        self._transport.pause_reading()

    def resume_reading(self) -> None:
        """The client reads again."""
        self._transport.resume_reading()

    def close(self, *, timed_out: bool = False, reading: bool = False) -> None:
        """Close the connection.

        Args:
            timed_out: the client's own timeout for reading has passed.
            reading: the client waits for a piece of the body.
        """
        self._client = None
        if timed_out:
            self._broke_off("ReadTimeout")
        self._recording.reading = reading
        self._recording.finish("closed")
        self._connection.close()

    def _read(self, data: bytes) -> None:
        if self._recording.ended is not None or self._unreadable is not None:
            return
        try:
            self._reader.feed(data)
        except h11.RemoteProtocolError as error:
            if data and not self._recording.code:
                self._unreadable = error
            else:
                self._broke_off("RemoteProtocolError")

    def _broke_off(self, name: str) -> None:
        """Record how the answer broke off, or that there was none."""
        self._recording.finish(name if self._recording.code else kind_of(Failure(name, "")))
