"""A socket that answers from a cassette.

The client's own parser reads what it gives, and makes the client's own responses and errors.
"""

from __future__ import annotations

import contextlib
import errno
import io
import os
import socket
import threading
from time import perf_counter
from typing import TYPE_CHECKING, Any

import h11

from llmcassette.clients.http_client.answering import Answering
from llmcassette.clients.wire.requests import CONTINUE, RequestReader
from llmcassette.recorder import errors
from llmcassette.recorder.steps import Caller

if TYPE_CHECKING:
    from collections.abc import Iterator

    from llmcassette.clients.http_client.answering import Library
    from llmcassette.clients.wire.origin import Origin
    from llmcassette.recorder.engine import Engine

__all__ = ["ServedSocket"]


class ServedSocket:
    """Replaces the socket of one connection.

    Args:
        origin: where the connection leads.
        cassette: the cassette that answers.
        library: makes errors and live sockets.

    Attributes:
        cassette: the cassette that answers.
    """

    def __init__(self, origin: Origin, cassette: Engine, library: Library) -> None:
        self.cassette = cassette
        self._origin = origin
        self._library = library
        self._caller = Caller(False, perf_counter)
        self._request: RequestReader | None = None
        self._answering: Answering | None = None
        self._pieces: Iterator[bytes] = iter(())
        self._unread = b""
        self._poll: _Pollable | None = None
        self._files = 0
        self._is_released = False
        self._closed = threading.Event()

    def sendall(self, data: Any, _flags: int = 0) -> None:
        """Take a part of a request; its last part begins the exchange.

        Raises:
            ReplayError: see ``Exchange.steps``; or the request is not HTTP/1.1.
            Exception: the library's error for a failure to connect.
        """
        written = bytes(memoryview(data))  # TypeError for what is no buffer, as live
        if self._closed.is_set() or self.cassette.closed:
            raise ConnectionResetError(errno.ECONNRESET, os.strerror(errno.ECONNRESET))
        if self._request is None or self._request.is_complete:
            self._finish()
            self._request = RequestReader()
        self._read(self._request, written)
        if self._request.is_complete:
            self._answering = Answering(
                self.cassette,
                self._origin,
                self._request,
                self._library,
                self._caller,
                self._closed,
            )
            self._pieces = self._answering.pieces()
            next(self._pieces)
        elif self._request.waits_for_continue and not self._unread:
            self._unread = CONTINUE

    def _read(self, request: RequestReader, written: bytes) -> None:
        try:
            request.feed(written)
        except h11.RemoteProtocolError as error:
            what = f"a request to {self._origin.authority}"
            unreadable = errors.unreadable(what, error, self.cassette.path)
            raise self.cassette.keep(unreadable) from error

    def recv_into(self, buffer: Any, _nbytes: int = 0, _flags: int = 0) -> int:
        """Read at most one piece of the answer into a buffer; 0 at its end."""
        if self._poll is not None:
            self._poll.set_readable(False)
        view = memoryview(buffer).cast("B")
        while not self._unread:
            piece = next(self._pieces, None)
            if piece is None:
                return 0
            self._unread = piece
        piece = self._unread[: len(view)]
        self._unread = self._unread[len(view) :]
        view[: len(piece)] = piece
        return len(piece)

    def makefile(self, mode: str = "r", buffering: int = -1) -> Any:
        """The answer as a file, as ``http.client`` reads it.

        Raises:
            ValueError: the mode is not ``rb``.
        """
        if mode != "rb":
            raise ValueError(f"a recorded answer can't be opened with mode {mode!r}")
        self._files += 1
        raw = _File(self)
        if buffering == 0:
            return raw
        return io.BufferedReader(raw, io.DEFAULT_BUFFER_SIZE if buffering < 0 else buffering)

    def fileno(self) -> int:
        """A real descriptor, readable where a live one is.

        urllib3 polls it before it sends another request over the connection, and botocore before it
        sends a body for which the server must ask.
        """
        if self._poll is None:
            self._poll = _Pollable()
        self._poll.set_readable(bool(self._unread) or self.cassette.closed)
        return self._poll.fileno()

    def settimeout(self, value: float | None) -> None:
        """How many seconds reading may wait; ``None`` for no limit."""
        self._caller.read_timeout = value

    def gettimeout(self) -> float | None:
        """How many seconds reading may wait; ``None`` for no limit."""
        return self._caller.read_timeout

    def setsockopt(self, *_: Any) -> None:
        """Do nothing: there is no TCP."""

    def shutdown(self, how: int) -> None:
        """End the answer, also for another thread that is reading it."""
        self._closed.set()
        if self._answering is not None:
            self._answering.shutdown(how)

    def close(self) -> None:
        """Release the connection; its files can still be read."""
        self._is_released = True
        if not self._files:
            self._end()

    def file_closed(self) -> None:
        """A file of ``makefile`` has been closed."""
        self._files -= 1
        if self._is_released and not self._files:
            self._end()

    def __del__(self) -> None:
        self._end()

    def _finish(self) -> None:
        if self._answering is not None:
            self._answering.close()

    def _end(self) -> None:
        self._closed.set()
        self._finish()
        if self._poll is not None:
            self._poll.close()


class _File(io.RawIOBase):
    """The answer on a socket, as the bytes below a buffer."""

    def __init__(self, socket_: ServedSocket) -> None:
        self._socket = socket_

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        return self._socket.recv_into(buffer)

    def close(self) -> None:
        if not self.closed:
            super().close()
            self._socket.file_closed()


class _Pollable:
    """A descriptor for ``select`` and ``poll``."""

    def __init__(self) -> None:
        self._near, self._far = socket.socketpair()
        self._is_readable = False

    def fileno(self) -> int:
        return self._near.fileno()

    def set_readable(self, is_readable: bool) -> None:
        if is_readable != self._is_readable:
            self._is_readable = is_readable
            if is_readable:
                self._far.send(b".")
            else:
                self._near.recv(1)

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._near.close()
            self._far.close()
