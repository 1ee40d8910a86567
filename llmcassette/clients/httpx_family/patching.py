"""Every client of httpx and httpx2 gets its transport here while a cassette is open.

``Client._transport_for_url`` and its asynchronous twin are the one place that all clients pass,
whatever proxies, mounts or transports of their own they have, and whenever they were made.
"""

from __future__ import annotations

import functools
import threading
from typing import TYPE_CHECKING, Any

from llmcassette.clients import scope
from llmcassette.clients.httpx_family import in_process
from llmcassette.clients.httpx_family.driver import ServedTransport, UnreachableTransport
from llmcassette.clients.httpx_family.libraries import Library, libraries
from llmcassette.clients.httpx_family.mockers import leaves_to_mocker
from llmcassette.clients.httpx_family.transport import CassetteTransport
from llmcassette.clients.patch import Patch
from llmcassette.recorder import hosts

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from llmcassette.recorder.engine import Engine

__all__ = ["install", "uninstall"]

# Reentrant: the garbage collector may end a context, and so uninstall, at any point.
_lock = threading.RLock()
_installed: _Installation | None = None


class _Installation:
    """The patches of all clients, from the first ``install`` to the last ``uninstall``.

    Attributes:
        is_active: whether clients are served; wrappers that stay in place pass everything on then.
    """

    def __init__(self) -> None:
        self.users = 0
        self.is_active = True
        self.patches: list[Patch] = []

    def undo(self) -> None:
        self.is_active = False
        for patch in self.patches:
            patch.undo()


def install() -> None:
    """Serve every client of both libraries from now on; counts its calls."""
    global _installed
    found = libraries()
    with _lock:
        if _installed is None:
            _installed = _Installation()
            try:
                for library in found:
                    for client in (library.module.Client, library.module.AsyncClient):
                        wrap = functools.partial(_wrap, library, _installed)
                        _installed.patches.append(Patch(client, "_transport_for_url", wrap))
            except BaseException:
                _installed.undo()
                _installed = None
                raise
        _installed.users += 1


def uninstall() -> None:
    """Undo ``install`` when its last user has gone."""
    global _installed
    with _lock:
        assert _installed is not None
        _installed.users -= 1
        if _installed.users == 0:
            _installed.undo()
            _installed = None


def _wrap(
    library: Library, installation: _Installation, original: Callable[[Any, Any], Any]
) -> Callable[[Any, Any], Any]:
    module = library.module
    not_the_network = (
        module.MockTransport,
        module.ASGITransport,
        module.WSGITransport,
        CassetteTransport,
    )
    served: dict[type, bool] = {}  # by class of transport: to find out costs more than all else

    @functools.wraps(original)
    def transport_for_url(client: Any, url: Any) -> Any:
        real = original(client, url)
        if not installation.is_active:
            return real
        is_network = served.get(real.__class__)
        if is_network is None:
            is_network = not isinstance(real, not_the_network) and not in_process.serves(real)
            served[real.__class__] = is_network
        if is_network:
            return _stand_in(library, url, real)
        return real if isinstance(real, not_the_network) else in_process.shielded(real)

    return transport_for_url


def _stand_in(library: Library, url: Any, real: Any) -> Any:
    """What replaces a client's transport; the transport itself for what passes."""
    owners = scope.owners()
    if owners:
        if len(owners) > 1 or not owners[0].serves_every_host:
            passed = _passed(library, url, real, owners)
            if passed is not None:
                return passed
        cassette = scope.the_one_of(owners)
        if leaves_to_mocker(library, cassette):
            return real
        return ServedTransport(library, cassette, real)
    port = hosts.port_of(url.scheme, url.port)
    guard = scope.current_guard()
    route = hosts.route("none", guard.settings, url.host, port) if guard else "pass"
    if guard and route == "serve":
        raise guard.error()
    return real if route == "pass" else UnreachableTransport(library, url.host)


def _passed(library: Library, url: Any, real: Any, owners: Sequence[Engine]) -> Any:
    """The transport for a host in pass_hosts or ignore_hosts; ``None`` for any other."""
    port = hosts.port_of(url.scheme, url.port)
    # Where all cassettes agree about the host, it doesn't matter whose request it is.
    route = owners[0].route(url.host, port)
    if any(owner.route(url.host, port) != route for owner in owners[1:]):
        return None
    if route == "pass":
        hosts.log_passed(owners[0].path, url.host, port)
        return real
    if route == "refuse":
        hosts.log_refused(owners[0].path, url.host, port)
        return UnreachableTransport(library, url.host)
    return None
