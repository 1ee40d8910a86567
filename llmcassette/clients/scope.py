"""Which open cassette a request belongs to.

The context's own stack comes first: the innermost cassette that was opened in this context, or in
the one that it was copied from. Threads and tasks that inherited no context (executors,
session-wide runners, anyio's synchronous fixtures) get the only open cassette; if several are open,
that is an error.

A context that was copied while a cassette was open may outlive it: a task that was not awaited, a
thread that was not joined. Contexts therefore hold a ``Place``. Once it is garbage collected, no
such context is left, and clients need no longer be patched. Without an event loop and without a
thread of the block that is known at once; a traceback, too, keeps contexts that have ended.
"""

from __future__ import annotations

import sys
import threading
import weakref
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING

from llmcassette.errors import ReplayError, shown_path
from llmcassette.recorder.run import current_run

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence
    from contextvars import Context

    from llmcassette.recorder.engine import Engine
    from llmcassette.recorder.settings import Settings

__all__ = [
    "Guard",
    "adopt",
    "begin_guard",
    "current_guard",
    "end_guard",
    "enter",
    "forget_closed",
    "going_live",
    "guarded",
    "hand_to",
    "is_going_live",
    "is_open",
    "leave",
    "open_cassettes",
    "owners",
    "the_one_of",
]


@dataclass(frozen=True, slots=True, weakref_slot=True, eq=False)
class Place:
    """A cassette's place on the stacks of its context and of the contexts copied from it."""

    cassette: Engine
    threads_before: frozenset[int | None]


_stack: ContextVar[tuple[Place, ...]] = ContextVar("llmcassette_open", default=())
_lock = threading.Lock()
_going_live: ContextVar[bool] = ContextVar("llmcassette_going_live", default=False)
_open: dict[Place, weakref.finalize[[], Place]] = {}
_guards: list[Callable[[], Guard | None]] = []


def open_cassettes() -> Sequence[Engine]:
    """The open cassettes of this process, in the order of opening."""
    return tuple(place.cassette for place in tuple(_open))


def is_open(cassette: Engine) -> bool:
    """Whether a cassette was entered and not left."""
    return any(place.cassette is cassette for place in tuple(_open))


def enter(cassette: Engine, when_forgotten: Callable[[], object]) -> None:
    """Make a cassette the innermost of this context.

    Args:
        cassette: the cassette.
        when_forgotten: called once it has been left and is on no context's stack: on leaving,
            unless a task or thread outlives it.
    """
    place = Place(cassette, _running_threads())
    forgotten = weakref.finalize(place, when_forgotten)
    forgotten.atexit = False
    with _lock:
        _open[place] = forgotten
    # A cassette that another context closed is still on this one's stack.
    _stack.set((*_still_open(), place))


def leave(cassette: Engine) -> None:
    """Undo ``enter``, from any context."""
    _stack.set(tuple(place for place in _stack.get() if place.cassette is not cassette))
    with _lock:
        left = {place: _open.pop(place) for place in tuple(_open) if place.cassette is cassette}
    while left:
        place, forgotten = left.popitem()
        may_be_outlived = _is_in_event_loop() or _running_threads() - place.threads_before
        del place
        if not may_be_outlived:
            forgotten()  # does nothing if the last context has gone


def _running_threads() -> frozenset[int | None]:
    return frozenset(thread.ident for thread in threading.enumerate())


def _is_in_event_loop() -> bool:
    asyncio, trio = sys.modules.get("asyncio"), sys.modules.get("trio")
    if asyncio is not None:
        try:
            asyncio.get_running_loop()
        except RuntimeError:
            pass
        else:
            return True
    return trio is not None and trio.lowlevel.in_trio_run()


def adopt(cassette: Engine) -> None:
    """Make a cassette that another context has opened the innermost of this one, too."""
    places = [place for place in tuple(_open) if place.cassette is cassette]
    _stack.set((*_still_open(), *places))


