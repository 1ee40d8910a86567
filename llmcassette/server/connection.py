"""A request to the server and its connection, as ASGI has them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine, Iterable, MutableMapping

__all__ = ["HOP_BY_HOP", "Connection", "LeftError", "TooLargeError"]

HOP_BY_HOP: Final = frozenset(
    {
        b"connection",
        b"keep-alive",
        b"proxy-authenticate",
        b"proxy-authorization",
        b"proxy-connection",
        b"te",
        b"trailer",
        b"transfer-encoding",
        b"upgrade",
    }
)
"""Header fields of one connection, which a proxy doesn't pass on (RFC 9110, 7.6.1)."""


class LeftError(Exception):
    """The client has closed the connection."""


class TooLargeError(Exception):
    """The request's body is larger than the server takes."""


class Connection:
    """One request of a client, and the way back to it.

    Args:
        scope: the request's head; its ``state`` has the ``transport``.
        receive: gives the parts of the body, then that the client has left.
        send: takes the answer.

    Attributes:
        code: HTTP status of the answer; 0 until its head was sent.
        note: why the answer is one of the server itself; else empty.
    """

    __slots__ = ("_receive", "_send", "_transport", "code", "note", "scope")

    def __init__(
        self,
        scope: MutableMapping[str, Any],
        receive: Callable[[], Awaitable[MutableMapping[str, Any]]],
        send: Callable[[MutableMapping[str, Any]], Awaitable[None]],
    ) -> None:
        self.scope = scope
        self.code = 0
        self.note = ""
        self._receive = receive
        self._send = send
        self._transport: asyncio.Transport = scope["state"]["transport"]

    def header(self, name: bytes) -> str:
        """The first value of a header field, whose name is in lower case; empty without one."""
        found = (value for field, value in self.scope["headers"] if field == name)
        return next(found, b"").decode("latin-1")

    async def body(self, limit: int) -> bytes:
        """Read the request's body.

        Args:
            limit: how many bytes it may have.

        Raises:
            TooLargeError: it has more.
            LeftError: the client has left before its end.
        """
        pieces: list[bytes] = []
        size = 0
        more = True
        while more:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                raise LeftError
            piece = message.get("body", b"")
            size += len(piece)
            if size > limit:
                raise TooLargeError
            pieces.append(piece)
            more = message.get("more_body", False)
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    async def head(self, code: int, headers: Iterable[tuple[bytes, bytes]]) -> None:
        """Send the answer's head."""
        self.code = code
        fields = [pair for pair in headers if pair[0].lower() not in HOP_BY_HOP]
        await self._send({"type": "http.response.start", "status": code, "headers": fields})

    async def piece(self, data: bytes) -> None:
        """Send a piece of the body, at once.

        Raises:
            LeftError: the client has left, which isn't known until something was sent.
        """
        if self._transport.is_closing():
            raise LeftError
        await self._send({"type": "http.response.body", "body": data, "more_body": True})

    async def end(self, last: bytes = b"") -> None:
        """End the body, with its last piece."""
        await self._send({"type": "http.response.body", "body": last, "more_body": False})

    async def drop(self) -> None:
        """Close the connection, in the middle of the answer or without one."""
        self._transport.close()
        await self.left()

    async def left(self) -> None:
        """Wait until the client has left. Only after the body was read."""
        while (await self._receive())["type"] != "http.disconnect":
            pass

    async def while_there(self, work: Coroutine[Any, Any, None]) -> None:
        """Do something as long as the client is there; it is cancelled when the client leaves.

        Raises:
            BaseException: what the work raises.
        """
        worker = asyncio.ensure_future(work)
        left = asyncio.ensure_future(self.left())
        try:
            await asyncio.wait((worker, left), return_when=asyncio.FIRST_COMPLETED)
        finally:
            left.cancel()
            worker.cancel()
            await asyncio.wait((worker, left))
        if not worker.cancelled():
            worker.result()
