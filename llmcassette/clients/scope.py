"""Which open cassette a request belongs to.

The context's own stack comes first: the innermost cassette opened in this context, or in the one
it was copied from. Threads and tasks that inherited nothing (executors, session-wide runners,
anyio's synchronous fixtures) get the only open cassette; if several are open, nobody can tell.
"""

from __future__ import annotations

import threading
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING

from llmcassette.errors import ReplayError, shown_path

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

    from llmcassette.recorder.recorder import Recorder
    from llmcassette.recorder.settings import Settings

__all__ = [
    "Guard",
    "closed_error",
    "current",
    "current_guard",
    "enter",
    "forget_closed",
    "guarded",
    "leave",
    "open_recorders",
]

_stack: ContextVar[tuple[Recorder, ...]] = ContextVar("llmcassette_open", default=())
_lock = threading.Lock()
_open: list[Recorder] = []
_guards: list[Guard] = []


def open_recorders() -> Sequence[Recorder]:
    """Every cassette that is open in this process, in the order of opening."""
    return tuple(_open)


def enter(recorder: Recorder) -> None:
    """Make a cassette the innermost of this context."""
    with _lock:
        _open.append(recorder)
    # What another context closed is still on this one's stack: drop it, as reset() never could.
    _stack.set((*(held for held in _stack.get() if not held.closed), recorder))


def leave(recorder: Recorder) -> None:
    """Take a cassette out of the open ones, from whichever context this is called."""
    with _lock:
        if recorder in _open:
            _open.remove(recorder)
    _stack.set(tuple(held for held in _stack.get() if held is not recorder))


def forget_closed() -> None:
    """Drop from this context what another one has closed."""
    _stack.set(tuple(held for held in _stack.get() if not held.closed))


@dataclass(frozen=True, slots=True)
class Guard:
    """Why no request is expected while no cassette is open.

    Attributes:
        reason: the message of the error that such a request gets.
        settings: for ``pass_hosts`` and ``ignore_hosts``, which hold here too.
    """

    reason: str
    settings: Settings


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


def current() -> Recorder | None:
    """The cassette that a request made here and now belongs to; ``None`` where none is open.

    Raises:
        ReplayError: the context's cassette has closed, or several cassettes are open and none of
            them in this context.
    """
    stack = _stack.get()
    if stack:
        innermost = stack[-1]
        if not innermost.closed:
            return innermost
        raise closed_error(innermost)
    if len(_open) == 1:
        return _open[0]
    if _open:
        error = _ambiguous(_open)
        for recorder in tuple(_open):
            recorder.keep(error)
        raise error
    return None


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
