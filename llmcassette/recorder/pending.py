"""Reads that stay pending in replay, because they were pending when the recording ended."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Final

from llmcassette.recorder.steps import Failure, Wait

if TYPE_CHECKING:
    from collections.abc import Generator

    from llmcassette.recorder.engine import Engine

__all__ = ["pending"]

SLICE: Final = 0.05
"""Seconds after which a pending read sees that its cassette has closed."""

_exiting: Final = threading.Event()


def pending(cassette: Engine, read_timeout: float | None) -> Generator[Wait, None, Failure | None]:
    """Wait until the caller gives up.

    The end of the process ends the wait too: the interpreter joins its threads before it exits.

    Args:
        cassette: the cassette that answers.
        read_timeout: see ``Caller``.

    Returns:
        How the read fails; ``None`` if the caller waited for longer than the setting ``max_wait``.
    """
    _watch_exit()
    limit = cassette.settings.max_wait
    is_timeout = read_timeout is not None and read_timeout <= limit
    left = read_timeout if is_timeout and read_timeout is not None else limit
    while left > 0:
        if cassette.closed or _exiting.is_set():
            return Failure("read", "the cassette closed while the client was waiting")
        yield Wait(min(left, SLICE))
        left -= SLICE
    if is_timeout:
        return Failure("read-timeout", f"nothing came for {read_timeout} seconds")
    return None


def _watch_exit() -> None:
    # Functions of `atexit` run after threads were joined; those of executors, and these, before.
    register = getattr(threading, "_register_atexit", None)
    if register is not None and not _watching:
        try:
            register(_exiting.set)
        except RuntimeError:  # the process ends already
            _exiting.set()
        _watching.append(True)


_watching: Final[list[bool]] = []
