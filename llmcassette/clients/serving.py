"""A ``with`` block in which every client is served from a cassette."""

from __future__ import annotations

import sys
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Final, ParamSpec, Self, TypeVar
from weakref import WeakKeyDictionary

from llmcassette.clients import installation, scope
from llmcassette.clients.network.block import block, watch
from llmcassette.errors import shown_path
from llmcassette.recorder.recorder import Recorder
from llmcassette.recorder.run import current_run

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from pathlib import Path
    from types import TracebackType

    from llmcassette.recorder.engine import Engine

__all__ = ["ServedBlock", "serve", "stop_serving"]

P = ParamSpec("P")
T = TypeVar("T")

_blocks: Final[WeakKeyDictionary[Engine, AbstractContextManager[None]]] = WeakKeyDictionary()
"""The network guard of each open cassette that has one, or its watch."""


class ServedBlock(ABC):
    """Opens a cassette each time it is entered.

    Not a generator, because the interpreter ends those: a block that is never left stays open until
    the pytest plugin closes its cassette. Leaving it later does nothing more.
    """

    # Bound here, since the interpreter empties modules before it closes the last generators.
    _is_finalizing = staticmethod(sys.is_finalizing)

    def __init__(self) -> None:
        self._cassettes: list[Engine] = []

    @abstractmethod
    def _open(self) -> Engine:
        """Open the cassette; clients are not served from it yet."""

    @abstractmethod
    def _copy(self) -> Self:
        """A new block with the same arguments."""

    def _end(self, cassette: Engine, *, failed: bool) -> None:
        """Stop serving from a cassette, and close it.

        Args:
            cassette: the cassette.
            failed: an exception ends the block, other than ``GeneratorExit``.

        Raises:
            CassetteError: what was recorded cannot be saved.
        """
        stop_serving(cassette, save=not failed)

    def __call__(self, function: Callable[P, T]) -> Callable[P, T]:
        """Open the cassette for each call of a function; see ``decorated``.

        Raises:
            TypeError: it is a class or an asynchronous generator function.
        """
        from llmcassette.clients.decorator import decorated

        return decorated(function, self._copy)

    async def __aenter__(self) -> Recorder:
        return self.__enter__()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.__exit__(kind, error, traceback)

    def __enter__(self) -> Recorder:
        cassette = self._open()
        serve(cassette)
        self._cassettes.append(cassette)
        return Recorder(cassette)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        cassette = self._cassettes.pop()
        if self._is_finalizing():
            return
        if not scope.is_open(cassette):
            scope.leave(cassette)  # of this context, that is
            return
        # A generator that is closed half way has not failed.
        self._end(cassette, failed=kind not in {None, GeneratorExit})
        unfired = cassette.unfired_error() if kind is None else None
        if unfired is not None:
            raise unfired


def serve(cassette: Engine) -> None:
    """Make a cassette answer for every client, innermost from here on."""
    try:
        installation.install()
    except BaseException:
        cassette.close()
        raise
    scope.enter(cassette, installation.uninstall)
    settings = cassette.settings
    guard: AbstractContextManager[None] | None = None
    if _is_blocked(cassette):
        guard = block(
            current_run.running_test,
            settings.allowed_hosts + settings.pass_hosts,
            cassette.keep,
            ignore_hosts=settings.ignore_hosts,
            cassette=cassette.path,
        )
    elif cassette.contents.records:
        guard = watch(
            current_run.running_test,
            settings.allowed_hosts + settings.pass_hosts + settings.ignore_hosts,
            lambda library, host, port: _note(cassette.path, library, host, port),
        )
    if guard is not None:
        guard.__enter__()
        _blocks[cassette] = guard


def stop_serving(cassette: Engine, *, save: bool = True) -> None:
    """Undo ``serve`` and close the cassette; undone also if closing fails.

    Args:
        cassette: the cassette.
        save: whether to write what was recorded.

    Raises:
        CassetteError: see ``Engine.close``.
    """
    try:
        cassette.close(save=save)
    finally:
        guard = _blocks.pop(cassette, None)
        if guard is not None:
            guard.__exit__(None, None, None)
        scope.leave(cassette)


def _note(path: Path, library: str, host: str, port: int | None) -> None:
    """Note a connection that no client here makes: what comes over it isn't recorded."""
    if not scope.is_going_live():
        where = host if port is None else f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        current_run.note("libraries", f"{shown_path(path)}: {library} to {where}")


def _is_blocked(cassette: Engine) -> bool:
    """Whether only this machine may be reached while a cassette is open."""
    is_live = cassette.mode != "none" or current_run.verifiers
    return not is_live and cassette.settings.block_network is not False
