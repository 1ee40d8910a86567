"""Every httpx-family client asks here for its transport while a cassette is open.

``Client._transport_for_url`` and its async twin are the one place that all clients pass, whatever
proxies, mounts or transports of their own they have, and whenever they were made.
"""

from __future__ import annotations

import functools
import threading
from typing import TYPE_CHECKING, Any

from llmcassette.clients import in_process, scope
from llmcassette.clients.family import Family, families
from llmcassette.clients.mockers import leaves_to_mocker
from llmcassette.clients.serving import ServedTransport, UnreachableTransport
from llmcassette.clients.transport import CassetteTransport
from llmcassette.recorder import hosts

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from llmcassette.recorder.engine import Engine

__all__ = ["install", "uninstall"]

# Reentrant: the end of a context may come in the middle of anything, by the garbage collector.
_lock = threading.RLock()
_users = 0
_installed: list[_Patch] = []


def install() -> None:
    """Have every client of both libraries served from now on; counts its calls."""
    global _users
    found = families()
    with _lock:
        _users += 1
        if _users > 1:
            return
        try:
            for family in found:
                for client in (family.module.Client, family.module.AsyncClient):
                    _installed.append(_Patch(family, client))  # noqa: PERF401 - undone if one fails
        except BaseException:
            uninstall()
            raise


def uninstall() -> None:
    """Undo ``install`` when its last user has gone."""
    global _users
    with _lock:
        _users -= 1
        if _users == 0:
            for patch in _installed:
                patch.undo()
            _installed.clear()


class _Patch:
    """One client class's ``_transport_for_url``, replaced until it is undone."""

    def __init__(self, family: Family, client: Any) -> None:
        self._family = family
        self._client = client
        self._active = True
        self._original = client._transport_for_url
        while (stale := _patch_of(self._original)) is not None:
            # Another library put back what it had found: a wrapper of ours, undone since.
            self._original = stale._original
        self._wrapper = self._wrap(self._original)
        client._transport_for_url = self._wrapper

    def undo(self) -> None:
        """Put the original back; where others wrapped ours, it stays and passes everything on."""
        self._active = False
        if self._client._transport_for_url is self._wrapper:
            self._client._transport_for_url = self._original

    def _wrap(self, original: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
        module = self._family.module
        not_the_network = (
            module.MockTransport,
            module.ASGITransport,
            module.WSGITransport,
            CassetteTransport,
        )

        served: dict[type, bool] = {}  # by a transport's class: asked anew, it costs more than all

        @functools.wraps(original)
        def transport_for_url(client: Any, url: Any) -> Any:
            real = original(client, url)
            if not self._active:
                return real
            is_network = served.get(real.__class__)
            if is_network is None:
                is_network = not isinstance(real, not_the_network) and not in_process.serves(real)
                served[real.__class__] = is_network
            if is_network:
                return _stand_in(self._family, url, real)
            return real if isinstance(real, not_the_network) else in_process.shielded(real)

        transport_for_url._llmcassette_patch = self  # type: ignore[attr-defined]
        return transport_for_url


def _patch_of(function: Any) -> _Patch | None:
    """The patch a function is the wrapper of; others' wrappers may carry its attribute along."""
    patch: _Patch | None = getattr(function, "_llmcassette_patch", None)
    return patch if patch is not None and patch._wrapper is function else None


def _stand_in(family: Family, url: Any, real: Any) -> Any:
    """What answers in place of a client's transport; the transport itself for what passes."""
    owners = scope.owners()
    if owners:
        if len(owners) > 1 or not owners[0].serves_every_host:
            passed = _passed(family, url, real, owners)
            if passed is not None:
                return passed
        cassette = scope.the_one_of(owners)
        if leaves_to_mocker(family, cassette):
            return real
        return ServedTransport(family, cassette, real)
    port = hosts.port_of(url.scheme, url.port)
    guard = scope.current_guard()
    route = hosts.route("none", guard.settings, url.host, port) if guard else "pass"
    if guard and route == "serve":
        raise guard.error()
    return real if route == "pass" else UnreachableTransport(family, url.host)


def _passed(family: Family, url: Any, real: Any, owners: Sequence[Engine]) -> Any:
    """What answers for a host that is left alone; ``None`` for any other."""
    port = hosts.port_of(url.scheme, url.port)
    # Where all agree that a host is left alone, it does not matter whose request it is.
    route = owners[0].route(url.host, port)
    if any(owner.route(url.host, port) != route for owner in owners[1:]):
        return None
    if route == "pass":
        hosts.log_passed(owners[0].path, url.host, port)
        return real
    if route == "refuse":
        hosts.log_refused(owners[0].path, url.host, port)
        return UnreachableTransport(family, url.host)
    return None
