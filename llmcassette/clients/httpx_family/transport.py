"""``CassetteTransport``: one client, served from its own cassette."""

from __future__ import annotations

import importlib
import sys
from typing import TYPE_CHECKING, Any

from llmcassette.clients.httpx_family.driver import ServedTransport, UnreachableTransport
from llmcassette.clients.httpx_family.libraries import library_of
from llmcassette.clients.httpx_family.mockers import refuse_mockers
from llmcassette.errors import ReplayError, shown_path
from llmcassette.recorder.hosts import log_passed, log_refused, port_of
from llmcassette.recorder.opening import open_cassette, remedy_of, settings_of
from llmcassette.recorder.recorder import Recorder

if TYPE_CHECKING:
    import os
    from typing import Unpack

    import httpx
    import httpx2

    from llmcassette.clients.httpx_family.libraries import Library
    from llmcassette.recorder.modes import Mode
    from llmcassette.recorder.typed_settings import CassetteSettings

    class _Bases(
        httpx.BaseTransport,
        httpx.AsyncBaseTransport,
        httpx2.BaseTransport,
        httpx2.AsyncBaseTransport,
    ):
        def handle_request(self, request: Any) -> Any: ...

        async def handle_async_request(self, request: Any) -> Any: ...

else:
    # What clients expect a transport to be. The libraries that are in use have been imported.
    _NAMES = [name for name in ("httpx", "httpx2") if sys.modules.get(name)] or ["httpx"]
    _LIBRARIES = [importlib.import_module(name) for name in _NAMES]
    _BASES = [base for each in _LIBRARIES for base in (each.BaseTransport, each.AsyncBaseTransport)]
    _Bases = type("_Bases", tuple(dict.fromkeys(_BASES)), {})


__all__ = ["CassetteTransport"]


class CassetteTransport(_Bases):
    """A transport for ``httpx.Client``, ``httpx.AsyncClient`` and those of httpx2.

    The cassette opens at once, and closes with the client, or by ``close`` or ``aclose``.

    Args:
        path: the cassette, relative to the working directory.
        mode: a record mode; ``None`` obeys the pytest command line, ``CI``, ``LLMCASSETTE_MODE``
            and pyproject.toml, in this order.
        inner: the transport to the network, for requests that the mode lets through; by default
            the library's own.
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
        **settings: Unpack[CassetteSettings],
    ) -> None:
        self._cassette = open_cassette(
            path,
            mode=mode,
            settings=settings_of("CassetteTransport", settings),
            remedy=remedy_of(path, mode),
        )
        self.recorder = Recorder(self._cassette)
        self._inner = inner
        self._own: dict[tuple[str, str], Any] = {}

    def handle_request(self, request: Any) -> Any:
        """Answer a synchronous client.

        Raises:
            ReplayError: nothing answers the request, or the transport is closed.
        """
        return self._for(request, "HTTPTransport").handle_request(request)

    async def handle_async_request(self, request: Any) -> Any:
        """Answer an asynchronous client.

        Raises:
            ReplayError: nothing answers the request, or the transport is closed.
        """
        return await self._for(request, "AsyncHTTPTransport").handle_async_request(request)

    def close(self) -> None:
        """Close the cassette, and the transport to the network.

        Raises:
            CassetteError: the recordings can't be saved; or, unless an exception is being handled,
                a fault was never triggered.
        """
        try:
            self._close_cassette()
        finally:
            for transport in self._opened():
                # An asynchronous one can't be closed here; clients of both kinds may share this.
                if hasattr(transport, "close"):
                    transport.close()

    async def aclose(self) -> None:
        """Close the cassette, and the transport to the network; raises what ``close`` does."""
        try:
            self._close_cassette()
        finally:
            for transport in self._opened():
                if hasattr(transport, "aclose"):
                    await transport.aclose()
                else:
                    transport.close()

    def _close_cassette(self) -> None:
        under_way = self._cassette.closed or sys.exc_info()[1] is not None
        self._cassette.close()
        unfired = None if under_way else self._cassette.unfired_error()
        if unfired is not None:
            raise unfired

    def _opened(self) -> list[Any]:
        own = list(self._own.values())
        self._own.clear()
        return own if self._inner is None else [self._inner]

    def _for(self, request: Any, default: str) -> Any:
        library = library_of(request)
        if self._cassette.closed:
            raise self._closed_error()
        host, port = request.url.host, port_of(request.url.scheme, request.url.port)
        route = self._cassette.route(host, port)
        if route == "refuse":
            log_refused(self._cassette.path, host, port)
            return UnreachableTransport(library, host)
        if route == "serve":
            # In mode none nothing goes live, and a real transport takes a while to make.
            refuse_mockers(library, self._cassette)
            real = None if self._cassette.mode == "none" else self._real(library, default)
            return ServedTransport(library, self._cassette, real)
        log_passed(self._cassette.path, host, port)
        return self._real(library, default)

    def _closed_error(self) -> ReplayError:
        path = self._cassette.path
        error = ReplayError(
            f"a request came after its cassette {shown_path(path)} had closed.\n"
            "A CassetteTransport closes with the first client that has it: make one for each "
            "client, or keep that client open as long as the others.",
            path=path,
        )
        return self._cassette.keep(error)

    def _real(self, library: Library, default: str) -> Any:
        if self._inner is not None:
            return self._inner
        key = (library.name, default)
        if key not in self._own:
            self._own[key] = getattr(library.module, default)()
        return self._own[key]
