"""Every request of an aiohttp client gets its connection here while a cassette is open.

``BaseConnector.connect`` is the one place that all sessions pass, with kept connections and proxies
too. Connectors to Unix sockets and named pipes are left alone.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

from llmcassette.clients.patch import Patch
from llmcassette.clients.routing import destination
from llmcassette.clients.wire.origin import Origin

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import ModuleType

    from llmcassette.clients.installation import Patched

__all__ = ["patches"]


def patches(module: ModuleType, patched: Patched) -> Iterator[Patch]:
    """Patch ``aiohttp.connector``."""
    not_the_network = (module.UnixConnector, module.NamedPipeConnector)
    wrap = functools.partial(_wrap, patched, not_the_network)
    yield Patch(module.BaseConnector, "connect", wrap)


def _wrap(
    patched: Patched, not_the_network: tuple[type, ...], original: Callable[..., Any]
) -> Callable[..., Any]:
    @functools.wraps(original)
    async def connect(connector: Any, req: Any, traces: Any, timeout: Any) -> Any:  # noqa: ASYNC109
        if not patched.is_active or isinstance(connector, not_the_network):
            return await original(connector, req, traces, timeout)
        url = req.url
        origin = Origin(url.scheme, url.raw_host or "", url.port or 0)
        wanted = destination(origin, url.raw_path)
        if wanted == "pass":
            return await original(connector, req, traces, timeout)
        from llmcassette.clients.aiohttp import connecting  # costs only who sends something

        if wanted == "refuse":
            raise connecting.unreachable(req)
        live = functools.partial(original, connector, req, traces, timeout)
        return await connecting.serve(
            connector, req, traces, connecting.Served(origin, wanted, live)
        )

    return connect
