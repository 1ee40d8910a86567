"""Where a connection leads."""

from __future__ import annotations

from typing import Final, NamedTuple

__all__ = ["Origin"]

_DEFAULT_PORTS: Final = {"http": 80, "https": 443, "ws": 80, "wss": 443}


class Origin(NamedTuple):
    """Where a connection leads.

    Attributes:
        scheme: ``http`` or ``https``, or for WebSockets ``ws`` or ``wss``.
        host: name or address; IPv6 without brackets.
        port: its number.
    """

    scheme: str
    host: str
    port: int

    @property
    def authority(self) -> str:
        """Host and port as in a URL, without the scheme's default port."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        is_default = _DEFAULT_PORTS.get(self.scheme) == self.port
        return host if is_default else f"{host}:{self.port}"

    def url(self, target: str) -> str:
        """The URL of a request target, which is absolute where it is meant for a proxy."""
        return f"{self.scheme}://{self.authority}{target}" if target[:1] in "/?" else target
