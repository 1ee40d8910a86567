"""Connects a connection of ``http.client`` or urllib3 to a cassette, with the library's errors."""

from __future__ import annotations

import errno
import socket
import ssl
import sys
from typing import TYPE_CHECKING, Any, Final

from llmcassette.clients.http_client.served_socket import ServedSocket
from llmcassette.clients.recorded_origins import as_recorded
from llmcassette.clients.wire.kinds import kind_of
from llmcassette.recorder.hosts import refusal
from llmcassette.recorder.steps import Failure

if TYPE_CHECKING:
    from collections.abc import Callable

    from llmcassette.clients.wire.origin import Origin
    from llmcassette.recorder.engine import Engine

__all__ = ["serve", "unreachable"]


def serve(
    connection: Any, origin: Origin, cassette: Engine, connect: Callable[[Any], None]
) -> None:
    """Give a connection a socket that answers from a cassette.

    Args:
        connection: the connection.
        origin: where it leads.
        cassette: the cassette.
        connect: connects it to the network.
    """
    library = _Connection(connection, connect)
    connection.sock = ServedSocket(as_recorded(cassette, origin), cassette, library)
    connection.sock.settimeout(_seconds(connection.timeout))
    if _is_of_urllib3(connection):
        # What urllib3's own connect notes down.
        connection.is_verified = getattr(connection, "cert_reqs", None) not in _UNVERIFIED
        connection._has_connected_to_proxy = bool(connection.proxy)


def unreachable(connection: Any) -> Exception:
    """The library's error for a host that nothing reaches."""
    return _error(connection, Failure("connect", refusal(connection.host)))


_UNVERIFIED: Final = (ssl.CERT_NONE, "CERT_NONE", "NONE")
_KINDS: Final = {socket.gaierror: "dns", ssl.SSLError: "tls", TimeoutError: "connect-timeout"}


class _Connection:
    """The ``Library`` of one connection."""

    def __init__(self, connection: Any, connect: Callable[[Any], None]) -> None:
        self._connection = connection
        self._connect = connect

    def connect(self) -> socket.socket:
        """Connect to the network, as without a cassette."""
        served = self._connection.sock
        try:
            self._connect(self._connection)
            live: socket.socket = self._connection.sock
        finally:
            self._connection.sock = served
        return live

    def error(self, failure: Failure) -> Exception:
        """The library's own error for a failure."""
        return _error(self._connection, failure)

    def kind(self, error: Exception) -> str:
        """The kind of ``Failure`` for an error of ``connect``."""
        cause: BaseException | None = error
        while cause is not None:
            for known, kind in _KINDS.items():
                if isinstance(cause, known):
                    return kind
            cause = cause.__cause__ or cause.__context__
        return "connect"


def _error(connection: Any, failure: Failure) -> Exception:
    kind, message = kind_of(failure), failure.message
    library: Any = sys.modules.get("urllib3.exceptions")
    if library is not None and _is_of_urllib3(connection):
        if kind == "connect":
            return library.NewConnectionError(connection, message)  # type: ignore[no-any-return]
        if kind == "connect-timeout":
            return library.ConnectTimeoutError(connection, message)  # type: ignore[no-any-return]
        if kind == "dns":
            unknown = socket.gaierror(socket.EAI_NONAME, message)
            return library.NameResolutionError(connection.host, connection, unknown)  # type: ignore[no-any-return]
    match kind:
        case "connect":
            return ConnectionRefusedError(errno.ECONNREFUSED, message)
        case "connect-timeout" | "read-timeout":
            return TimeoutError(message)
        case "dns":
            return socket.gaierror(socket.EAI_NONAME, message)
        case "tls":
            return ssl.SSLCertVerificationError(1, message)  # by far the most frequent
        case "write":
            return BrokenPipeError(errno.EPIPE, message)
        case _:
            return ConnectionResetError(errno.ECONNRESET, message)


def _is_of_urllib3(connection: Any) -> bool:
    module: Any = sys.modules.get("urllib3.connection")
    return module is not None and isinstance(connection, module.HTTPConnection)


def _seconds(timeout: Any) -> float | None:
    """A connection's timeout, which may be a marker for the default of all sockets."""
    return timeout if isinstance(timeout, int | float) else socket.getdefaulttimeout()
