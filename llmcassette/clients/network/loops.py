"""The guard around event loops: asyncio's, uvloop's, and winloop's.

asyncio's loops use the standard library's sockets, which are guarded themselves. They are wrapped
so that an attempt is refused in the task that makes it, where no race between addresses and no
error handling of a transport swallows it, and because the loop of Windows connects by a system call
of its own. uvloop and winloop do everything in C and raise no audit events: only what is wrapped is
guarded.
"""

from __future__ import annotations

import functools
import socket
import sys
from typing import TYPE_CHECKING, Any, Final

from llmcassette.clients.network.verdict import (
    check_address,
    check_connection,
    check_host,
    check_look_up,
    learn,
)

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable, Iterator

__all__ = ["LOOP_MODULES", "loop_targets"]

Target = tuple[Any, str, "Callable[[Any], Any]"]


def loop_targets() -> Iterator[Target]:
    """What the guard wraps of the loops that are imported: owner, attribute, and wrapper."""
    for module_name, classes in LOOP_MODULES.items():
        module = sys.modules.get(module_name)
        for class_name, wrappers in classes.items():
            if hasattr(module, class_name):  # some are private, so they may go
                for name, wrap in wrappers.items():
                    yield getattr(module, class_name), name, wrap


def _create_connection(original: Any) -> Any:
    @functools.wraps(original)
    async def create_connection(
        self: Any, protocol_factory: Any, host: Any = None, port: Any = None, **options: Any
    ) -> Any:
        check_host(host, port)
        _check_local(options.get("local_addr"))
        return await original(self, protocol_factory, host, port, **options)

    return create_connection


def _create_server(original: Any) -> Any:
    @functools.wraps(original)
    async def create_server(
        self: Any, protocol_factory: Any, host: Any = None, port: Any = None, **options: Any
    ) -> Any:
        hosts = [host] if host is None or isinstance(host, (str, bytes)) else list(host)
        for one in hosts:
            check_look_up(one, port)
        return await original(self, protocol_factory, host, port, **options)

    return create_server


def _create_datagram_endpoint(original: Any) -> Any:
    @functools.wraps(original)
    async def create_datagram_endpoint(
        self: Any,
        protocol_factory: Any,
        local_addr: Any = None,
        remote_addr: Any = None,
        **options: Any,
    ) -> Any:
        _check_local(local_addr)
        if isinstance(remote_addr, tuple):  # else the path of a Unix socket
            check_host(*remote_addr[:2])
        return await original(self, protocol_factory, local_addr, remote_addr, **options)

    return create_datagram_endpoint


def _create_datagram_endpoint_in_c(original: Any) -> Any:
    """The transport's class can't be wrapped, so callers get a proxy of it."""
    checked = _create_datagram_endpoint(original)

    @functools.wraps(original)
    async def create_datagram_endpoint(
        self: Any, protocol_factory: Any, *addresses: Any, **options: Any
    ) -> Any:
        made: list[_Protocol] = []

        def protocol_of_ours() -> _Protocol:
            made.append(_Protocol(protocol_factory()))
            return made[-1]

        await checked(self, protocol_of_ours, *addresses, **options)
        return made[-1].transport, made[-1].protocol

    return create_datagram_endpoint


class _Protocol:
    """A datagram protocol that gets the proxy of its transport."""

    def __init__(self, protocol: Any) -> None:
        self.protocol = protocol
        self.transport: _Transport | None = None

    def connection_made(self, transport: Any) -> None:
        self.transport = _Transport(transport)
        self.protocol.connection_made(self.transport)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.protocol, name)


class _Transport:
    """A datagram transport that checks the addresses that it sends to."""

    def __init__(self, transport: Any) -> None:
        self._transport = transport

    def sendto(self, data: Any, addr: Any = None) -> None:
        _check_datagram(self, addr)
        self._transport.sendto(data, addr)

    def get_protocol(self) -> Any:
        protocol = self._transport.get_protocol()
        return protocol.protocol if isinstance(protocol, _Protocol) else protocol

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)


def _transport_sendto(original: Any) -> Any:
    @functools.wraps(original)
    def sendto(self: Any, data: Any, addr: Any = None) -> Any:
        _check_datagram(self, addr)
        return original(self, data, addr)

    return sendto


def _getaddrinfo(original: Any) -> Any:
    @functools.wraps(original)
    async def getaddrinfo(self: Any, host: Any, port: Any, **options: Any) -> Any:
        if not options.get("flags", 0) & socket.AI_NUMERICHOST:
            check_look_up(host, port)
        found = await original(self, host, port, **options)
        learn(host, (entry[4][0] for entry in found))
        return found

    return getaddrinfo


def _getnameinfo(original: Any) -> Any:
    @functools.wraps(original)
    async def getnameinfo(self: Any, sockaddr: Any, flags: int = 0) -> Any:
        if not flags & socket.NI_NUMERICHOST and isinstance(sockaddr, tuple) and sockaddr:
            check_look_up(*sockaddr[:2], reverse=True)
        return await original(self, sockaddr, flags)

    return getnameinfo


def _sock_connect(original: Any) -> Any:
    @functools.wraps(original)
    async def sock_connect(self: Any, sock: Any, address: Any) -> Any:
        check_connection(sock, address)
        return await original(self, sock, address)

    return sock_connect


def _sock_sendto(original: Any) -> Any:
    @functools.wraps(original)
    async def sock_sendto(self: Any, sock: Any, data: Any, address: Any) -> Any:
        check_address(sock.family, address, "send a datagram to")
        return await original(self, sock, data, address)

    return sock_sendto


def _check_local(address: Any) -> None:
    """A name to bind to is looked up."""
    if isinstance(address, tuple) and address:
        check_look_up(*address[:2])


def _check_datagram(transport: asyncio.DatagramTransport | _Transport, address: Any) -> None:
    if address is not None:
        family = transport.get_extra_info("socket").family
        check_address(family, address, "send a datagram to")


_LOOP: Final[dict[str, Callable[[Any], Any]]] = {
    "create_connection": _create_connection,
    "create_datagram_endpoint": _create_datagram_endpoint,
    "create_server": _create_server,
    "getaddrinfo": _getaddrinfo,
    "getnameinfo": _getnameinfo,
}
_LOOP_SOCKETS: Final[dict[str, Callable[[Any], Any]]] = {
    "sock_connect": _sock_connect,
    "sock_sendto": _sock_sendto,
}
_LOOP_IN_C: Final[dict[str, Callable[[Any], Any]]] = {
    "create_datagram_endpoint": _create_datagram_endpoint_in_c,
}
_DATAGRAMS: Final[dict[str, Callable[[Any], Any]]] = {"sendto": _transport_sendto}
_OF_C: Final = {"Loop": _LOOP | _LOOP_SOCKETS | _LOOP_IN_C}
LOOP_MODULES: Final[dict[str, dict[str, dict[str, Callable[[Any], Any]]]]] = {
    "asyncio.base_events": {"BaseEventLoop": _LOOP},
    "asyncio.selector_events": {
        "BaseSelectorEventLoop": _LOOP_SOCKETS,
        "_SelectorDatagramTransport": _DATAGRAMS,
    },
    "asyncio.proactor_events": {
        "BaseProactorEventLoop": _LOOP_SOCKETS,
        "_ProactorDatagramTransport": _DATAGRAMS,
    },
    "uvloop": _OF_C,
    "winloop": _OF_C,
}
"""The wrappers by module, class and method."""
