"""Which connections and look-ups pass, and the error of those that don't."""

from __future__ import annotations

import errno
import os
import socket
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal

from llmcassette.clients.network.hosts import (
    host_of,
    ip_of,
    port_of,
    spelled,
    stays_here,
    target_of,
    without_port,
)
from llmcassette.errors import BlockedHostError, ReplayError, shown_path
from llmcassette.recorder.hosts import METADATA_HOSTS, host_matches

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

__all__ = [
    "Block",
    "active",
    "check_address",
    "check_connection",
    "check_host",
    "check_look_up",
    "enter",
    "learn",
    "leave",
]

SERVED: Final = (
    "httpx",
    "httpx2",
    "aiohttp",
    "requests",
    "urllib3",
    "urllib.request",
    "http.client",
)
"""The libraries whose requests a cassette answers."""

Attempt = Literal["connect to", "send a datagram to", "look up"]


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """The arguments of one ``llmcassette.clients.network.block.block``, or ``watch``."""

    label: str | Callable[[], str]
    allowed: tuple[str, ...]
    ignored: tuple[str, ...]
    keep: Callable[[ReplayError], ReplayError]
    cassette: Path | None
    notice: Callable[[str, str, int | None], None] | None = None
    allowed_names: tuple[str, ...] = field(init=False)
    ignored_names: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        for hosts, names in (("allowed", "allowed_names"), ("ignored", "ignored_names")):
            patterns = tuple(spelled(pattern) for pattern in getattr(self, hosts))
            object.__setattr__(self, hosts, patterns)
            object.__setattr__(self, names, tuple(map(without_port, patterns)))

    def error(self, attempt: Attempt, host: str, port: int | None) -> BlockedHostError:
        """The error of an attempt that is refused."""
        shown = f"[{host}]" if ":" in host and port is not None else host
        where = shown if port is None else f"{shown}:{port}"
        label = self.label if isinstance(self.label, str) else self.label()
        from llmcassette.clients.network.caller import library_of_caller  # few tests are blocked

        library = library_of_caller()
        lines = [
            f"{library} tried to {attempt} {where}, but the network is blocked.",
            f"  test      {label}",
        ]
        if self.cassette is not None:
            lines.append(f"  cassette  {shown_path(self.cassette)}")
        lines += [
            "If the test needs this host, add to [tool.llmcassette] in pyproject.toml:",
            f'  allowed_hosts = ["{host}"]',
            "If it is telemetry, let it fail unnoticed:",
            f'  ignore_hosts = ["{host}"]',
            "If it is a request to an LLM: "
            + (
                "no cassette was open; a test has one by the marker llm_cassette, a fixture by "
                "llm_cassettes, other code by use_cassette."
                if self.cassette is None
                else _unserved(library)
            ),
        ]
        return BlockedHostError("\n".join(lines), host=host, port=port, path=self.cassette)


_active: tuple[Block, ...] = ()
_stack: ContextVar[tuple[Block, ...]] = ContextVar("llmcassette_blocks", default=())
# Never emptied, since clients cache what they looked up. Patterns still decide.
_names_of: dict[str, frozenset[str]] = {}


def active() -> tuple[Block, ...]:
    """The running blocks, in the order of their beginning."""
    return _active


def enter(block: Block) -> None:
    """Begin a block; the caller has the lock."""
    global _active
    _active = (*_active, block)
    _stack.set((*(one for one in _stack.get() if one in _active), block))


def leave(block: Block) -> None:
    """End a block, from any context; the caller has the lock."""
    global _active
    _active = tuple(one for one in _active if one is not block)
    _stack.set(tuple(one for one in _stack.get() if one is not block))


def check_address(
    family: int, address: object, attempt: Literal["connect to", "send a datagram to"]
) -> None:
    """Refuse an address that a socket must not reach.

    Raises:
        BlockedHostError: it is not on this machine, and not allowed.
        OSError: it is a host in ``ignore_hosts``, or a metadata address of a cloud.
    """
    target = target_of(family, address) if _active else None
    if target is not None:
        _check(attempt, *target)


def check_connection(sock: socket.socket, address: object) -> None:
    """Refuse an address that a socket must not be connected to; raises as ``check_address`` does.

    The socket is closed then: clients close it for an ``Exception`` only, and the warning about an
    unclosed socket would appear at any time, in an unrelated test.
    """
    try:
        check_address(sock.family, address, "connect to")
    except ReplayError:
        sock.close()
        raise


def check_host(host: object, port: object) -> None:
    """Refuse a host that must not be connected to; raises as ``check_address`` does."""
    name = host_of(host) if _active else None
    if name is not None:
        _check("connect to", name, port_of(port))


def check_look_up(host: object, port: object = None, *, reverse: bool = False) -> None:
    """Refuse a host that must not be looked up.

    Args:
        host: its name, or an address, which passes, since it needs no look-up.
        port: for the error.
        reverse: whether the name of an address is looked up, which does not pass.

    Raises:
        BlockedHostError: the host is neither this machine nor allowed.
        socket.gaierror: it is a host in ``ignore_hosts``.
    """
    name = host_of(host) if _active else None
    if name is None or (ip_of(name) is not None and not reverse):
        return
    # smtplib and http.server look up the machine's own name for their greeting.
    if spelled(name) != spelled(socket.gethostname()):
        _check("look up", name, port_of(port))


def learn(host: object, addresses: Iterable[object]) -> None:
    """Remember the addresses of a name: connections are made to these."""
    name = host_of(host) if _active else None
    if name is None or ip_of(name) is not None or stays_here(name):
        return
    for address in addresses:
        found = host_of(address)
        if found is not None:
            key = spelled(found)
            _names_of[key] = _names_of.get(key, frozenset()) | {spelled(name)}


def _check(attempt: Attempt, host: str, port: int | None) -> None:
    deciding = _deciding()
    if not deciding or stays_here(host):
        return
    name = spelled(host)
    names = (name, *_names_of.get(name, ()))
    looked_up = attempt == "look up"
    for block in deciding:
        patterns = block.allowed_names if looked_up else block.allowed
        if any(host_matches(patterns, known, None if looked_up else port) for known in names):
            return
    blocking = [block for block in deciding if block.notice is None]
    if not blocking:
        if not looked_up and name not in METADATA_HOSTS:
            from llmcassette.clients.network.caller import library_of_caller

            shown = names[1] if len(names) == 2 else name
            deciding[-1].notice(library_of_caller(), shown, port)  # type: ignore[misc]
        return
    block = blocking[-1]
    ignored = block.ignored_names if looked_up else block.ignored
    if any(host_matches(ignored, known, None if looked_up else port) for known in names):
        raise _unreachable(attempt)
    if name in METADATA_HOSTS:
        raise _unreachable(attempt)
    raise block.keep(block.error(attempt, host, port))


def _deciding() -> tuple[Block, ...]:
    """The blocks that decide: the innermost of the context; if it has none, all of them."""
    blocks = _active
    for block in reversed(_stack.get()):
        if block in blocks:
            return (block,)
    return blocks


def _unserved(library: str) -> str:
    """Why no cassette has answered."""
    if library in SERVED:
        return f"only requests of {library} over HTTP are answered from a cassette."
    return f"{library} is not answered from a cassette; {', '.join(SERVED)} are."


def _unreachable(attempt: Attempt) -> OSError:
    if attempt == "look up":
        return socket.gaierror(socket.EAI_NONAME, "Name or service not known")
    return OSError(errno.ENETUNREACH, os.strerror(errno.ENETUNREACH))
