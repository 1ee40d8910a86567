"""A ``with`` block in which every client is served from a cassette."""

from __future__ import annotations

import sys
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Final, ParamSpec, Self, TypeVar
from weakref import WeakKeyDictionary

from llmcassette.clients import scope
from llmcassette.clients.decorator import decorated
from llmcassette.clients.httpx_family import patching
from llmcassette.recorder.recorder import Recorder
from llmcassette.recorder.run import current_run

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from types import TracebackType

    from llmcassette.recorder.engine import Engine

__all__ = ["ServedBlock", "serve", "stop_serving"]

P = ParamSpec("P")
T = TypeVar("T")

_blocks: Final[WeakKeyDictionary[Engine, AbstractContextManager[None]]] = WeakKeyDictionary()
"""The closed network of each open cassette that has one."""


class ServedBlock(ABC):
    """Opens a cassette for each time it is entered.

    Not a generator, because the interpreter ends those: a block that is never left stays open until
    the pytest plugin closes its cassette. Leaving it later does nothing more.
    """

    # Bound here, as the interpreter empties modules before it ends the last generators.
    _is_finalizing = staticmethod(sys.is_finalizing)

    def __init__(self) -> None:
        self._cassettes: list[Engine] = []

    @abstractmethod
    def _open(self) -> Engine:
        """Open the cassette, which nobody is served from yet."""

    @abstractmethod
    def _anew(self) -> Self:
        """Another such block."""

    def _end(self, cassette: Engine, *, failed: bool) -> None:
        """Serve nobody from it any more, and close it.

        Args:
            cassette: the cassette.
            failed: an exception ends the block, other than that of a generator left half way.

        Raises:
            CassetteError: what was recorded cannot be saved.
        """
        stop_serving(cassette, save=not failed)

    def __call__(self, function: Callable[P, T]) -> Callable[P, T]:
        """Have the cassette open while a function runs; generator functions until they end.

        Raises:
            TypeError: a class, or an asynchronous generator function, whose parts may each run in
                a context of their own.
        """
        return decorated(function, self._anew)

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
        # A generator that is left half way has not failed.
        self._end(cassette, failed=kind not in {None, GeneratorExit})
        unfired = cassette.unfired_error() if kind is None else None
        if unfired is not None:
            raise unfired


def serve(cassette: Engine) -> None:
    """Make a cassette answer for every client, innermost from here on."""
    try:
        patching.install()
    except BaseException:
        cassette.close()
        raise
    scope.enter(cassette, patching.uninstall)
    if _is_blocked(cassette):
        from llmcassette.clients.network.block import block

        settings = cassette.settings
        closed = block(
            current_run.at_work,
            settings.allowed_hosts + settings.pass_hosts,
            cassette.keep,
            ignore_hosts=settings.ignore_hosts,
            cassette=cassette.path,
        )
        closed.__enter__()
        _blocks[cassette] = closed


def stop_serving(cassette: Engine, *, save: bool = True) -> None:
    """Undo ``serve`` and close the cassette, also where closing it fails.

    Args:
        cassette: what was served from.
        save: whether to write what was recorded.

    Raises:
        CassetteError: see ``Engine.close``.
    """
    try:
        cassette.close(save=save)
    finally:
        closed = _blocks.pop(cassette, None)
        if closed is not None:
            closed.__exit__(None, None, None)
        scope.leave(cassette)


def _is_blocked(cassette: Engine) -> bool:
    """Whether nothing but this machine is to be reached while a cassette is open."""
    settings = cassette.settings
    is_live = cassette.mode != "none" or current_run.verifiers
    if is_live or settings.block_network is False:
        return False
    return settings.block_network is True or current_run.must_replay(obey_ci=settings.ci)
