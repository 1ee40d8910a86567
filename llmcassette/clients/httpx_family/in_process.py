"""Transports that are not the network: test clients, which call the application under test.

A client of ``starlette.testclient`` may serve a whole module: its application's lifespan runs in a
portal (``anyio.from_thread``), which dies of any ``BaseException`` that leaves the application. A
``ReplayError`` therefore travels through the portal as an ``Exception``.
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any, Final

from llmcassette.errors import ReplayError, replay_error_in

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

__all__ = ["serves", "shielded"]

_STARLETTE: Final = "starlette.testclient"
_OWN: Final = "llmcassette.clients.httpx_family.transport"
_IN_PROCESS: Final = (_STARLETTE, "litestar.testing", _OWN)


def serves(transport: object) -> bool:
    """Whether a transport calls an application in this process, or answers from a cassette."""
    return _is_of(transport, _IN_PROCESS)


def shielded(transport: Any) -> Any:
    """The same transport, whose portal survives a ``ReplayError`` of its application."""
    if _is_of(transport, (_STARLETTE,)) and hasattr(transport, "app"):
        return _Shielded(transport)
    return transport


class _Carrier(Exception):  # noqa: N818 - it stands for the error it carries
    """Takes a ``ReplayError`` through a portal."""

    def __init__(self, error: ReplayError) -> None:
        self.error = error
        super().__init__(str(error))


class _Shielded:
    __slots__ = ("_transport",)

    def __init__(self, transport: Any) -> None:
        self._transport = copy.copy(transport)
        self._transport.app = _carrying(transport.app)

    def handle_request(self, request: Any) -> Any:
        try:
            return self._transport.handle_request(request)
        except _Carrier as carrier:
            raise carrier.error from None


def _carrying(application: Callable[..., Awaitable[None]]) -> Callable[..., Awaitable[None]]:
    async def carrying(*arguments: Any) -> None:
        try:
            await application(*arguments)
        except ReplayError as error:
            raise _Carrier(error) from error
        except BaseExceptionGroup as group:
            first = replay_error_in(group)
            if first is None:
                raise
            raise _Carrier(first) from group

    return carrying


def _is_of(transport: object, modules: tuple[str, ...]) -> bool:
    return any(base.__module__.startswith(modules) for base in type(transport).__mro__)
