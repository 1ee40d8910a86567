"""httpx and httpx2: two libraries with one API and distinct classes.

Each insists on its own response and stream classes, so everything handed to a client is made from
the library its request came from.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections import deque
from functools import partial
from typing import TYPE_CHECKING, Any, Final, Protocol

from llmcassette.clients.tee import AsyncTee, SyncTee
from llmcassette.clients.waiting import PacedStream, Patience, read_timeout
from llmcassette.model import Headers, Request
from llmcassette.recorder.playback import Failure
from llmcassette.recorder.recording import Head

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Iterator
    from types import ModuleType

    from llmcassette.recorder.playback import Playback
    from llmcassette.recorder.recorder import Recorder
    from llmcassette.recorder.recording import Recording

__all__ = ["Family", "families", "family_of"]

NAMES: Final = ("httpx", "httpx2")


class ClientRequest(Protocol):
    """What is used of ``httpx.Request`` and ``httpx2.Request``."""

    method: str
    url: Any
    headers: Any
    extensions: Any

    def read(self) -> bytes:
        """Read the body once; later reads give the same bytes."""

    async def aread(self) -> bytes:
        """Read the body once; later reads give the same bytes."""


class RecordedStream:
    """A body handed over chunk by chunk: single-pass, and closable early, as a live one is.

    Its own iterator, synchronous and asynchronous: a generator would leave the event loop one
    more thing to finalise for every stream that a caller abandons.
    """

    def __init__(self, chunks: list[bytes], failure: Callable[[], BaseException] | None) -> None:
        self._chunks: Iterator[bytes] = iter(chunks)
        self._failure = failure

    def __iter__(self) -> Iterator[bytes]:
        # Where nothing follows the chunks, no Python of ours runs between them.
        return self if self._failure else self._chunks

    def __next__(self) -> bytes:
        for chunk in self._chunks:
            return chunk
        self._fail()
        raise StopIteration

    def __aiter__(self) -> RecordedStream:
        return self

    async def __anext__(self) -> bytes:
        for chunk in self._chunks:
            return chunk
        self._fail()
        raise StopAsyncIteration

    def _fail(self) -> None:
        failure, self._failure = self._failure, None
        if failure is not None:
            raise failure()

    def close(self) -> None:
        """Give up the rest, also for whoever is iterating."""
        self._failure = None
        deque(self._chunks, maxlen=0)

    async def aclose(self) -> None:
        """Give up the rest."""
        self.close()


class Family:
    """One of the two libraries, and how to speak to its clients.

    Attributes:
        module: the library.
        name: its name.
        harmless: its transports' methods when no mocker of ``clients.mockers`` had replaced them.
    """

    def __init__(self, module: ModuleType) -> None:
        self.module: Any = module
        self.name = module.__name__
        self.harmless: tuple[Any, ...] = ()
        sync_base, async_base = self.module.SyncByteStream, self.module.AsyncByteStream
        self._stream: Any = _derive(RecordedStream, sync_base, async_base)
        self._paced_stream: Any = _derive(PacedStream, sync_base, async_base)
        self._sync_tee: Any = _derive(SyncTee, sync_base)
        self._async_tee: Any = _derive(AsyncTee, async_base)

    def request(self, request: ClientRequest, body: bytes) -> Request:
        """The request in the model's terms."""
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
        recorder: Recorder,
        patience: Patience | None = None,
    ) -> Any:
        """A recorded answer as this library's own response class.

        Args:
            playback: the answer.
            request: what it answers.
            recorder: the cassette it is from.
            patience: how its chunks are waited for; ``None`` where they all are there.
        """
        failure: Callable[[], BaseException] | None = None
        if playback.failure is not None:
            failure = partial(self.failure, playback.failure, request)
        elif playback.ended:
            failure = (
                recorder.cut_short
                if playback.ended == "closed"
                else partial(self._dropped, playback.ended, request)
            )
        stream = (
            self._stream(playback.chunks, failure)
            if patience is None
            else self._paced_stream(playback.chunks, playback.timing.gaps, failure, patience)
        )
        return self.module.Response(
            playback.code,
            headers=playback.headers,
            stream=stream,
            extensions=playback.extensions,
        )

    def record(self, response: Any, recording: Recording, *, is_async: bool) -> Any:
        """Have a live answer's body recorded on its way to the caller.

        Returns:
            The response, which is the real one.
        """
        version = response.extensions.get("http_version", b"HTTP/1.1").decode("ascii")
        try:
            body = response.content
        except self.module.ResponseNotRead:
            body = None
        recording.began(
            Head(
                code=response.status_code,
                reason=response.reason_phrase,
                http_version=version,
                headers=_text_pairs(response.headers.raw),
                decoded=body is not None,
            )
        )
        if body is not None:
            # A transport of the user's own has made or read it, and clients won't iterate it again.
            recording.arrived(body)
            recording.finish("")
        elif is_async:
            response.stream = self._async_tee(response.stream, recording)
        else:
            connection = _own_connection(response) if version == "HTTP/1.1" else None
            response.stream = self._sync_tee(response.stream, recording, connection)
        return response

    def unreachable(self, request: ClientRequest, reason: str) -> Exception:
        """The error this library raises for a host that cannot be reached."""
        error: Exception = self.module.ConnectError(reason, request=request)
        return error

    def failure(self, failure: Failure, request: ClientRequest) -> Exception:
        """The library's error of that name."""
        error: Exception = getattr(self.module, failure.name)(failure.message, request=request)
        return error

    def patience(
        self,
        request: ClientRequest,
        asked: Request,
        recorder: Recorder,
        clock: Callable[[], float],
    ) -> Patience:
        """How this request waits for what comes late.

        Args:
            request: the client's.
            asked: the same, as the recorder was given it.
            recorder: the cassette that answers.
            clock: tells the seconds that pass.
        """
        timeout = read_timeout(request)

        def timed_out() -> Exception:
            recorder.gave_up(asked, came=True)
            failure = Failure("ReadTimeout", f"nothing came for {timeout} seconds")
            return self.failure(failure, request)

        return Patience(
            timeout,
            timed_out,
            clock=clock,
            sleep=recorder.settings.sleep,
            keep=recorder.keep,
        )

    def _dropped(self, ended: str, request: ClientRequest) -> Exception:
        known = getattr(self.module, ended, None)
        if not (isinstance(known, type) and issubclass(known, self.module.TransportError)):
            known = self.module.ReadError
        error: Exception = known(f"the recorded stream ended here with {ended}", request=request)
        return error


def _derive(implementation: type, *bases: type) -> type:
    """The library's own stream class, as its clients insist on, doing what ours does."""
    return type(implementation.__name__, (implementation, *bases), {"__module__": __name__})


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


_families: dict[str, Family] = {}


def families() -> list[Family]:
    """Both libraries, or the one that is installed. Imports them."""
    for name in NAMES:
        if importlib.util.find_spec(name) is not None:
            module = importlib.import_module(name)
            # httpx2.alias_httpx() makes both names the same module.
            if module.__name__ not in _families:
                _families.setdefault(module.__name__, Family(module))
    return list(_families.values())


def family_of(request: object) -> Family:
    """The library a request was made with.

    Raises:
        TypeError: it is no request of either library.
    """
    for base in type(request).__mro__:
        name = base.__module__.partition(".")[0]
        if name in NAMES:
            family = _families.get(name)
            if family is None:
                family = _families.setdefault(name, Family(sys.modules[name]))
            return family
    raise TypeError(f"{type(request).__qualname__} is no request of httpx or httpx2")
