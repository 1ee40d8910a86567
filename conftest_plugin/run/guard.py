"""The guard of a whole run (``--llm-ci``): from the first conftest to the end of the process."""

from __future__ import annotations

import atexit
import logging
import os
import sys
import threading
import time
from typing import TYPE_CHECKING, Final

import pytest

from conftest_plugin.placeholders import settings_of
from llmcassette.clients.network.block import block
from llmcassette.recorder.project import find_project
from llmcassette.recorder.run import current_run

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

    from llmcassette.errors import ReplayError
    from llmcassette.recorder.settings import Settings

__all__ = ["RunGuard", "begin"]

_PROGRAM: Final = ("console_main", "_console_main")  # pytest's entry points
_SECONDS_FOR_THREADS: Final = 5.0


class RunGuard:
    """Keeps a run from the network, and its process after it.

    Where pytest is not the program but was called by one, the guard ends with the session.

    Args:
        settings: the project's.
    """

    def __init__(self, settings: Settings) -> None:
        self._charge: Callable[[ReplayError], None] | None = None
        self._uncharged: list[ReplayError] = []
        self._owns_process = _is_program()
        self._process = os.getpid()
        self._threads_before = frozenset(threading.enumerate())
        self._block = block(
            lambda: current_run.running_test(),  # each session has its own
            settings.allowed_hosts + settings.pass_hosts,
            self._keep,
            ignore_hosts=settings.ignore_hosts,
        )
        self._block.__enter__()
        if self._owns_process:
            # Registered before any conftest is loaded, it runs after what they register.
            atexit.register(self._at_exit)

    def charge_to(self, charge: Callable[[ReplayError], None]) -> None:
        """Give errors to the session from now on, and those until now."""
        self._charge = charge
        while self._uncharged:
            charge(self._uncharged.pop(0))

    def is_shown(self, error: ReplayError) -> None:
        """Print an error no more: pytest ends with it."""
        self._uncharged.remove(error)

    def wait_for_threads(self) -> None:
        """Wait up to 5 s in all for threads of the run that would keep the process alive."""
        deadline = time.monotonic() + _SECONDS_FOR_THREADS
        earlier = self._threads_before | {threading.current_thread()}
        for thread in threading.enumerate():
            if thread not in earlier and not (thread.daemon or _is_idle(thread)):
                thread.join(max(0.0, deadline - time.monotonic()))

    def is_judged(self) -> None:
        """The run has been judged: what comes now is printed when the process ends."""
        self._charge = None

    def leave(self) -> None:
        """The session is over."""
        if not self._owns_process:
            self._block.__exit__(None, None, None)
            self._print()

    def _keep(self, error: ReplayError) -> ReplayError:
        if self._charge is None:
            self._uncharged.append(error)
        else:
            self._charge(error)
        return error

    def _print(self) -> None:
        for error in self._uncharged:
            print(f"llmcassette: after the tests, {error}", file=sys.stderr)

    def _at_exit(self) -> None:
        if self._uncharged and os.getpid() == self._process:
            self._print()
            logging.shutdown()  # has been registered earlier, so it wouldn't run any more
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(1)  # nothing else changes the exit code from here


def begin(config: pytest.Config) -> RunGuard | None:
    """Begin to guard the run, once.

    Returns:
        The guard; ``None`` without ``--llm-ci``, or where the project sets ``block_network`` to
        false.
    """
    if _guard not in config.stash:
        config.stash[_guard] = None
        settings = settings_of(find_project(config.rootpath))
        if settings.block_network is not False:
            config.stash[_guard] = RunGuard(settings)
    return config.stash[_guard]


_guard = pytest.StashKey[RunGuard | None]()


def _is_program() -> bool:
    """Whether pytest is what this process runs, or a worker of pytest-xdist is."""
    frame: FrameType | None = sys._getframe()
    while frame is not None:
        module = frame.f_globals.get("__name__")
        if module == "__channelexec__":  # execnet's name for what it runs in a worker
            return True
        if module == "_pytest.config" and frame.f_code.co_name in _PROGRAM:
            return True
        # Below pytest 9.1 the program calls this, too.
        if module == "_pytest.config" and frame.f_code.co_name == "main":
            caller = frame.f_back
            return caller is not None and caller.f_code.co_name in _PROGRAM
        frame = frame.f_back
    return False


def _is_idle(thread: threading.Thread) -> bool:
    """Whether a thread of an executor waits for work."""
    frame = sys._current_frames().get(thread.ident or 0)
    return frame is not None and frame.f_globals.get("__name__") == "concurrent.futures.thread"
