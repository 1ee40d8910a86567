"""Which open cassette a request belongs to.

The context's own stack comes first: the innermost cassette opened in this context, or in the one
it was copied from. Threads and tasks that inherited nothing (executors, session-wide runners,
anyio's synchronous fixtures) get the only open cassette; if several are open, nobody can tell.

A context that was copied while a cassette was open may outlive it: a task that nobody awaited, a
thread that nobody joined. What is held in contexts is therefore a ``Place``, whose end tells that
no such context is left, and that nothing has to be caught any more. That is so at once where no
event loop runs and no thread of the block does: a traceback, too, keeps contexts that have ended.
"""

from __future__ import annotations

import threading
import weakref
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING

import anyio.lowlevel

from llmcassette.errors import ReplayError, shown_path
from llmcassette.recorder.run import current_run

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence
    from contextvars import Context

    from llmcassette.recorder.recorder import Recorder
    from llmcassette.recorder.settings import Settings

__all__ = [
    "Guard",
    "adopt",
    "current_guard",
    "enter",
    "forget_closed",
    "guarded",
    "hand_to",
    "is_open",
    "leave",
    "open_recorders",
    "owners",
    "the_one_of",
]


@dataclass(frozen=True, slots=True, weakref_slot=True, eq=False)
class Place:
    """A cassette's place on the stacks of its context and of the contexts copied from it."""

    recorder: Recorder
    threads_before: frozenset[int | None]


_stack: ContextVar[tuple[Place, ...]] = ContextVar("llmcassette_open", default=())
_lock = threading.Lock()
_open: dict[Place, weakref.finalize[[], Place]] = {}
_guards: list[Guard] = []


def open_recorders() -> Sequence[Recorder]:
    """Every cassette that is open in this process, in the order of opening."""
    return tuple(place.recorder for place in tuple(_open))


def is_open(recorder: Recorder) -> bool:
    """Whether requests may still belong to a cassette, that is whether nobody has left it."""
    return any(place.recorder is recorder for place in tuple(_open))


def enter(recorder: Recorder, when_forgotten: Callable[[], object]) -> None:
    """Make a cassette the innermost of this context.

    Args:
        recorder: the cassette.
        when_forgotten: called once it has been left and no context knows of it any more; at once
            on leaving, but for a task or thread that outlives it.
    """
    place = Place(recorder, _running_threads())
    forgotten = weakref.finalize(place, when_forgotten)
    forgotten.atexit = False
    with _lock:
        _open[place] = forgotten
    # What another context closed is still on this one's stack: drop it, as reset() never could.
    _stack.set((*(held for held in _stack.get() if not held.recorder.closed), place))


def leave(recorder: Recorder) -> None:
    """Take a cassette out of the open ones, from whichever context this is called."""
    _stack.set(tuple(held for held in _stack.get() if held.recorder is not recorder))
    with _lock:
        left = {place: _open.pop(place) for place in tuple(_open) if place.recorder is recorder}
    while left:
        place, forgotten = left.popitem()
        may_be_outlived = _is_in_event_loop() or _running_threads() - place.threads_before
        del place
        if not may_be_outlived:
            forgotten()  # does nothing where the last context has gone


def _running_threads() -> frozenset[int | None]:
    return frozenset(thread.ident for thread in threading.enumerate())


def _is_in_event_loop() -> bool:
    try:
        anyio.lowlevel.current_token()
    except RuntimeError:
        return False
    return True


def adopt(recorder: Recorder) -> None:
    """Make a cassette that another context has opened the innermost of this one, too."""
    places = [place for place in tuple(_open) if place.recorder is recorder]
    _stack.set((*(held for held in _stack.get() if not held.recorder.closed), *places))


def hand_to(context: Context) -> None:
    """Let another context have this one's cassettes, as a copy of it made now would."""
    context.run(_stack.set, _stack.get())


def forget_closed() -> None:
    """Drop from this context what another one has closed."""
    _stack.set(tuple(held for held in _stack.get() if not held.recorder.closed))


@dataclass(frozen=True, slots=True)
class Guard:
    """Why no request is expected while no cassette is open.

    Attributes:
        reason: the message of the error that such a request gets.
        settings: for ``pass_hosts`` and ``ignore_hosts``, which hold here too.
    """

    reason: str
    settings: Settings

    def error(self) -> ReplayError:
        """The error to be raised; the run's listeners have heard of it."""
        error = ReplayError(self.reason)
        for listen in current_run.listeners:
            listen(error, None)
        return error


@contextmanager
def guarded(guard: Guard) -> Generator[None]:
    """While this runs, a request in no cassette is an error; the innermost guard speaks."""
    _guards.append(guard)
    try:
        yield
    finally:
        _guards.remove(guard)


def current_guard() -> Guard | None:
    """The guard that watches requests in no cassette, if there is one."""
    return _guards[-1] if _guards else None


def owners() -> Sequence[Recorder]:
    """The cassettes that a request made here and now may belong to.

    Returns:
        The innermost of the context, open or closed; where the context has none, all open ones.
    """
    stack = _stack.get()
    return (stack[-1].recorder,) if stack else open_recorders()


def the_one_of(recorders: Sequence[Recorder]) -> Recorder:
    """The cassette that answers, out of those that ``owners`` found.

    Raises:
        ReplayError: it has closed, or there are several; kept by whom it concerns.
    """
    if len(recorders) > 1:
        error = _ambiguous(recorders)
        for recorder in recorders:
            recorder.keep(error)
        raise error
    (recorder,) = recorders
    if recorder.closed:
        raise closed_error(recorder)
    return recorder


def closed_error(recorder: Recorder) -> ReplayError:
    """The error of a request that belongs to a closed cassette; kept by its recorder."""
    error = ReplayError(
        f"a request came after its cassette {shown_path(recorder.path)} had closed.\n"
        "It was made by a task or thread that outlived the test (or the `with` block) that opened "
        "the cassette: wait for it, or cancel it, before that ends.",
        path=recorder.path,
    )
    return recorder.keep(error)


def _ambiguous(recorders: Sequence[Recorder]) -> ReplayError:
    paths = "".join(f"\n  {shown_path(recorder.path)}" for recorder in recorders)
    return ReplayError(
        "a request came from a thread or task that belongs to none of the open cassettes, and "
        f"{len(recorders)} are open:{paths}\n"
        "Start the thread with the context of its test "
        "(`contextvars.copy_context().run`, `asyncio.to_thread`), or open only one of them."
    )
