"""From a client's request to its answer: the thin sync and async shells around the recorder."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llmcassette.clients.mockers import refuse_mockers

if TYPE_CHECKING:
    from llmcassette.clients.family import ClientRequest, Family
    from llmcassette.recorder.recorder import Recorder

__all__ = ["ServedTransport", "UnreachableTransport"]


class ServedTransport:
    """Stands in for one client's transport, for one request.

    Args:
        family: the library of the client.
        recorder: the cassette that answers.
        real: the transport that was to be used.
    """

    __slots__ = ("_family", "_real", "_recorder")

    def __init__(self, family: Family, recorder: Recorder, real: Any) -> None:
        self._family = family
        self._recorder = recorder
        self._real = real

    def handle_request(self, request: ClientRequest) -> Any:
        """Answer a synchronous client.

        Raises:
            ReplayError: there is no answer.
        """
        refuse_mockers(self._family, self._recorder)
        asked = self._family.request(request, request.read())
        return self._family.response(self._recorder.answer(asked), request)

    async def handle_async_request(self, request: ClientRequest) -> Any:
        """Answer an asynchronous client.

        Raises:
            ReplayError: there is no answer.
        """
        refuse_mockers(self._family, self._recorder)
        asked = self._family.request(request, await request.aread())
        return self._family.response(self._recorder.answer(asked), request)


class UnreachableTransport:
    """Stands in for the transport to a host that is to be ignored: it cannot be reached."""

    __slots__ = ("_family", "_host")

    def __init__(self, family: Family, host: str) -> None:
        self._family = family
        self._host = host

    def handle_request(self, request: ClientRequest) -> Any:
        """Raise the library's ConnectError."""
        raise self._family.unreachable(request, self._reason())

    async def handle_async_request(self, request: ClientRequest) -> Any:
        """Raise the library's ConnectError."""
        raise self._family.unreachable(request, self._reason())

    def _reason(self) -> str:
        return f"{self._host} is in ignore_hosts, and nothing reaches it in mode none"
