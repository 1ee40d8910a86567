"""Which requests to this machine a cassette answers.

An application under test, a database or a local emulator is not the provider. Clients of the httpx
family are served all the same; this is for the other libraries.
"""

from __future__ import annotations

import socket
from pathlib import Path
from socket import SO_ACCEPTCONN, SOL_SOCKET
from typing import TYPE_CHECKING, Final

from llmcassette.clients.recorded_origins import holds
from llmcassette.providers import is_api_path
from llmcassette.recorder.hosts import host_matches

if TYPE_CHECKING:
    from collections.abc import Iterator

    from llmcassette.clients.wire.origin import Origin
    from llmcassette.recorder.engine import Engine

__all__ = ["is_served", "listening_ports"]

_DESCRIPTORS: Final = Path("/dev/fd")


def is_served(cassette: Engine, origin: Origin, path: str) -> bool:
    """Whether a cassette answers a request to this machine.

    It does if ``serve_hosts`` names the host, or if no socket of this process listens there and
    either the cassette has recordings of that origin, or it records and the path is that of a known
    LLM API.

    Args:
        cassette: the cassette.
        origin: where the request is sent.
        path: the path of its URL.
    """
    if host_matches(cassette.settings.serve_hosts, origin.host, origin.port):
        return True
    if not holds(cassette, origin) and not (cassette.contents.records and is_api_path(path)):
        return False
    return origin.port not in listening_ports()


def listening_ports() -> frozenset[int]:
    """The TCP ports on which this process listens; none where the system doesn't list them."""
    return frozenset(_listening())


def _listening() -> Iterator[int]:
    try:
        descriptors = [int(file.name) for file in _DESCRIPTORS.iterdir()]
    except OSError:  # Windows
        return
    for descriptor in descriptors:
        try:
            found = socket.socket(fileno=descriptor)
        except OSError:  # a file
            continue
        try:
            address = found.getsockname()
            if isinstance(address, tuple) and found.getsockopt(SOL_SOCKET, SO_ACCEPTCONN):
                yield address[1]
        finally:
            found.detach()  # its owner closes it