def hand_to(context: Context) -> None:
    """Give another context the cassettes of this one."""
    context.run(_stack.set, _stack.get())


def forget_closed() -> None:
    """Remove from this context the cassettes that another one has closed."""
    _stack.set(_still_open())


def _still_open() -> tuple[Place, ...]:
    return tuple(place for place in _stack.get() if not place.cassette.closed)


@contextmanager
def going_live() -> Generator[None]:
    """Let a request that one library serves pass the libraries below it while a block runs."""
    token = _going_live.set(True)
    try:
        yield
    finally:
        _going_live.reset(token)


def is_going_live() -> bool:
    """Whether a request of this context is on its way to the network."""
    return _going_live.get()


@dataclass(frozen=True, slots=True)
class Guard:
    """Makes a request an error while no cassette is open, or notes it in a record mode.

    Attributes:
        reason: the message of the error.
        settings: for ``pass_hosts`` and ``ignore_hosts``.
        note: who sends the request, for the note; empty where it is an error.
    """

    reason: str
    settings: Settings
    note: str = ""

    def meet(self, origin: str) -> None:
        """A request is sent.

        Args:
            origin: scheme, host and port.

        Raises:
            ReplayError: outside of record modes.
        """
        if not self.note:
            raise self.error()
        current_run.note("outside", self.note.replace("HOST", origin))

    def error(self) -> ReplayError:
        """The error to raise; the run's listeners have been called with it."""
        error = ReplayError(self.reason)
        for listen in current_run.listeners:
            listen(error, None)
        return error


@contextmanager
def guarded(guard: Guard) -> Generator[None]:
    """Guard requests in no cassette while a block runs; the innermost guard counts."""

    def find() -> Guard:
        return guard

    begin_guard(find)
    try:
        yield
    finally:
        end_guard(find)


def begin_guard(find: Callable[[], Guard | None]) -> None:
    """Guard requests in no cassette; ``find`` is called with each, and may let it pass."""
    _guards.append(find)


def end_guard(find: Callable[[], Guard | None]) -> None:
    """Undo ``begin_guard``."""
    _guards.remove(find)


def current_guard() -> Guard | None:
    """The innermost guard, if there is one."""
    return _guards[-1]() if _guards else None


def owners() -> Sequence[Engine]:
    """The cassettes that a request of this context may belong to.

    Returns:
        The innermost of the context, open or closed; if the context has none, all open ones.
    """
    stack = _stack.get()
    return (stack[-1].cassette,) if stack else open_cassettes()


def the_one_of(cassettes: Sequence[Engine]) -> Engine:
    """The cassette that answers, of those that ``owners`` returned.

    Raises:
        ReplayError: it has closed, or there are several; kept by each of them.
    """
    if len(cassettes) > 1:
        error = _ambiguous(cassettes)
        for cassette in cassettes:
            cassette.keep(error)
        raise error
    (cassette,) = cassettes
    if cassette.closed:
        raise closed_error(cassette)
    return cassette


def closed_error(cassette: Engine) -> ReplayError:
    """The error of a request that belongs to a closed cassette; kept by its cassette."""
    error = ReplayError(
        f"a request came after its cassette {shown_path(cassette.path)} had closed.\n"
        "It was made by a task or thread that outlived the test (or the `with` block) that opened "
        "the cassette: wait for it, or cancel it, before that ends.",
        path=cassette.path,
    )
    return cassette.keep(error)


def _ambiguous(cassettes: Sequence[Engine]) -> ReplayError:
    paths = "".join(f"\n  {shown_path(cassette.path)}" for cassette in cassettes)
    return ReplayError(
        "a request came from a thread or task that belongs to none of the open cassettes, and "
        f"{len(cassettes)} are open:{paths}\n"
        "Start the thread with the context of its test "
        "(`contextvars.copy_context().run`, `asyncio.to_thread`), or open only one of them."
    )
