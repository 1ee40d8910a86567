"""HTTP/1.1 as bytes (RFC 9112), for libraries that are served below their own parser.

What a client writes becomes a ``Request``, and a ``Playback`` becomes what it reads. What a live
server sends is recorded on its way to the client.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Final, NamedTuple

import h11

from llmcassette.model import Headers, Request
from llmcassette.recorder.recorded_interaction import Head

if TYPE_CHECKING:
    from llmcassette.recorder.playback import Playback
    from llmcassette.recorder.recorded_interaction import Recording
    from llmcassette.recorder.steps import Failure

__all__ = ["CONTINUE", "AnswerReader", "FramedAnswer", "Origin", "RequestReader", "kind_of"]

CONTINUE: Final = b"HTTP/1.1 100 Continue\r\n\r\n"

_LONGEST_HEAD: Final = 1 << 20  # bytes; the clients have no limit
_OF_THE_BODY: Final = frozenset({b"content-length", b"transfer-encoding", b"expect"})
_DEFAULT_PORTS: Final = {"http": 80, "https": 443, "ws": 80, "wss": 443}
_WHOLE_SECONDS: Final = {(b"retry-after", b"0.001"): (b"retry-after", b"0")}
_WITHOUT_BODY: Final = frozenset({HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED})
_KINDS: Final = {
    "ConnectError": "connect",
    "ConnectTimeout": "connect-timeout",
    "PoolTimeout": "connect-timeout",
    "ReadTimeout": "read-timeout",
    "WriteTimeout": "read-timeout",
    "WriteError": "write",
    "RemoteProtocolError": "protocol",
    "LocalProtocolError": "protocol",
}
"""Kinds of ``Failure`` for the classes of httpx, by whose names files have them."""
_PLAIN_KINDS: Final = frozenset({*_KINDS.values(), "dns", "tls"})


def kind_of(failure: Failure) -> str:
    """``connect``, ``connect-timeout``, ``dns``, ``tls``, ``write``, ``read-timeout``, ``protocol``
    for an answer that breaks off or is none, or else ``read``.
    """
    kind = _KINDS.get(failure.kind, failure.kind)
    return kind if kind in _PLAIN_KINDS else "read"


class Origin(NamedTuple):
    """Where a connection leads.

    Attributes:
        scheme: ``http`` or ``https``, or for WebSockets ``ws`` or ``wss``.
        host: name or address; IPv6 without brackets.
        port: its number.
    """

    scheme: str
    host: str
    port: int

    @property
    def authority(self) -> str:
        """Host and port as in a URL, without the scheme's default port."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        is_default = _DEFAULT_PORTS.get(self.scheme) == self.port
        return host if is_default else f"{host}:{self.port}"

    def url(self, target: str) -> str:
        """The URL of a request target, which is absolute where it is meant for a proxy."""
        return f"{self.scheme}://{self.authority}{target}" if target[:1] in "/?" else target


class RequestReader:
    """Reads one request from what a client writes.

    Attributes:
        head: its first part, once that was written.
        is_complete: whether its end was written.
        written: all that was written, to send it again.
    """

    def __init__(self) -> None:
        self.head: h11.Request | None = None
        self.is_complete = False
        self.written: list[bytes] = []
        self._body: list[bytes] = []
        self._connection = h11.Connection(h11.SERVER, max_incomplete_event_size=_LONGEST_HEAD)

    def feed(self, data: bytes) -> None:
        """Read the next bytes.

        Raises:
            h11.RemoteProtocolError: they are not HTTP/1.1.
        """
        self.written.append(data)
        self._connection.receive_data(data)
        while not self.is_complete:
            event = self._connection.next_event()
            if isinstance(event, h11.Request):
                self.head = event
            elif isinstance(event, h11.Data):
                self._body.append(bytes(event.data))
            elif isinstance(event, h11.EndOfMessage):
                self.is_complete = True
            else:
                return

    @property
    def waits_for_continue(self) -> bool:
        """Whether the client waits for ``CONTINUE`` before it sends the body."""
        return self._connection.they_are_waiting_for_100_continue

    @property
    def method(self) -> str:
        """The method of a request whose head was written."""
        assert self.head is not None
        return self.head.method.decode("ascii")

    @property
    def body(self) -> bytes:
        """The body so far, without its transfer coding."""
        return self._body[0] if len(self._body) == 1 else b"".join(self._body)

    def url(self, origin: Origin) -> str:
        """The URL of a request whose head was written."""
        assert self.head is not None
        return origin.url(self.head.target.decode("latin-1"))

    def raw_headers(self) -> list[tuple[bytes, bytes]]:
        """The header fields as written, one pair a value."""
        assert self.head is not None
        return list(self.head.headers.raw_items())

    def request(self, origin: Origin) -> Request:
        """A complete request as the model has it."""
        body = self.body
        return Request(
            method=self.method,
            url=self.url(origin),
            headers=Headers(_text_pairs(self.raw_headers())),
            body=body,
            content_length=len(body),
            host=origin.authority,
        )


