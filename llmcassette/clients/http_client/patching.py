"""Connections of ``http.client`` and urllib3 get their socket here while a cassette is open.

``connect`` is the one place where they get it. A connection that is kept for the next request may
have one already: ``putrequest``, with which each request begins, takes it away if it no longer
belongs to what answers. Copies of urllib3 in other packages have a ``connect`` of their own, and
connections to Unix sockets too: they are left alone.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlsplit

from llmcassette.clients.patch import Patch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import ModuleType

    from llmcassette.clients.installation import Patched
    from llmcassette.clients.wire.origin import Origin
    from llmcassette.recorder.engine import Engine

__all__ = ["patches"]

_TARGET = "_llmcassette_target"


def patches(module: ModuleType, patched: Patched) -> Iterator[Patch]:
    """Patch ``http.client`` or ``urllib3.connection``."""
    connect = functools.partial(_wrap_connect, patched)
    yield Patch(module.HTTPConnection, "connect", connect)
    yield Patch(module.HTTPSConnection, "connect", connect)
    if module.__name__ == "http.client":
        putrequest = functools.partial(_wrap_putrequest, patched)
        yield Patch(module.HTTPConnection, "putrequest", putrequest)


def _wrap_connect(patched: Patched, original: Callable[[Any], None]) -> Callable[[Any], None]:
    @functools.wraps(original)
    def connect(connection: Any) -> None:
        target = getattr(connection, _TARGET, "")
        wanted = _wanted(connection, target) if patched.is_active else "pass"
        if wanted == "pass":
            original(connection)
            return
        from llmcassette.clients.http_client import connecting  # costs only who sends something

        if wanted == "refuse":
            raise connecting.unreachable(connection)
        origin, _ = _place(connection, target)
        connecting.serve(connection, origin, wanted, original)

    connect._llmcassette_serves = True  # type: ignore[attr-defined]
    return connect


def _wrap_putrequest(patched: Patched, original: Callable[..., None]) -> Callable[..., None]:
    @functools.wraps(original)
    def putrequest(connection: Any, method: str, url: str, *args: Any, **options: Any) -> None:
        is_ours = getattr(type(connection).connect, "_llmcassette_serves", False)
        if patched.is_active and is_ours:
            setattr(connection, _TARGET, url)
            socket = connection.sock
            if socket is not None:
                wanted = _wanted(connection, url)
                if getattr(socket, "cassette", "pass") is not wanted:
                    connection.sock = None  # not close(), which forgets the proxy
                    socket.close()
        original(connection, method, url, *args, **options)

    return putrequest


def _wanted(connection: Any, target: str) -> Engine | Literal["pass", "refuse"]:
    """What answers a request; see ``destination``."""
    from llmcassette.clients.routing import destination  # costs only who sends something

    return destination(*_place(connection, target))


def _place(connection: Any, target: str) -> tuple[Origin, str]:
    """Where a connection leads, and the path of the URL."""
    from llmcassette.clients.wire.origin import Origin

    scheme = "https" if connection.default_port == 443 else "http"
    if target[:1] not in {"", "/"} and "://" in target:  # a plain proxy gets the whole URL
        url = urlsplit(target)
        default = 443 if url.scheme == "https" else 80
        return Origin(url.scheme, url.hostname or "", url.port or default), url.path
    path = target.partition("?")[0]
    host, port = connection.host, connection.port
    if connection._tunnel_host:  # the proxy's CONNECT (RFC 9110, 9.3.6)
        host, port = connection._tunnel_host, connection._tunnel_port
    return Origin(scheme, host.strip("[]"), port or connection.default_port), path
