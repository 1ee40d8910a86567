"""A provider on this machine: real sockets, and answers as a test wants them.

``Provider`` is an ASGI application behind uvicorn (or hypercorn, for HTTP/2); ``RawServer`` writes
bytes as they are, for what no well-behaved server does.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import struct
import threading
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import uvicorn

if TYPE_CHECKING:
    from collections.abc import Iterable

PATIENCE = 60  # seconds until a test that waits for something has failed


@dataclass
class Answer:
    """``pieces``: bytes are sent, a number is a pause in seconds, an Event is waited for."""

    pieces: Iterable[bytes | float | threading.Event] = ()
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    after: threading.Event | None = None  # what the headers wait for

    @classmethod
    def json(cls, value: Any, status: int = 200, **headers: str) -> Answer:
        body = json.dumps(value).encode()
        named = {name.replace("_", "-"): text for name, text in headers.items()}
        return cls(
            [body],
            status,
            {"content-type": "application/json", "content-length": str(len(body)), **named},
        )

    @classmethod
    def sse(cls, pieces: Iterable[bytes | float | threading.Event], **headers: str) -> Answer:
        named = {name.replace("_", "-"): text for name, text in headers.items()}
        return cls(pieces, 200, {"content-type": "text/event-stream; charset=utf-8", **named})


@dataclass
class Asked:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes


class Provider:
    """Answers each request with the next of ``answers``, the last one again and again."""

    def __init__(self, *, http2: bool = False) -> None:
        self.answers: deque[Answer] = deque()
        self.asked: list[Asked] = []
        self.is_gone = False
        self.asked_when_gone: list[str] = []
        # With the protocol named, asyncio turns off Nagle's algorithm: each piece goes out at once.
        self._listening = socket.socket(proto=socket.IPPROTO_TCP)
        self._listening.bind(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        run = self._run_hypercorn if http2 else self._run_uvicorn
        self._http2 = http2
        self._ready = threading.Event()
        self._thread = threading.Thread(target=run, daemon=True)
        self._thread.start()
        assert self._ready.wait(PATIENCE)

    def will_answer(self, *answers: Answer) -> None:
        self.answers = deque(answers)

    def gone(self) -> None:
        """From here on whoever asks has done wrong."""
        self.is_gone = True

    def reset(self) -> None:
        self.answers.clear()
        self.asked.clear()
        self.asked_when_gone.clear()
        self.is_gone = False

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._stop)
        self._thread.join(PATIENCE)
        assert not self._thread.is_alive()
        if not self._http2:
            self._listening.close()  # hypercorn closes it itself

    def _run_uvicorn(self) -> None:
        config = uvicorn.Config(
            self._app, log_level="critical", lifespan="off", ws="none", http="h11",
            interface="asgi3", loop="asyncio", timeout_graceful_shutdown=1,
        )  # fmt: skip
        server = uvicorn.Server(config)

        async def serve() -> None:
            self._begin(lambda: setattr(server, "should_exit", True))
            await server.serve(sockets=[self._listening])

        server.capture_signals = contextlib.nullcontext
        self._listening.listen()
        asyncio.run(serve())

    def _run_hypercorn(self) -> None:
        from hypercorn.asyncio import serve as hypercorn
        from hypercorn.config import Config

        config = Config()
        self._listening.listen()
        config.bind = [f"fd://{self._listening.detach()}"]
        config.errorlog = None
        config.graceful_timeout = 1

        async def serve() -> None:
            over = asyncio.Event()
            self._begin(over.set)
            await hypercorn(self._app, config, shutdown_trigger=over.wait, mode="asgi")

        asyncio.run(serve())

    def _begin(self, stop: Any) -> None:
        self._loop = asyncio.get_running_loop()
        self._stop = stop
        self._ready.set()

    async def _app(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        if self.is_gone:
            self.asked_when_gone.append(scope["path"])
        body, more = b"", True
        while more:
            message = await receive()
            body += message.get("body", b"")
            more = message.get("more_body", False)
        query = scope["query_string"].decode()
        self.asked.append(
            Asked(
                scope["method"],
                scope["raw_path"].decode() + (f"?{query}" if query else ""),
                {name.decode(): value.decode("latin-1") for name, value in scope["headers"]},
                body,
            )
        )
        answer = self.answers[0] if len(self.answers) == 1 else self.answers.popleft()
        if answer.after is not None:
            await _is_set(answer.after)
        headers = [(name.encode(), value.encode()) for name, value in answer.headers.items()]
        await send({"type": "http.response.start", "status": answer.status, "headers": headers})
        for piece in answer.pieces:
            match piece:
                case bytes():
                    await send({"type": "http.response.body", "body": piece, "more_body": True})
                case threading.Event():
                    await _is_set(piece)
                case _:
                    await asyncio.sleep(piece)
        await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _is_set(event: threading.Event) -> None:
    while not event.is_set():  # noqa: ASYNC110 - another thread sets it
        await asyncio.sleep(0.001)


DROP = object()
"""In a raw answer: the connection is reset."""


class RawServer:
    """Reads a request with Content-Length, writes ``actions``, closes the connection."""

    def __init__(self, *actions: Any) -> None:
        self.actions = actions
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._over = threading.Event()
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    def stop(self) -> None:
        self._over.set()
        with contextlib.suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        for thread in self._threads:
            thread.join(PATIENCE)

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listening.accept()
            except OSError:
                return
            thread = threading.Thread(target=self._answer, args=(connection,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _answer(self, connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            head, _, body = _read_until(connection, b"\r\n\r\n").partition(b"\r\n\r\n")
            length = int((head.lower().partition(b"content-length:")[2].split() or [b"0"])[0])
            while len(body) < length:
                body += connection.recv(65536)
            for action in self.actions:
                if isinstance(action, bytes):
                    connection.sendall(action)
                elif isinstance(action, threading.Event):
                    while not action.wait(0.01) and not self._over.is_set():
                        pass
                elif action is DROP:
                    reset = struct.pack("ii", 1, 0)
                    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, reset)
                    return
                else:
                    self._over.wait(action)


def _read_until(connection: socket.socket, end: bytes) -> bytes:
    held = b""
    while end not in held:
        piece = connection.recv(65536)
        if not piece:
            raise OSError("closed")
        held += piece
    return held


def chunk(data: bytes) -> bytes:
    """One chunk of HTTP/1.1's chunked coding (RFC 9112, 7.1)."""
    return b"%x\r\n%b\r\n" % (len(data), data)


def chunked_head(content_type: str = "text/event-stream") -> bytes:
    return (
        f"HTTP/1.1 200 OK\r\ncontent-type: {content_type}\r\ntransfer-encoding: chunked\r\n\r\n"
    ).encode()