class FramedAnswer:
    """A recorded answer as bytes, framed as it was recorded.

    A Content-Length frames the body where it is that of the body, chunks where it was recorded in
    chunks, and else the connection's end.

    Args:
        playback: the answer.
        method: of its request.

    Attributes:
        head: status line and header fields.
        end: what follows the body.
        shows_cut: whether a client can tell a body that breaks off from a whole one.
    """

    __slots__ = ("_has_body", "_is_chunked", "end", "head", "shows_cut")

    def __init__(self, playback: Playback, method: str) -> None:
        code = playback.code
        self._has_body = not (method == "HEAD" or code < HTTPStatus.OK or code in _WITHOUT_BODY)
        self._is_chunked = self._has_body and playback.chunked
        is_cut = self._has_body and sum(map(len, playback.chunks)) < playback.length
        headers = playback.headers
        if self._is_chunked:
            headers = [pair for pair in headers if not _is_length(pair)]
            headers.append((b"Transfer-Encoding", b"chunked"))
        elif is_cut:
            headers = [pair for pair in headers if not _is_length(pair)]
            headers.append((b"Content-Length", b"%d" % playback.length))
        elif self._has_body and not playback.chunks:
            # Another length is that of a body that was not sent (HEAD), or broke off at once.
            headers = [pair for pair in headers if not _is_length(pair) or pair[1] == b"0"]
        # The setting retry_after makes it a fraction, which SDKs read and urllib3 refuses.
        headers = [_WHOLE_SECONDS.get(pair, pair) for pair in headers]
        self.head = b"%s %d %s\r\n%s\r\n" % (
            _version(playback),
            code,
            _reason(playback),
            b"".join([b"%s: %s\r\n" % pair for pair in headers]),
        )
        self.end = b"0\r\n\r\n" if self._is_chunked else b""
        self.shows_cut = self._is_chunked or is_cut

    def piece(self, chunk: bytes) -> bytes:
        """A piece of the body."""
        if not self._has_body:
            return b""
        return b"%x\r\n%s\r\n" % (len(chunk), chunk) if self._is_chunked and chunk else chunk


class AnswerReader:
    """Records an answer from the bytes that a live server sends.

    Args:
        request: the head of its request.
        recording: takes what arrives.
    """

    def __init__(self, request: h11.Request, recording: Recording) -> None:
        self._recording = recording
        self._connection = h11.Connection(h11.CLIENT, max_incomplete_event_size=_LONGEST_HEAD)
        headers = [
            pair for pair in request.headers.raw_items() if pair[0].lower() not in _OF_THE_BODY
        ]
        self._connection.send(
            h11.Request(method=request.method, target=request.target, headers=headers)
        )
        self._connection.send(h11.EndOfMessage())

    @property
    def has_head(self) -> bool:
        """Whether the head of the answer has come."""
        return self._recording.code != 0

    def feed(self, data: bytes) -> None:
        """Read what has come from the server; nothing means the end of the connection.

        Raises:
            h11.RemoteProtocolError: the server breaks off, or doesn't speak HTTP/1.1.
        """
        self._connection.receive_data(data)
        while self._recording.ended is None:
            event = self._connection.next_event()
            if isinstance(event, h11.Data):
                self._recording.arrived(bytes(event.data))
            elif isinstance(event, h11.EndOfMessage):
                self._recording.finish("")
            elif isinstance(event, h11.Response):
                self._began(event)
            elif isinstance(event, h11.InformationalResponse):
                if event.status_code == HTTPStatus.SWITCHING_PROTOCOLS:
                    self._began(event)
                    return
            else:
                return

    def _began(self, head: h11.Response | h11.InformationalResponse) -> None:
        self._recording.began(
            Head(
                code=head.status_code,
                reason=head.reason.decode("latin-1"),
                http_version=f"HTTP/{head.http_version.decode('ascii')}",
                headers=_text_pairs(head.headers.raw_items()),
            )
        )


def _is_length(pair: tuple[bytes, bytes]) -> bool:
    return pair[0].lower() == b"content-length"


def _version(playback: Playback) -> bytes:
    version = playback.extensions["http_version"]
    return version if version == b"HTTP/1.0" else b"HTTP/1.1"


def _reason(playback: Playback) -> bytes:
    reason = playback.extensions.get("reason_phrase")
    if reason is not None:
        return reason
    try:
        return HTTPStatus(playback.code).phrase.encode()
    except ValueError:
        return b""


def _text_pairs(raw: list[tuple[bytes, bytes]]) -> list[tuple[str, str]]:
    return [(_text(name), _text(value)) for name, value in raw]


def _text(raw: bytes) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("latin-1")
