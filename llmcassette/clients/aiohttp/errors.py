"""aiohttp's errors for the kinds of ``Failure``, and the other way round."""

from __future__ import annotations

import errno
import socket
import ssl
from typing import TYPE_CHECKING, Any, Final

import aiohttp

from llmcassette.clients.wire.kinds import kind_of

if TYPE_CHECKING:
    from llmcassette.recorder.steps import Failure

__all__ = ["error_of", "kind_of_error"]

# aiohttp 3.10 has narrower classes.
_CONNECTION_TIMEOUT: Final = getattr(aiohttp, "ConnectionTimeoutError", aiohttp.ServerTimeoutError)
_SOCKET_TIMEOUT: Final = getattr(aiohttp, "SocketTimeoutError", aiohttp.ServerTimeoutError)
_DNS: Final = getattr(aiohttp, "ClientConnectorDNSError", aiohttp.ClientConnectorError)


def error_of(failure: Failure, request: Any) -> Exception:
    """The error of a request that gets no answer.

    Args:
        failure: why it gets none.
        request: the ``aiohttp.ClientRequest``.
    """
    key, message = request.connection_key, failure.message
    match kind_of(failure):
        case "connect":
            return aiohttp.ClientConnectorError(key, OSError(errno.ECONNREFUSED, message))
        case "dns":
            unknown = socket.gaierror(socket.EAI_NONAME, message)
            error: Exception = _DNS(key, unknown)
            return error
        case "tls":
            untrusted = ssl.SSLCertVerificationError(1, message)  # by far the most frequent
            return aiohttp.ClientConnectorCertificateError(key, untrusted)
        case "connect-timeout":
            timeout: Exception = _CONNECTION_TIMEOUT(f"Connection timeout to host {request.url}")
            return timeout
        case "read-timeout":
            late: Exception = _SOCKET_TIMEOUT("Timeout on reading data from socket")
            return late
        case "write":
            return aiohttp.ClientOSError(errno.EPIPE, message)
        case "protocol":
            return aiohttp.ServerDisconnectedError()
        case _:
            return aiohttp.ClientOSError(errno.ECONNRESET, message)


def kind_of_error(error: BaseException) -> str:
    """The kind of ``Failure`` for an error of a connector."""
    if isinstance(error, TimeoutError):
        return "connect-timeout"
    if isinstance(error, aiohttp.ClientSSLError):
        return "tls"
    cause = getattr(error, "os_error", error)
    return "dns" if isinstance(cause, socket.gaierror) else "connect"
