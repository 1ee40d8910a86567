"""Live bodies on their way to the caller, copied to a recording.

Each piece is handed on when it arrives, and never joined with another.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from typing import TYPE_CHECKING, Any, Final

import anyio

if TYPE_CHECKING:
    from collections.abc import Iterator

    from llmcassette.recorder.recorded_interaction import Recording

__all__ = ["DRAIN_SECONDS", "AsyncTee", "SyncTee"]

DRAIN_SECONDS: Final = 0.05
"""How long closing a body may wait for its end."""


class SyncTee:
    """A synchronous body that is recorded.

    Args:
        stream: the real body.
        recording: takes the copy.
        connection: the socket of the body, if it has its own; see ``_drain``.
    """

    def __init__(self, stream: Any, recording: Recording, connection: socket.socket | None) -> None:
        self._stream = stream
        self._pieces = iter(stream)
        self._recording = recording
        self._connection = connection

    def __iter__(self) -> Iterator[bytes]:
        return self._recording.passing(self._pieces)

    def close(self) -> None:
        """Close the real body; read what has been sent first where that is to be recorded."""
        try:
            if self._recording.ended is None and self._recording.is_worth_draining():
                self._drain()
        finally:
            self._recording.finish("closed")
            self._stream.close()

    def _drain(self) -> None:
        if self._connection is None:
            return
        reader = threading.Thread(target=self._read_rest, daemon=True)
        reader.start()
        reader.join(DRAIN_SECONDS)
        if reader.is_alive():
            # Only shutting down the connection wakes a blocked read; it can't be reused anyway.
            with contextlib.suppress(OSError):
                self._connection.shutdown(socket.SHUT_RDWR)
            reader.join()

    def _read_rest(self) -> None:
        with contextlib.suppress(Exception):
            for piece in self._pieces:
                self._recording.arrived(piece)
            self._recording.finish("")


class AsyncTee:
    """An asynchronous body that is recorded.

    An iterator, since the event loop would have to finalise an abandoned generator.

    Args:
        stream: the real body.
        recording: takes the copy.
    """

    def __init__(self, stream: Any, recording: Recording) -> None:
        self._stream = stream
        self._pieces = aiter(stream)
        self._recording = recording

    def __aiter__(self) -> AsyncTee:
        return self

    async def __anext__(self) -> bytes:
        self._recording.reading = True
        try:
            piece: bytes = await anext(self._pieces)
        except StopAsyncIteration:
            self._recording.finish("")
            raise
        except Exception as error:
            self._recording.finish(type(error).__name__)
            raise
        self._recording.reading = False
        self._recording.arrived(piece)
        return piece

    async def aclose(self) -> None:
        """Close the real body; read what has been sent first where that is to be recorded."""
        try:
            if self._recording.ended is None and self._recording.is_worth_draining():
                await self._drain()
        finally:
            self._recording.finish("closed")
            await self._stream.aclose()

    async def _drain(self) -> None:
        with anyio.move_on_after(DRAIN_SECONDS), contextlib.suppress(Exception):
            async for piece in self._pieces:
                self._recording.arrived(piece)
            self._recording.finish("")
