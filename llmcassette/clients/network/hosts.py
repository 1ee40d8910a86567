"""Hosts and addresses as sockets have them, and which of them are on this machine."""

from __future__ import annotations

import ipaddress
import re
import socket
from functools import lru_cache
from typing import Final

__all__ = [
    "Ip",
    "host_of",
    "ip_of",
    "port_of",
    "spelled",
    "stays_here",
    "target_of",
    "without_port",
]

Ip = ipaddress.IPv4Address | ipaddress.IPv6Address

# These lead only to the kernel or to another process of this machine.
_LOCAL_FAMILIES: Final = frozenset(
    getattr(socket, name)
    for name in ("AF_UNIX", "AF_NETLINK", "AF_ALG", "AF_SYSTEM")
    if hasattr(socket, name)
)
_IP_FAMILIES: Final = frozenset({socket.AF_INET, socket.AF_INET6})
_LOCAL_NAMES: Final = frozenset(
    {"localhost", "localhost.localdomain", "ip6-localhost", "ip6-loopback"}
)
_OLD_IPV4: Final = r"(?i:[0-9][0-9a-fx.]*)"
_WITH_PORT: Final = r"(\[.*\]|[^:]*):[0-9*?]+"


def target_of(family: int, address: object) -> tuple[str, int | None] | None:
    """The host and port of a socket's address.

    Returns:
        The pair; ``None`` for a family that stays on this machine, and for something that is not an
        address: the socket itself has the better error.
    """
    if family in _LOCAL_FAMILIES:
        return None
    if family not in _IP_FAMILIES:
        return _family_name(family), None
    if not isinstance(address, tuple) or len(address) < 2:
        return None
    host = host_of(address[0])
    return None if host is None else (host, port_of(address[1]))


def host_of(host: object) -> str | None:
    """A host as text; ``None`` if there is none, as in a look-up for listening."""
    if isinstance(host, (bytes, bytearray)):
        host = host.decode("ascii", "backslashreplace")
    if not isinstance(host, str) or not host:
        return None
    return "255.255.255.255" if host == "<broadcast>" else host


def port_of(port: object) -> int | None:
    """A port as a number; ``None`` if it is unknown, or the name of a service."""
    if isinstance(port, (bytes, bytearray)):
        port = port.decode("ascii", "backslashreplace")
    if isinstance(port, str) and port.isascii() and port.isdigit():
        return int(port)
    return port if isinstance(port, int) else None


@lru_cache(maxsize=256)
def ip_of(host: str) -> Ip | None:
    """A host as an address, without its scope; ``None`` for a name.

    IPv4 in the forms that C libraries still accept (``127.1``, ``0x7f000001``) and IPv4 mapped into
    IPv6 (RFC 4291, 2.5.5.2) become IPv4.
    """
    try:
        ip: Ip = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        if not re.fullmatch(_OLD_IPV4, host):
            return None
        try:
            return ipaddress.IPv4Address(socket.inet_aton(host))
        except OSError:
            return None
    if isinstance(ip, ipaddress.IPv6Address) and ip.ipv4_mapped is not None:
        return ip.ipv4_mapped
    return ip


def spelled(host: str) -> str:
    """One spelling for equal hosts: lower case, no final dot, addresses in their short form.

    Also for patterns: one that is not an address keeps its wildcards and its port.
    """
    ip = ip_of(host.removeprefix("[").removesuffix("]"))
    return host.lower().removesuffix(".") if ip is None else str(ip)


def stays_here(host: str) -> bool:
    """Whether a connection to a host stays on this machine.

    That is so for loopback, for the unspecified address, which connects to loopback, and for
    ``localhost`` and the names below it (RFC 6761, 6.3).
    """
    ip = ip_of(host)
    if ip is not None:
        return ip.is_loopback or ip.is_unspecified
    name = spelled(host)
    return name in _LOCAL_NAMES or name.endswith(".localhost")


def without_port(pattern: str) -> str:
    """A pattern of ``allowed_hosts`` for look-ups, where the port doesn't matter."""
    found = re.fullmatch(_WITH_PORT, pattern)
    return found[1] if found else pattern


def _family_name(family: int) -> str:
    try:
        return socket.AddressFamily(family).name
    except ValueError:
        return f"address family {family}"
