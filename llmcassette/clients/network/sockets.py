"""The guard around the standard library's sockets and look-ups.

Methods of ``socket.socket`` are wrapped, because a name given to ``connect`` is looked up before
anything else can see it, and so are the functions of ``socket``, because what an allowed name
resolves to must be known. An audit hook (PEP 578) sees what goes past these: references taken
earlier, ``_socket`` itself, and sockets from which another library has taken the wrappers off.
"""

from __future__ import annotations

import _socket
import functools
import socket
import sys
import threading
from typing import TYPE_CHECKING, Any, Final

from llmcassette.clients.network.hosts import target_of
from llmcassette.clients.network.verdict import (
    active,
    check_address,
    check_connection,
    check_host,
    check_look_up,
    learn,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["add_audit_hook", "on_audit_event", "socket_targets"]

Target = tuple[Any, str, "Callable[[Any], Any]"]

_this_thread = threading.local()
_hook_lock = threading.Lock()
_hook_added = False


def socket_targets() -> Iterator[Target]:
    """What the guard wraps: owner, attribute, and wrapper."""
    for owner, wrappers in ((_socket_class(), _METHODS), (socket, _FUNCTIONS)):
        for name, wrap in wrappers.items():
            if hasattr(owner, name):  # Windows has no sendmsg
                yield owner, name, wrap


def add_audit_hook() -> None:
    """Add the hook, once in a process: it can't be removed. It does nothing without a block."""
    global _hook_added
    with _hook_lock:
        if not _hook_added:
            sys.addaudithook(on_audit_event)
            _hook_added = True


def on_audit_event(event: str, arguments: tuple[Any, ...]) -> None:
    """Refuse what an audit event announces; see Python's table of audit events."""
    if not event.startswith("socket.") or not active():
        return
    if event == "socket.connect":
        check_address(arguments[0].family, arguments[1], "connect to")
    elif event in ("socket.sendto", "socket.sendmsg"):
        if arguments[1] is not None:
            check_address(arguments[0].family, arguments[1], "send a datagram to")
    elif getattr(_this_thread, "is_checked", False):
        return
    elif event == "socket.getaddrinfo":
        check_look_up(arguments[0], arguments[1])
    elif event == "socket.gethostbyname":
        check_look_up(arguments[0])
    elif event == "socket.gethostbyaddr":
        check_look_up(arguments[0], reverse=True)


def _socket_class() -> Any:
    """The class of all sockets of Python code: the one right below the C type.

    Not always ``socket.socket``, which pytest-socket and others replace by a class of their own.
    """
    for base in getattr(socket.socket, "__mro__", ()):
        if _socket.socket in base.__bases__:
            return base
    return socket.socket


def _connect(original: Any) -> Any:
    @functools.wraps(original)
    def connect(self: Any, address: Any, /) -> Any:
        check_connection(self, address)
        return original(self, address)

    return connect


def _connect_ex(original: Any) -> Any:
    @functools.wraps(original)
    def connect_ex(self: Any, address: Any, /) -> Any:
        try:
            check_connection(self, address)
        except OSError as error:
            return error.errno
        return original(self, address)

    return connect_ex


def _sendto(original: Any) -> Any:
    @functools.wraps(original)
    def sendto(self: Any, *arguments: Any) -> Any:
        if len(arguments) > 1:
            check_address(self.family, arguments[-1], "send a datagram to")
        return original(self, *arguments)

    return sendto


def _sendmsg(original: Any) -> Any:
    @functools.wraps(original)
    def sendmsg(self: Any, *arguments: Any) -> Any:
        if len(arguments) > 3 and arguments[3] is not None:
            check_address(self.family, arguments[3], "send a datagram to")
        return original(self, *arguments)

    return sendmsg


def _bind(original: Any) -> Any:
    """A name to bind to is looked up, too."""

    @functools.wraps(original)
    def bind(self: Any, address: Any, /) -> Any:
        target = target_of(self.family, address) if isinstance(address, tuple) else None
        if target is not None:
            check_look_up(*target)
        return original(self, address)

    return bind


def _create_connection(original: Any) -> Any:
    """Refused before there is a socket, which this function wouldn't close for our error."""

    @functools.wraps(original)
    def create_connection(address: Any, *arguments: Any, **options: Any) -> Any:
        if isinstance(address, tuple) and len(address) == 2:
            check_host(*address)
        return original(address, *arguments, **options)

    return create_connection


def _getaddrinfo(original: Any) -> Any:
    @functools.wraps(original)
    def getaddrinfo(
        host: Any, port: Any, family: int = 0, type: int = 0, proto: int = 0, flags: int = 0
    ) -> Any:
        if not flags & socket.AI_NUMERICHOST:  # with it, no name is looked up
            check_look_up(host, port)
        found = _checked(original, host, port, family, type, proto, flags)
        learn(host, (entry[4][0] for entry in found))
        return found

    return getaddrinfo


def _gethostbyname(original: Any) -> Any:
    @functools.wraps(original)
    def gethostbyname(host: Any, /) -> Any:
        check_look_up(host)
        found = _checked(original, host)
        learn(host, (found,))
        return found

    return gethostbyname


def _gethostbyname_ex(original: Any) -> Any:
    @functools.wraps(original)
    def gethostbyname_ex(host: Any, /) -> Any:
        check_look_up(host)
        found = _checked(original, host)
        learn(host, found[2])
        return found

    return gethostbyname_ex


def _gethostbyaddr(original: Any) -> Any:
    @functools.wraps(original)
    def gethostbyaddr(host: Any, /) -> Any:
        check_look_up(host, reverse=True)
        return _checked(original, host)

    return gethostbyaddr


def _getnameinfo(original: Any) -> Any:
    @functools.wraps(original)
    def getnameinfo(address: Any, flags: int, /) -> Any:
        if not flags & socket.NI_NUMERICHOST and isinstance(address, tuple) and address:
            check_look_up(*address[:2], reverse=True)
        return original(address, flags)

    return getnameinfo


def _checked(original: Any, *arguments: Any) -> Any:
    """Look up what has been checked: the audit event lacks the flags to check it."""
    _this_thread.is_checked = True
    try:
        return original(*arguments)
    finally:
        _this_thread.is_checked = False


_METHODS: Final[dict[str, Callable[[Any], Any]]] = {
    "connect": _connect,
    "connect_ex": _connect_ex,
    "sendto": _sendto,
    "sendmsg": _sendmsg,
    "bind": _bind,
}
_FUNCTIONS: Final[dict[str, Callable[[Any], Any]]] = {
    "create_connection": _create_connection,
    "getaddrinfo": _getaddrinfo,
    "gethostbyname": _gethostbyname,
    "gethostbyname_ex": _gethostbyname_ex,
    "gethostbyaddr": _gethostbyaddr,
    "getnameinfo": _getnameinfo,
}
