"""The network guard: while a block runs, nothing leaves this machine.

It covers the standard library's sockets and look-ups, and so every library above them; the event
loops of asyncio, uvloop and winloop; aiodns; and the requests of gRPC and libcurl. It can't see
other libraries that make their own system calls, or other processes; docs/reference/network.md
has ways to deal with them.
"""

from __future__ import annotations

import contextlib
import os
import sys
import threading
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from llmcassette.clients.import_hook import ImportHook
from llmcassette.clients.network import verdict as network_verdict
from llmcassette.clients.network.loops import LOOP_MODULES, loop_targets
from llmcassette.clients.network.resolvers import RESOLVER_MODULE, resolver_targets
from llmcassette.clients.network.sockets import add_audit_hook, socket_targets
from llmcassette.clients.network.verdict import Block
from llmcassette.clients.patch import Patch, is_patched

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator

    from llmcassette.errors import ReplayError

__all__ = ["block", "kept_installed", "watch"]

# Reentrant: the garbage collector may close a generator with a block in it at any time.
_lock = threading.RLock()
C_MODULES: Final = frozenset({"grpc._channel", "grpc.aio._channel", "curl_cffi.curl", "pycurl"})
_patches: list[Patch] = []
_keepers = 0


class block:  # noqa: N801 - read as a function: `with block(...)`
    """Let this process reach only this machine and the allowed hosts.

    Loopback, Unix sockets and ``localhost`` pass. An allowed name may be looked up, and its
    addresses may be connected to. Everything else raises ``BlockedHostError`` in the call that
    tried, before a packet is sent. Connections that are open already keep working.

    Blocks nest, and may run in several threads: the innermost of the context decides. For a thread
    that inherited no context, the hosts of all running blocks are allowed, and the latest block
    keeps the error. Forked children inherit the blocks; the errors that they keep stay in the
    child.

    Args:
        label: the test, for the error; a function is called when there is an error.
        allowed_hosts: names or addresses, with ``*`` and ``?`` as wildcards and perhaps a port, as
            in ``pass_hosts``.
        keep: is called with each error before it is raised, from any thread, and returns the error
            to raise.
        ignore_hosts: hosts, in the same form, that are unreachable: an attempt gets the
            ``OSError`` of an unreachable network, or of an unknown name, and is not kept.
        cassette: the file that is open, if any, for the error.
    """

    # Not a generator: the interpreter would close it after it has emptied the modules.

    def __init__(
        self,
        label: str | Callable[[], str],
        allowed_hosts: tuple[str, ...],
        keep: Callable[[ReplayError], ReplayError],
        *,
        ignore_hosts: tuple[str, ...] = (),
        cassette: str | os.PathLike[str] | None = None,
    ) -> None:
        self._block = Block(
            label=label,
            allowed=tuple(allowed_hosts),
            ignored=tuple(ignore_hosts),
            keep=keep,
            cassette=None if cassette is None else Path(cassette),
        )

    def __enter__(self) -> None:
        with _lock:
            network_verdict.enter(self._block)
            try:
                _install()
            except BaseException:
                _lift(self._block)
                raise

    def __exit__(self, *_: object) -> None:
        with _lock:
            _lift(self._block)


class watch(block):  # noqa: N801 - as ``block``
    """Refuse nothing, and call back with each connection to another machine that is tried.

    Args:
        label: as for ``block``.
        unwatched: hosts, as in ``allowed_hosts``, that are of no interest.
        notice: is called with the library, the host and its port, from any thread.
    """

    def __init__(
        self,
        label: str | Callable[[], str],
        unwatched: tuple[str, ...],
        notice: Callable[[str, str, int | None], None],
    ) -> None:
        super().__init__(label, unwatched, lambda error: error)
        self._block = replace(self._block, notice=notice)


@contextlib.contextmanager
def kept_installed() -> Generator[None]:
    """Keep the guard's wrappers in place while this runs, as many blocks begin and end in it.

    They do nothing between the blocks.
    """
    global _keepers
    with _lock:
        _keepers += 1
    try:
        yield
    finally:
        with _lock:
            _keepers -= 1
            _uninstall_if_unused()


def _install() -> None:
    """Wrap what is not wrapped, or what another library has unwrapped since."""
    if not _patches:
        add_audit_hook()
        _hook.begin()
        _patch()
    elif any(getattr(patch.owner, patch.name) is not patch.wrapper for patch in _patches):
        _patch()


def _patch() -> None:
    _patches[:] = [patch for patch in _patches if not patch.is_lost()]
    for targets in (socket_targets(), loop_targets(), resolver_targets(), _c_targets()):
        for owner, name, wrap in targets:
            if not is_patched(owner, name, _patches):
                _patches.append(Patch(owner, name, wrap))


def _c_targets() -> Iterator[tuple[Any, str, Callable[[Any], Any]]]:
    if C_MODULES.isdisjoint(sys.modules):
        return iter(())
    from llmcassette.clients.network.c_libraries import c_targets  # few programs have them

    return c_targets()


def _imported(_: str) -> None:
    with _lock:
        if _patches:
            _patch()


_hook = ImportHook({*LOOP_MODULES, RESOLVER_MODULE, *C_MODULES}, _imported)


def _lift(block: Block) -> None:
    network_verdict.leave(block)
    _uninstall_if_unused()


def _uninstall_if_unused() -> None:
    if not _keepers and not network_verdict.active():
        _hook.end()
        while _patches:
            _patches.pop().undo()


def _after_fork() -> None:
    """Another thread of the parent, which the child doesn't have, may have taken the lock."""
    global _lock
    _lock = threading.RLock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
