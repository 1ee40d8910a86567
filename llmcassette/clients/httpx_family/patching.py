"""Every client of httpx and httpx2 gets its transport here while a cassette is open.

``Client._transport_for_url`` and its asynchronous twin are the one place that all clients pass,
whatever proxies, mounts or transports of their own they have, and whenever they were made.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

from llmcassette.clients import scope
from llmcassette.clients.httpx_family import in_process
from llmcassette.clients.httpx_family.driver import ServedTransport, UnreachableTransport
from llmcassette.clients.httpx_family.libraries import Library, library_named
from llmcassette.clients.httpx_family.mockers import leaves_to_mocker
from llmcassette.clients.patch import Patch
from llmcassette.recorder import hosts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from types import ModuleType

    from llmcassette.clients.installation import Patched
    from llmcassette.recorder.engine import Engine

__all__ = ["patches"]


def patches(module: ModuleType, patched: Patched) -> Iterator[Patch]:
    """Patch the clients of httpx or httpx2."""
    library = library_named(module)
    for client in (module.Client, module.AsyncClient):
        yield Patch(client, "_transport_for_url", functools.partial(_wrap, library, patched))


def _wrap(
    library: Library, patched: Patched, original: Callable[[Any, Any], Any]
) -> Callable[[Any, Any], Any]:
    module = library.module
    not_the_network = (module.MockTransport, module.ASGITransport, module.WSGITransport)
    served: dict[type, bool] = {}  # by class of transport: to find out costs more than all else

    @functools.wraps(original)
    def transport_for_url(client: Any, url: Any) -> Any:
        real = original(client, url)
        if not patched.is_active:
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
    if scope.is_going_live():
        return real
    owners = scope.owners()
    if owners:
        serves_it = owners[0].serves_every_host and url.host not in hosts.METADATA_HOSTS
        if len(owners) > 1 or not serves_it:
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
        guard.meet(f"{url.scheme}://{url.netloc.decode()}")
        return real
    is_recording = guard is not None and guard.note
    return real if route == "pass" or is_recording else UnreachableTransport(library, url.host)


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
