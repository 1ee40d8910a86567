"""The network guard: while a block runs, nothing leaves this machine.

It covers the standard library's sockets and look-ups, and so every library above them; the event
loops of asyncio, uvloop and winloop; and aiodns. Libraries that make their own system calls (gRPC,
libcurl) and other processes are out of its reach; docs/network.md says what to do about them.
"""

from __future__ import annotations

import os
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from llmcassette.clients.network import verdict as network_verdict
from llmcassette.clients.network.verdict import Block
from llmcassette.clients.patch import Patch, is_patched

if TYPE_CHECKING:
    from collections.abc import Callable

    from llmcassette.errors import ReplayError

__all__ = ["block"]

# Reentrant: a generator that holds a block may be closed by the garbage collector at any time.
_lock = threading.RLock()
_patches: list[Patch] = []


class block:  # noqa: N801 - read as a function: `with block(...)`
    """Let nothing in this process reach anything but this machine and the allowed hosts.

    Loopback, Unix sockets and ``localhost`` pass. An allowed name may be looked up, and what it
    resolves to may be connected to. Everything else raises ``BlockedHostError`` in the call that
    tried, before a packet has left. Connections that are open already are left alone.

    Blocks nest, and may run in several threads: the innermost of the context decides and is told;
    for a thread that inherited no context, the hosts of all running blocks are allowed and the
    latest block is told. Forked children keep the blocks; what they keep, stays in the child.

    Args:
        label: the test, as the error names it; a function is asked when there is an error.
        allowed_hosts: names or addresses, with ``*`` and ``?`` as wildcards and perhaps a port, as
            in ``pass_hosts``.
        keep: is given each error before it is raised and returns the one to raise; may be called
            from any thread.
        ignore_hosts: hosts, written likewise, that are as good as unreachable: an attempt gets the
            ``OSError`` of an unreachable network, or of an unknown name, and is not kept.
        cassette: the file that is open, if one is, as the error names it.
    """

    # No generator: one that nobody ends would be ended when the interpreter has emptied modules.

    def __init__(
        self,
        label: str | Callable[[], str],
        allowed_hosts: tuple[str, ...],
        keep: Callable[[ReplayError], ReplayError],
        *,
        ignore_hosts: tuple[str, ...] = (),
        cassette: str | os.PathLike[str] | None = None,
    ) -> None:
        self._held = Block(
            label=label,
            allowed=tuple(allowed_hosts),
            ignored=tuple(ignore_hosts),
            keep=keep,
            cassette=None if cassette is None else Path(cassette),
        )

    def __enter__(self) -> None:
        with _lock:
            network_verdict.enter(self._held)
            try:
                _install()
            except BaseException:
                _lift(self._held)
                raise

    def __exit__(self, *_: object) -> None:
        with _lock:
            _lift(self._held)


def _install() -> None:
    """Wrap what is not wrapped, also where another library has unwrapped it since."""
    # Late: asyncio is not imported before a network is closed.
    from llmcassette.clients.network.loops import loop_targets
    from llmcassette.clients.network.resolvers import resolver_targets
    from llmcassette.clients.network.sockets import add_audit_hook, socket_targets

    add_audit_hook()
    _patches[:] = [patch for patch in _patches if not patch.is_lost()]
    for targets in (socket_targets(), loop_targets(), resolver_targets()):
        for owner, name, wrap in targets:
            if not is_patched(owner, name, _patches):
                _patches.append(Patch(owner, name, wrap))


def _lift(held: Block) -> None:
    network_verdict.leave(held)
    if not network_verdict.active():
        while _patches:
            _patches.pop().undo()


def _after_fork() -> None:
    """Another thread of the parent may have held the lock, and does not live in the child."""
    global _lock
    _lock = threading.RLock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
