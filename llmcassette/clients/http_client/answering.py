"""The driver of the ``http.client`` family: one exchange, as the bytes that a client reads."""

from __future__ import annotations

import contextlib
from collections import deque
from typing import TYPE_CHECKING, Final, Protocol

import h11

from llmcassette.clients import scope
from llmcassette.clients.wire.answers import AnswerReader, FramedAnswer
from llmcassette.clients.wire.kinds import kind_of
from llmcassette.recorder import errors
from llmcassette.recorder.exchange import Exchange
from llmcassette.recorder.playback import Playback
from llmcassette.recorder.steps import Discard, Failure, GoLive, PassOn, ReadOut, Wait

if TYPE_CHECKING:
    import socket
    import threading
    from collections.abc import Iterator

    from llmcassette.clients.wire.origin import Origin
    from llmcassette.clients.wire.requests import RequestReader
    from llmcassette.recorder.engine import Engine
    from llmcassette.recorder.exchange import Step, Steps
    from llmcassette.recorder.recorded_interaction import Recording
    from llmcassette.recorder.steps import Caller

__all__ = ["Answering", "Library"]

UNCONNECTED: Final = frozenset({"connect", "connect-timeout", "dns", "tls"})
AT_ONCE: Final = 1 << 16  # bytes that are asked of a live socket


class Library(Protocol):
    """What the driver needs of the library that made a connection."""

    def connect(self) -> socket.socket:
        """Connect to the network."""

    def error(self, failure: Failure) -> Exception:
        """The library's own error for a failure."""

    def kind(self, error: Exception) -> str:
        """The kind of ``Failure`` for an error of ``connect``."""


class Answering:
    """Answers one request.

    Args:
        cassette: the cassette that answers.
        origin: where the connection leads.
        request: the whole request.
        library: makes errors and live sockets.
        caller: who sends the request.
        closed: set once the client reads no more.
    """

    def __init__(
        self,
        cassette: Engine,
        origin: Origin,
        request: RequestReader,
        library: Library,
        caller: Caller,
        closed: threading.Event,
    ) -> None:
        self._cassette = cassette
        self._origin = origin
        self._request = request
        self._library = library
        self._caller = caller
        self._closed = closed
        self._live: socket.socket | None = None
        self._recording: Recording | None = None
        self._answer: AnswerReader | None = None
        self._received: deque[bytes] = deque()

    def pieces(self) -> Iterator[bytes]:
        """An empty piece when the request has been sent, then what the client reads.

        Raises:
            ReplayError: see ``Exchange.steps``.
            Exception: the library's own errors.
        """
        request, url = self._request, self._request.url(self._origin)
        same = self._cassette.replay(request.method, url, request.head.headers, request.body)
        if same is not None and same.is_at_once and same.failure is None:
            yield b""
            framed = FramedAnswer(same, request.method)
            yield framed.head
            for chunk in same.chunks:
                yield framed.piece(chunk)
            yield framed.end
            return
        exchange = Exchange(self._cassette, request.request(self._origin), self._caller)
        yield from self._drive(exchange.steps() if same is None else exchange.replay(same))

    def _drive(self, steps: Steps) -> Iterator[bytes]:
        step: Step | None = next(steps)
        if isinstance(step, Failure) and kind_of(step) in UNCONNECTED:
            raise self._library.error(step)
        if isinstance(step, GoLive):
            try:
                self._send(step.recording)
            except BaseException as error:
                step = steps.throw(error)
        yield b""
        framed: FramedAnswer | None = None
        while step is not None:
            if isinstance(step, bytes):
                assert framed is not None
                yield framed.piece(step)
            elif isinstance(step, Playback):
                framed = FramedAnswer(step, self._request.method)
                yield framed.head
            elif isinstance(step, Failure):
                self._fail(step, framed)
                return
            elif isinstance(step, PassOn):
                yield from self._live_pieces()
                return
            else:
                try:
                    self._do(step)
                except h11.RemoteProtocolError as error:
                    try:
                        step = steps.throw(error)
                    except h11.RemoteProtocolError:
                        yield from self._live_pieces()  # the client's parser has its own error
                        return
                    continue
                except BaseException as error:
                    step = steps.throw(error)
                    continue
                if self._closed.is_set():
                    return
            step = next(steps, None)
        if framed is not None:
            yield framed.end

    def _do(self, step: Step) -> None:
        match step:
            case Wait(seconds):
                self._closed.wait(seconds)
            case GoLive():
                while self._recording is not None and not self._recording.code:
                    self._receive()
            case Discard():
                self.close()
            case ReadOut():
                try:
                    while self._recording is not None and self._recording.ended is None:
                        self._receive()
                finally:
                    self.close()

    def _send(self, recording: Recording) -> None:
        try:
            with scope.going_live():
                self._live = self._library.connect()
        except Exception as error:
            recording.finish(self._library.kind(error))
            raise
        self._recording = recording
        self._answer = AnswerReader(self._request.head, recording)
        try:
            for written in self._request.written:
                self._live.sendall(written)
        except OSError:
            recording.finish("write")
            raise

    def _receive(self) -> None:
        """Receive what the client will read, and record it.

        Raises:
            h11.RemoteProtocolError: the connection ended too early, or the body is broken.
            ReplayError: it is no HTTP/1.1.
            OSError: the connection broke off, or nothing came in time.
        """
        assert self._live is not None
        assert self._recording is not None
        assert self._answer is not None
        self._recording.reading = True
        try:
            self._live.settimeout(self._caller.read_timeout)
            piece = self._live.recv(AT_ONCE)
            self._received.append(piece)
            if self._recording.ended is None:
                self._answer.feed(piece)
        except TimeoutError:
            self._fell_silent("ReadTimeout")
            raise
        except OSError:
            self._fell_silent("ReadError")
            raise
        except h11.RemoteProtocolError as error:
            if piece and not self._recording.code:
                what = f"an answer of {self._origin.authority}"
                unreadable = errors.unreadable(what, error, self._cassette.path)
                raise self._cassette.keep(unreadable) from error
            self._fell_silent("RemoteProtocolError")
            raise
        self._recording.reading = False

    def _fell_silent(self, name: str) -> None:
        """Record how the live answer broke off, or that there was none."""
        assert self._recording is not None
        failure = Failure(name, "")
        self._recording.finish(name if self._recording.code else kind_of(failure))

    def _live_pieces(self) -> Iterator[bytes]:
        while True:
            if not self._received:
                with contextlib.suppress(h11.RemoteProtocolError):  # the client has its own error
                    self._receive()
            piece = self._received.popleft()
            if not piece:
                return
            yield piece

    def _fail(self, failure: Failure, framed: FramedAnswer | None) -> None:
        """Raise the library's error, where its parser doesn't by itself."""
        if kind_of(failure) != "protocol" or (framed is not None and not framed.shows_cut):
            raise self._library.error(failure)

    def shutdown(self, how: int) -> None:
        """Wake a thread that waits for the live answer."""
        if self._live is not None:
            self._live.shutdown(how)

    def close(self) -> None:
        """Close the live connection, if there is one."""
        if self._recording is not None:
            self._recording.finish("closed")
        if self._live is not None:
            self._live.close()
