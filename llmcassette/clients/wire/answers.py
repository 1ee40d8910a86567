"""Answers as bytes: recorded ones for the client, and live ones on their way to it."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Final

import h11

from llmcassette.clients.wire.requests import text_pairs
from llmcassette.recorder.recorded_interaction import Head

if TYPE_CHECKING:
    from llmcassette.clients.wire.requests import RequestHead
    from llmcassette.recorder.playback import Playback
    from llmcassette.recorder.recorded_interaction import Recording

__all__ = ["AnswerReader", "FramedAnswer"]

_LONGEST_HEAD: Final = 1 << 20  # bytes; the clients have no limit
_OF_THE_BODY: Final = frozenset({b"content-length", b"transfer-encoding", b"expect"})
_WHOLE_SECONDS: Final = {(b"retry-after", b"0.001"): (b"retry-after", b"0")}
_WITHOUT_BODY: Final = frozenset({HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED})


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

    def __init__(self, request: RequestHead, recording: Recording) -> None:
        self._recording = recording
        self._connection = h11.Connection(h11.CLIENT, max_incomplete_event_size=_LONGEST_HEAD)
        headers = [pair for pair in request.headers if pair[0].lower() not in _OF_THE_BODY]
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
                headers=text_pairs(head.headers.raw_items()),
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
