"""The errors that clients get from an open cassette, except misses."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from llmcassette.errors import ReplayError, shown_path

if TYPE_CHECKING:
    from pathlib import Path

    from llmcassette.model import Request

__all__ = [
    "asynchronous_sleep",
    "closing",
    "cut_short",
    "unreadable",
    "upgraded",
    "waited",
    "web_socket",
]


def closing(path: Path) -> ReplayError:
    """A request came too late to be recorded."""
    return ReplayError(
        f"a request came while its cassette {shown_path(path)} was being closed, and is "
        "not recorded.\nWait for what sends it, or cancel it, before the test ends.",
        path=path,
    )


def cut_short(path: Path, remedy: str) -> ReplayError:
    """A caller reads past where the recording caller closed the stream."""
    return ReplayError(
        "the recorded answer ends here: when it was recorded, the caller closed the stream "
        "before it was over, and now it reads on.\n"
        f"Record it again: {remedy}",
        path=path,
    )


def upgraded(request: Request, path: Path) -> ReplayError:
    """A live answer has status 101."""
    return ReplayError(
        f"{urlsplit(request.url).hostname} switched protocols (101): an upgraded connection, such "
        "as a WebSocket, cannot be recorded.\n"
        "Name the host in pass_hosts to let it through unrecorded.",
        path=path,
    )


def unreadable(what: str, problem: object, path: Path) -> ReplayError:
    """A client or a server sends something else than HTTP/1.1."""
    return ReplayError(
        f"{what} is no HTTP/1.1 that can be read: {problem}.\n"
        "Name the host in pass_hosts to let it through unrecorded.",
        path=path,
    )


def web_socket(host: str, path: Path) -> ReplayError:
    """A client opens a WebSocket."""
    return ReplayError(
        f"a client opens a WebSocket to {host}, which cannot be recorded.\n"
        "Name the host in pass_hosts to let it through unrecorded.",
        path=path,
    )


def waited(asked: str, seconds: float, path: Path) -> ReplayError:
    """A caller waits for longer than the setting ``max_wait`` allows."""
    return ReplayError(
        f"nothing came for {seconds:g} seconds for {asked}: when it was recorded, the caller "
        "closed or cancelled it while waiting, and now it waits on.\n"
        "Close or cancel it as before; or, if it is to wait longer, raise the setting max_wait.",
        path=path,
    )


def asynchronous_sleep() -> ReplayError:
    """A synchronous client can't await the function of the setting ``sleep``."""
    return ReplayError(
        "the function of the setting sleep is asynchronous, and this client is not.\n"
        "Give it a function that returns nothing: it serves both kinds of client."
    )
