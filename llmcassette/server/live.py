"""Requests on their way from the server to a provider, and the answers, which are recorded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import httpx

from llmcassette.clients import scope
from llmcassette.clients.httpx_family.libraries import library_named
from llmcassette.server.connection import HOP_BY_HOP

if TYPE_CHECKING:
    from llmcassette.model import Request
    from llmcassette.recorder.recorded_interaction import Recording

__all__ = ["Live"]

_CONNECT_SECONDS: Final = 30.0
_OF_THE_CONNECTION: Final = HOP_BY_HOP | {b"host", b"content-length", b"expect"}


class Live:
    """Sends requests to providers, from one event loop."""

    def __init__(self) -> None:
        self._client: httpx.AsyncClient | None = None
        self._library = library_named(httpx)

    async def send(self, request: Request, recording: Recording) -> Any:  # noqa: ANN401 - httpx's
        """Send a request; what comes is recorded on its way.

        The client's own timeouts apply: nothing but connecting is limited here.

        Returns:
            An ``httpx.Response``, whose ``stream`` has the body as it comes, still encoded.

        Raises:
            httpx.TransportError: no answer came, which is recorded.
        """
        if self._client is None:
            self._client = httpx.AsyncClient(
                timeout=httpx.Timeout(None, connect=_CONNECT_SECONDS),
                limits=httpx.Limits(max_connections=None, max_keepalive_connections=100),
            )
        asked = httpx.Request(
            request.method, request.url, headers=_passed_on(request), content=request.body
        )
        try:
            with scope.going_live():
                live = await self._client.send(asked, stream=True)
        except Exception as error:
            self._library.failed(error, recording)
            raise
        return self._library.recorded(live, recording, is_async=True)

    async def close(self) -> None:
        """Close the connections to providers."""
        if self._client is not None:
            await self._client.aclose()


def _passed_on(request: Request) -> list[tuple[bytes, bytes]]:
    pairs = [(name.encode(), value.encode()) for name, value in request.headers.multi_items()]
    named = b",".join(value for name, value in pairs if name.lower() == b"connection")
    dropped = _OF_THE_CONNECTION | {name.strip().lower() for name in named.split(b",")}
    return [pair for pair in pairs if pair[0].lower() not in dropped]
