"""The kinds of failures, whatever library they were recorded with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from llmcassette.recorder.steps import Failure

__all__ = ["kind_of"]

_KINDS: Final = {
    "ConnectError": "connect",
    "ConnectTimeout": "connect-timeout",
    "PoolTimeout": "connect-timeout",
    "ReadTimeout": "read-timeout",
    "WriteTimeout": "read-timeout",
    "WriteError": "write",
    "RemoteProtocolError": "protocol",
    "LocalProtocolError": "protocol",
}
"""Kinds of ``Failure`` for the classes of httpx, by whose names files have them."""
_PLAIN_KINDS: Final = frozenset({*_KINDS.values(), "dns", "tls"})


def kind_of(failure: Failure) -> str:
    """``connect``, ``connect-timeout``, ``dns``, ``tls``, ``write``, ``read-timeout``, ``protocol``
    for an answer that breaks off or is none, or else ``read``.
    """
    kind = _KINDS.get(failure.kind, failure.kind)
    return kind if kind in _PLAIN_KINDS else "read"
