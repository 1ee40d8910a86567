"""Which names a client may call the server by.

A web page can make a browser send requests to a server on loopback, under a name of its own that
resolves to 127.0.0.1 (DNS rebinding). Its name is in the field ``Host``.
"""

from __future__ import annotations

from ipaddress import ip_address
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["HostNames", "is_loopback", "name_in"]


class HostNames:
    """The names of a server.

    Args:
        hosts: the addresses and names that it listens on. These and loopback names are accepted;
            any name is where it listens on all addresses (``0.0.0.0``, ``::``).
    """

    def __init__(self, hosts: Iterable[str]) -> None:
        self._hosts = frozenset(host.lower() for host in hosts)
        self._accepts_all = not self._hosts.isdisjoint({"", "0.0.0.0", "::"})  # noqa: S104
        self._accepted: set[bytes] = set()

    def accepts(self, authority: bytes) -> bool:
        """Whether a request with this ``Host`` is answered."""
        if self._accepts_all or authority in self._accepted:
            return True
        name = name_in(authority.decode("latin-1"))
        if not is_loopback(name) and name not in self._hosts:
            return False
        if len(self._accepted) < 100:  # ports and spellings that are in use
            self._accepted.add(authority)
        return True


def name_in(authority: str) -> str:
    """The name or address of ``name:port``, in lower case and without brackets."""
    if authority.startswith("["):
        return authority[1:].partition("]")[0].lower()
    return authority.partition(":")[0].lower()


def is_loopback(name: str) -> bool:
    """Whether a name or address is this machine's own: RFC 6761 keeps ``localhost`` for it."""
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return False
