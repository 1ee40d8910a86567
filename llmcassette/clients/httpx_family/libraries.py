"""httpx and httpx2: two libraries with one API and distinct classes.

Each insists on its own response and stream classes, so everything for a client is made of the
library of its request.
"""

from __future__ import annotations

import socket
import ssl
import sys
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, Final, Protocol

from llmcassette.clients.httpx_family.recorded_bodies import InstantStream, PacedStream
from llmcassette.model import CLOSED, Headers, Request

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

    from llmcassette.recorder.engine import Engine
    from llmcassette.recorder.exchange import Steps
    from llmcassette.recorder.playback import Playback
    from llmcassette.recorder.recorded_interaction import Recording
    from llmcassette.recorder.steps import Failure

__all__ = ["Library", "library_named", "library_of"]

NAMES: Final = ("httpx", "httpx2")
_ERRORS: Final = {
    "connect": "ConnectError",
    "dns": "ConnectError",
    "tls": "ConnectError",
    "connect-timeout": "ConnectTimeout",
    "read-timeout": "ReadTimeout",
    "read": "ReadError",
    "write": "WriteError",
    "protocol": "RemoteProtocolError",
}
"""Classes for the kinds of ``Failure``."""
_KINDS: Final = {name: kind for kind, name in reversed(_ERRORS.items())}
"""Kinds for classes; a ``ConnectError`` has a cause that may tell more."""


class ClientRequest(Protocol):
    """What is used of ``httpx.Request`` and ``httpx2.Request``."""

    method: str
    url: Any
    headers: Any
    extensions: Any

    def read(self) -> bytes:
        """Read the body once; later reads return the same bytes."""

    async def aread(self) -> bytes:
        """Read the body once; later reads return the same bytes."""


class Library:
    """One of the two libraries: makes what its clients expect.

    Attributes:
        module: the library.
        name: its name.
        harmless: its transports' methods when ``mockers`` last found no other tool in them.
    """

    def __init__(self, module: ModuleType) -> None:
        self.module: Any = module
        self.name = module.__name__
        self.harmless: tuple[Any, ...] = ()
        sync_base, async_base = self.module.SyncByteStream, self.module.AsyncByteStream
        self._instant_stream: Any = _derive(InstantStream, sync_base, async_base)
        self._paced_stream: Any = _derive(PacedStream, sync_base, async_base)

    def request(self, request: ClientRequest, body: bytes) -> Request:
        """The client's request as the model has it."""
        url = request.url
        return Request(
            method=request.method,
            url=str(url),
            headers=Headers(_text_pairs(request.headers.raw)),
            body=body,
            content_length=len(body),
            host=url.netloc.decode("ascii"),
        )

    def response(
        self,
        playback: Playback,
        request: ClientRequest,
        cassette: Engine,
        steps: Steps | None = None,
    ) -> Any:
        """A recorded answer as this library's own response class.

        Args:
            playback: the answer.
            request: the client's request.
            cassette: the cassette that answers.
            steps: the rest of the exchange, with the chunks; ``None`` for an answer without timing.
        """
        if steps is not None:
            stream = self._paced_stream(steps, partial(self.error, request=request))
        else:
            end: Callable[[], BaseException] | None = None
            if playback.failure is not None:
                end = (
                    cassette.cut_short
                    if playback.failure.kind == CLOSED
                    else partial(self.error, playback.failure, request)
                )
            stream = self._instant_stream(playback.chunks, end)
        return self.module.Response(
            playback.code,
            headers=playback.headers,
            stream=stream,
            extensions=playback.extensions,
        )

    def recorded(self, live: Any, recording: Recording, *, is_async: bool) -> Any:
        """The same live answer, whose body is recorded on its way to the caller."""
        from llmcassette.recorder.recorded_interaction import Head  # replaying does not need it

        version = live.extensions.get("http_version", b"HTTP/1.1").decode("ascii")
        try:
            body = live.content
        except self.module.ResponseNotRead:
            body = None
        recording.began(
            Head(
                code=live.status_code,
                reason=live.reason_phrase,
                http_version=version,
                headers=_text_pairs(live.headers.raw),
                decoded=body is not None,
            )
        )
        if body is not None:
            # A transport of the user's own has made or read it, and clients won't iterate it again.
            recording.arrived(body)
            recording.finish("")
        elif is_async:
            live.stream = self._async_tee(live.stream, recording)
        else:
            connection = _own_connection(live) if version == "HTTP/1.1" else None
            live.stream = self._sync_tee(live.stream, recording, connection)
        return live

    @cached_property
    def _sync_tee(self) -> Any:
        from llmcassette.clients.httpx_family.live_bodies import SyncTee

        return _derive(SyncTee, self.module.SyncByteStream)

    @cached_property
    def _async_tee(self) -> Any:
        from llmcassette.clients.httpx_family.live_bodies import AsyncTee

        return _derive(AsyncTee, self.module.AsyncByteStream)

    def failed(self, error: Exception, recording: Recording) -> None:
        """Record that no answer came, if the error is one of the network."""
        if not isinstance(error, self.module.TransportError):
            return
        name = type(error).__name__
        kind = _KINDS.get(name, name)
        recording.finish(_cause(error) or kind if kind == "connect" else kind)

    def error(self, failure: Failure, request: ClientRequest) -> Exception:
        """The library's error for a failure."""
        known = getattr(self.module, _ERRORS.get(failure.kind, failure.kind), None)
        if not (isinstance(known, type) and issubclass(known, self.module.TransportError)):
            known = self.module.ReadError
        error: Exception = known(failure.message, request=request)
        return error


def _derive(implementation: type, *bases: type) -> type:
    """A stream class of ours that is also one of the library, as its clients require."""
    return type(implementation.__name__, (implementation, *bases), {"__module__": __name__})


def _cause(error: BaseException) -> str:
    """Why no connection came about: ``dns``, ``tls``, or empty for any other reason."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, socket.gaierror):
            return "dns"
        if isinstance(cause, ssl.SSLError):
            return "tls"
        cause = cause.__cause__ or cause.__context__
    return ""


def _text_pairs(raw: list[tuple[bytes, bytes]]) -> list[tuple[str, str]]:
    try:
        return [(name.decode(), value.decode()) for name, value in raw]
    except UnicodeDecodeError:
        return [(_text(name), _text(value)) for name, value in raw]


def _text(raw: bytes) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def _own_connection(response: Any) -> socket.socket | None:
    network_stream = response.extensions.get("network_stream")
    return None if network_stream is None else network_stream.get_extra_info("socket")


_libraries: dict[str, Library] = {}


def library_named(module: ModuleType) -> Library:
    """The library whose module this is."""
    # httpx2.alias_httpx() makes both names the same module.
    known = _libraries.get(module.__name__)
    return known or _libraries.setdefault(module.__name__, Library(module))


def library_of(request: object) -> Library:
    """The library that a request was made with.

    Raises:
        TypeError: it is not a request of either library.
    """
    for base in type(request).__mro__:
        name = base.__module__.partition(".")[0]
        if name in NAMES:
            return library_named(sys.modules[name])
    raise TypeError(f"{type(request).__qualname__} is no request of httpx or httpx2")
