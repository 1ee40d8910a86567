"""A server in a thread of its own."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import socket
import threading
from typing import TYPE_CHECKING, Any, Final, Self

from llmcassette.errors import CassetteError

try:
    import starlette  # noqa: F401 - only pages of the server itself need more of it
    import uvicorn
    from uvicorn.protocols.http.auto import AutoHTTPProtocol
except ImportError as missing:
    raise CassetteError(
        f"the server needs {missing.name}: pip install 'pytest-llmcassette[server]'"
    ) from missing

from llmcassette.server.app import App
from llmcassette.server.hosts import HostNames

if TYPE_CHECKING:
    from llmcassette.server.app import Listener
    from llmcassette.server.runs import Runs

__all__ = ["LOOPBACK", "Background", "listening"]

LOOPBACK: Final = "127.0.0.1"
_BACKLOG: Final = 2048
_IDLE_SECONDS: Final = 75
_GRACE_SECONDS: Final = 2
_log = logging.getLogger("llmcassette.server")
_log.addHandler(logging.NullHandler())  # what uvicorn says of broken requests is nobody's business


class _Protocol(AutoHTTPProtocol):  # type: ignore[misc, valid-type]  # h11's or httptools'
    """uvicorn's protocol, which gives requests the transport of their connection."""

    app_state: dict[str, Any]

    def connection_made(self, transport: asyncio.Transport) -> None:
        super().connection_made(transport)
        self.logger = _log
        self.app_state = {**self.app_state, "transport": transport}


class Background:
    """Serves in a thread until it is stopped.

    Args:
        runs: what answers.
        sock: see ``listening``; this closes it.
        listener: is called with what happens, from the thread.
        host: the name or address that was passed to ``listening``.

    Attributes:
        url: the URL of the server, without a slash at its end.
    """

    def __init__(
        self, runs: Runs, sock: socket.socket, listener: Listener, host: str = LOOPBACK
    ) -> None:
        address, port = sock.getsockname()[:2]
        self.url = f"http://{_reachable(address)}:{port}"
        self._socket = sock
        self._app = App(runs, HostNames((host, address)), listener)
        config = uvicorn.Config(
            self._app,
            http=_Protocol,
            ws="none",
            lifespan="off",
            interface="asgi3",
            log_config=None,
            access_log=False,
            server_header=False,
            date_header=False,
            backlog=_BACKLOG,
            timeout_keep_alive=_IDLE_SECONDS,
            timeout_graceful_shutdown=_GRACE_SECONDS,
        )
        self._server = uvicorn.Server(config)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread = threading.Thread(target=self._run, name="llmcassette-server", daemon=True)

    def start(self) -> Self:
        """Begin to serve. Clients may connect at once."""
        self._thread.start()
        return self

    def stop(self) -> None:
        """Break off what is under way, and end the thread."""
        if self._loop is not None:
            with contextlib.suppress(RuntimeError):  # it has ended
                asyncio.run_coroutine_threadsafe(self._app.stop(), self._loop).result(
                    _GRACE_SECONDS
                )
        self._server.should_exit = True
        self._thread.join()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _run(self) -> None:
        async def serve() -> None:
            self._loop = asyncio.get_running_loop()
            await self._server.serve(sockets=[self._socket])

        asyncio.run(serve())


def listening(host: str, port: int) -> socket.socket:
    """A socket that listens, so that clients may connect before the server has begun.

    Raises:
        CassetteError: the port is taken, or the host is none of this machine.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
        family, _, _, _, address = found[0]
        # With the protocol named, asyncio turns off Nagle's algorithm: chunks go out at once.
        sock = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        try:
            if os.name == "posix":  # elsewhere it would take the port from another server
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            sock.bind(address)
            sock.listen(_BACKLOG)
        except OSError:
            sock.close()
            raise
    except OSError as error:
        advice = "\nUse another --port, or --port 0 for any that is free." if port else ""
        raise CassetteError(
            f"can't listen on {host}:{port}: {error.strerror or error}{advice}"
        ) from error
    sock.setblocking(False)
    return sock


def _reachable(host: str) -> str:
    """A name under which this machine reaches the server."""
    name = {"0.0.0.0": LOOPBACK, "::": "::1"}.get(host, host)  # noqa: S104 - compared only
    return f"[{name}]" if ":" in name else name
