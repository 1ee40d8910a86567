"""Which library makes a connection, from the call stack."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

__all__ = ["library_of_caller"]

_OURS: Final = frozenset({"llmcassette", "conftest_plugin"})
# Frames that run callbacks: what is outside of them has not asked for the connection.
_RUNNERS: Final = frozenset(
    {
        "_pytest",
        "asyncio.base_events",
        "asyncio.events",
        "asyncio.runners",
        "concurrent.futures.thread",
        "pluggy",
        "threading",
        "trio._core._run",
    }
)
_IN_C: Final = frozenset({"uvloop", "winloop", "aiodns", "grpc", "curl_cffi", "pycurl"})
_INSTALLED: Final = re.compile(r"[\\/](?:site|dist)-packages[\\/]")


def library_of_caller() -> str:
    """The library that the code under test has called to connect.

    That is the outermost one between that code and the socket: ``requests``, not urllib3 below it.
    A module of the standard library counts only where no other library is on the way.

    Returns:
        The name of a package or module; ``socket`` where nothing else is known.
    """
    found = "socket"
    is_installed = False
    for name, frame in _calls():
        package = name.partition(".")[0]
        if name in _RUNNERS or package in _RUNNERS:
            break
        if package in _OURS:
            # A wrapper of the guard: the object whose method was called.
            owner = type(frame.f_locals.get("self")).__module__.partition(".")[0]
            if owner in _IN_C:
                found, is_installed = owner, True
        elif _INSTALLED.search(frame.f_code.co_filename):
            found, is_installed = package, True
        elif package not in sys.stdlib_module_names:
            break
        elif not is_installed:
            found = package if package in {"asyncio", "socket"} else name
    return found


def _calls() -> Iterator[tuple[str, FrameType]]:
    """The modules and frames of the stack, from the inside."""
    frame: Any = sys._getframe(1)
    while frame is not None:
        yield frame.f_globals.get("__name__", ""), frame
        frame = frame.f_back
