"""``CassetteTransport``: one client, served from its own cassette."""

from __future__ import annotations

import importlib.util
from typing import TYPE_CHECKING, Any

import httpx

from llmcassette.clients.family import family_of
from llmcassette.clients.opening import layers_of, open_recorder, remedy_of
from llmcassette.clients.scope import closed_error
from llmcassette.clients.serving import ServedTransport, UnreachableTransport

if TYPE_CHECKING:
    import os

    from llmcassette.recorder.modes import Mode
    from llmcassette.recorder.recorder import Recorder

    class _Bases(httpx.BaseTransport, httpx.AsyncBaseTransport): ...

elif importlib.util.find_spec("httpx2") is not None:
    import httpx2

    _BASES = dict.fromkeys(
        (
            httpx.BaseTransport,
            httpx.AsyncBaseTransport,
            httpx2.BaseTransport,
            httpx2.AsyncBaseTransport,
        )
    )
    _Bases = type("_Bases", tuple(_BASES), {})
else:

    class _Bases(httpx.BaseTransport, httpx.AsyncBaseTransport):
        """What clients of the library expect a transport to be."""


__all__ = ["CassetteTransport"]


class CassetteTransport(_Bases):
    """A transport for ``httpx.Client``, ``httpx.AsyncClient`` and those of httpx2.

    The cassette is opened at once and closed with the client, or by ``close`` or ``aclose``.

    Args:
        path: the cassette, relative to the working directory.
        mode: a record mode; ``None`` obeys the pytest command line, ``CI``, ``LLMCASSETTE_MODE``
            and pyproject.toml, in this order.
        inner: the transport that goes to the network where the mode lets requests through; by
            default the library's own.
        **settings: see ``llmcassette.recorder.settings.Settings``.

    Raises:
        CassetteError: the file is missing or broken, or a setting is wrong.
    """

    recorder: Recorder

    def __init__(
        self,
        path: str | os.PathLike[str],
        mode: Mode | None = None,
        *,
        inner: Any = None,
        **settings: object,
    ) -> None:
        self.recorder = open_recorder(
            path,
            mode=mode,
            layers=layers_of("CassetteTransport", settings),
            remedy=remedy_of(path),
        )
        self._inner = inner

    def handle_request(self, request: Any) -> Any:
        """Answer a synchronous client.

        Raises:
            ReplayError: there is no answer, or the transport is closed.
        """
        return self._for(request, "HTTPTransport").handle_request(request)

    async def handle_async_request(self, request: Any) -> Any:
        """Answer an asynchronous client.

        Raises:
            ReplayError: there is no answer, or the transport is closed.
        """
        return await self._for(request, "AsyncHTTPTransport").handle_async_request(request)

    def close(self) -> None:
        """Close the cassette, and what was opened for the network."""
        self.recorder.close()
        if self._inner is not None:
            self._inner.close()

    async def aclose(self) -> None:
        """Close the cassette, and what was opened for the network."""
        self.recorder.close()
        if self._inner is not None:
            await self._inner.aclose()

    def _for(self, request: Any, default: str) -> Any:
        family = family_of(request)
        if self.recorder.closed:
            raise closed_error(self.recorder)
        route = self.recorder.route(request.url.host, request.url.port)
        if route == "refuse":
            return UnreachableTransport(family, request.url.host)
        if route == "serve":
            return ServedTransport(family, self.recorder, self._inner)
        if self._inner is None:
            self._inner = getattr(family.module, default)()
        return self._inner
