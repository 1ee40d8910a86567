"""Where a request of a library that is not of the httpx family goes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from llmcassette.clients import scope
from llmcassette.clients.network.hosts import stays_here
from llmcassette.recorder import hosts

if TYPE_CHECKING:
    from llmcassette.clients.wire.origin import Origin
    from llmcassette.recorder.engine import Engine

__all__ = ["destination"]


def destination(origin: Origin, path: str) -> Engine | Literal["pass", "refuse"]:
    """What answers a request of this context.

    Args:
        origin: where it is sent.
        path: the path of its URL; empty if it isn't known yet.

    Returns:
        The cassette; ``pass``: the network does; ``refuse``: nothing, as if the host were
        unreachable.

    Raises:
        ReplayError: no cassette is open, and a guard wants one; the cassette of this context has
            closed; or it isn't known which of several.
    """
    if scope.is_going_live():
        return "pass"
    owners = scope.owners()
    host, port = origin.host, origin.port
    if not owners:
        guard = scope.current_guard()
        if guard is None:
            return "pass"
        route = hosts.route("none", guard.settings, host, port)
        if route == "serve":
            if stays_here(host):
                return "pass"
            guard.meet(f"{origin.scheme}://{host}:{port}")
            return "pass"
        return "pass" if guard.note else route
    # Where all cassettes agree about the host, it doesn't matter whose request it is.
    route = owners[0].route(host, port)
    if all(owner.route(host, port) == route for owner in owners[1:]):
        if route == "pass":
            hosts.log_passed(owners[0].path, host, port)
            return route
        if route == "refuse":
            hosts.log_refused(owners[0].path, host, port)
            return route
    if stays_here(host):
        from llmcassette.clients.loopback import is_served  # most requests leave this machine

        if not any(is_served(owner, origin, path) for owner in owners):
            return "pass"
    return scope.the_one_of(owners)
