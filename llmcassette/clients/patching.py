"""Every httpx-family client asks here for its transport while a cassette is open.

``Client._transport_for_url`` and its async twin are the one place that all clients pass, whatever
proxies, mounts or transports of their own they have, and whenever they were made.
"""

from __future__ import annotations

import functools
import threading
from typing import TYPE_CHECKING, Any, Final

from llmcassette.clients import scope
from llmcassette.clients.family import Family, families
from llmcassette.clients.serving import ServedTransport, UnreachableTransport
from llmcassette.clients.transport import CassetteTransport
from llmcassette.errors import ReplayError
from llmcassette.recorder import hosts

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["install", "uninstall"]

# Transports of test clients: the application under test is not the network.
_IN_PROCESS: Final = ("starlette.testclient", "litestar.testing")

_lock = threading.Lock()
_users = 0
_installed: list[tuple[Any, Any, Any]] = []


def install() -> None:
    """Have every client of both libraries served from now on; counts its calls."""
    global _users
    with _lock:
        _users += 1
        if _users > 1:
            return
        for family in families():
            for client in (family.module.Client, family.module.AsyncClient):
                original = client._transport_for_url
                wrapper = _wrap(family, original)
                client._transport_for_url = wrapper
                _installed.append((client, wrapper, original))


def uninstall() -> None:
    """Undo ``install`` when its last user has gone."""
    global _users
    with _lock:
        _users -= 1
        if _users:
            return
        for client, wrapper, original in _installed:
            # Whoever wrapped ours since will call it: left in place, it passes everything on.
            if client._transport_for_url is wrapper:
                client._transport_for_url = original
        _installed.clear()


def _wrap(family: Family, original: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    module = family.module
    not_the_network = (
        module.MockTransport,
        module.ASGITransport,
        module.WSGITransport,
        CassetteTransport,
    )

    @functools.wraps(original)
    def transport_for_url(client: Any, url: Any) -> Any:
        real = original(client, url)
        if isinstance(real, not_the_network) or _is_in_process(real):
            return real
        recorder = scope.current()
        if recorder is not None:
            route = recorder.route(url.host, url.port)
            served = ServedTransport(family, recorder, real) if route == "serve" else None
        else:
            guard = scope.current_guard()
            if guard is None:
                return real
            route = hosts.route("none", guard.settings, url.host, url.port)
            if route == "serve":
                raise ReplayError(guard.reason)
            served = None
        if route == "refuse":
            return UnreachableTransport(family, url.host)
        return served or real

    return transport_for_url


def _is_in_process(transport: object) -> bool:
    return any(base.__module__.startswith(_IN_PROCESS) for base in type(transport).__mro__)
