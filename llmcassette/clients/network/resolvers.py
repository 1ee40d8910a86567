"""The guard around aiodns, with which aiohttp looks up names if it is installed.

Its c-ares sends to the name servers itself, not by Python's sockets and look-ups.
"""

from __future__ import annotations

import functools
import sys
from typing import TYPE_CHECKING, Any, Final

from llmcassette.clients.network.verdict import check_look_up, learn

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable, Iterator

__all__ = ["RESOLVER_MODULE", "resolver_targets"]

RESOLVER_MODULE: Final = "aiodns"
_FORWARD: Final = ("getaddrinfo", "gethostbyname", "query", "query_dns")
_REVERSE: Final = ("gethostbyaddr", "getnameinfo")


def resolver_targets() -> Iterator[tuple[Any, str, Callable[[Any], Any]]]:
    """What the guard wraps if it is imported: owner, attribute, and wrapper."""
    resolver = getattr(sys.modules.get(RESOLVER_MODULE), "DNSResolver", None)
    if resolver is None:
        return
    for names, wrap in ((_FORWARD, _forward), (_REVERSE, _reverse)):
        for name in names:
            if hasattr(resolver, name):  # not every version has them all
                yield resolver, name, wrap


def _forward(original: Any) -> Any:
    @functools.wraps(original)
    def look_up(self: Any, host: Any, *arguments: Any, **options: Any) -> Any:
        check_look_up(host, options.get("port"))
        future = original(self, host, *arguments, **options)
        future.add_done_callback(functools.partial(_learn, host))
        return future

    return look_up


def _reverse(original: Any) -> Any:
    @functools.wraps(original)
    def look_up(self: Any, address: Any, *arguments: Any, **options: Any) -> Any:
        check_look_up(address[0] if isinstance(address, tuple) else address, reverse=True)
        return original(self, address, *arguments, **options)

    return look_up


def _learn(host: Any, future: asyncio.Future[Any]) -> None:
    if future.cancelled() or future.exception() is not None:
        return
    found = future.result()
    learn(host, (node.addr[0] for node in getattr(found, "nodes", ())))
    learn(host, getattr(found, "addresses", ()))
