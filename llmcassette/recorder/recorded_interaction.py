"""One interaction while it is being recorded.

The driver of the client reports what arrives. Nothing is decoded, redacted or joined before the
body has ended, so that the caller's stream is never delayed.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from operator import itemgetter
from typing import TYPE_CHECKING, Final

from llmcassette import streams
from llmcassette.matching import decoded_request
from llmcassette.model import (
    CANCELLED,
    CLOSED,
    WAITING,
    Chunk,
    Headers,
    Interaction,
    Request,
    Response,
)
from llmcassette.providers import ended
from llmcassette.streams.bounds import DEFAULT_BOUNDS, Bounds, ExpandsError
from llmcassette.streams.codings import decode_pieces

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

__all__ = ["Head", "Recording"]

STREAMED: Final = frozenset({"sse", "ndjson", "eventstream"})
_OF_THE_CODED: Final = frozenset({"content-encoding", "content-length"})


@dataclass(frozen=True, slots=True)
class Head:
    """The head of an answer.

    Attributes:
        code: HTTP status.
        reason: reason phrase, which may be empty (HTTP/2 has none).
        http_version: as clients name it: ``HTTP/1.1``, ``HTTP/2``.
        headers: one pair a value, in the order of arrival.
        decoded: the body arrives without the Content-Encoding that the headers name.
    """

    code: int
    reason: str
    http_version: str
    headers: Sequence[tuple[str, str]]
    decoded: bool = False


@dataclass(slots=True)
class Recording:
    """From the sending of a request to the end of its answer.

    Attributes:
        request: as it was sent.
        ended: ``None`` while the answer is on its way; else as in ``Response.ended``.
        abandoned: there is nothing to record.
        reading: whether the caller waits for a piece of the body, or gave up while it did.
        bounds: how much a compressed body may decode to; else it stays encoded.
    """

    request: Request
    clock: Callable[[], float] = time.perf_counter
    ended: str | None = None
    abandoned: bool = False
    reading: bool = False
    bounds: Bounds = DEFAULT_BOUNDS
    _started: float = 0.0
    _head: Head | None = None
    _head_at: float = 0.0
    _pieces: list[bytes] = field(default_factory=list)
    _times: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._started = self.clock()

    def began(self, head: Head) -> None:
        """The head has arrived; ignored if the cassette closed before."""
        if self.ended is None:
            self._head = head
            self._head_at = self.clock()

    def arrived(self, piece: bytes) -> None:
        """A piece of the body has arrived from the socket; ignored after the end."""
        if self.ended is None:
            # In this order: another thread may be closing the cassette now, and reads both.
            self._pieces.append(piece)
            self._times.append(self.clock())

    def passing(self, pieces: Iterable[bytes]) -> Iterator[bytes]:
        """Hand on the pieces of a body, each ``arrived`` before; then ``finish``.

        Closing this generator doesn't finish the body. It does as little as possible between two
        pieces.
        """
        keep, note, clock = self._pieces.append, self._times.append, self.clock
        self.reading = True
        try:
            for piece in pieces:
                self.reading = False
                if self.ended is None:
                    keep(piece)
                    note(clock())
                yield piece
                self.reading = True
        except Exception as error:
            self.finish(type(error).__name__)
            raise
        self.finish("")

    def finish(self, ended: str) -> None:
        """The body has ended, or no answer came; only the first end counts.

        Args:
            ended: as in ``Response.ended``. For whatever the caller ended, ``closed`` is enough:
                this knows what the caller waited for.
        """
        if self.ended is not None:
            return
        if self._head is None:
            self._head_at = self.clock()
        if ended == CLOSED:
            ended = CANCELLED if self._head is None else WAITING if self.reading else CLOSED
        self.ended = ended

    @property
    def code(self) -> int:
        """HTTP status of the answer; 0 while there is none."""
        return 0 if self._head is None else self._head.code

    def is_worth_draining(self) -> bool:
        """Whether the rest of the body is read before it is closed.

        After its terminal event little can follow. The body of an error is short, and SDKs close it
        unread where they try again.
        """
        if self.reading:  # the caller gave up while it read, which ended the stream
            return False
        assert self._head is not None
        if self._head.code >= HTTPStatus.BAD_REQUEST:
            return True
        pieces, _ = self._decoded(self._arrivals()[0])
        return bool(ended(self.request, Headers(self._head.headers), b"".join(pieces)))

    @property
    def is_answered(self) -> bool:
        """Whether there is an answer."""
        return self._head is not None and not self.abandoned

    @property
    def is_kept(self) -> bool:
        """Whether there is something to record: an answer, or that none came."""
        return not self.abandoned and (self._head is not None or bool(self.ended))

    def interaction(self, position: int) -> Interaction:
        """What has arrived so far, as an interaction; only if ``is_kept``.

        A body without an end, or that the caller closed, still counts as complete if its terminal
        event arrived, or as many bytes as Content-Length states.

        Args:
            position: its number in the file.
        """
        head = self._head
        if head is None:
            assert self.ended is not None
            waited = round(self._head_at - self._started, 6)
            nothing = Response(code=0, duration=waited, ended=self.ended)
            return Interaction(position, self._asked(), nothing, redacted=())
        arrived, times = self._arrivals()
        pieces, decoded = self._decoded(arrived)
        sent = _canonical(head.headers)
        headers = sent
        if decoded:
            kept = [pair for pair in head.headers if pair[0].lower() not in _OF_THE_CODED]
            headers = _canonical(kept)
        body = b"".join(pieces)
        major, minor = _version(head.http_version)
        response = Response(
            code=head.code,
            status=f"{head.code} {head.reason}".rstrip(),
            headers=headers,
            body=body,
            duration=round(self._head_at - self._started, 6),
            proto=f"HTTP/{major}.{minor}",
            proto_major=major,
            proto_minor=minor,
            content_length=-1 if decoded else _content_length(sent),
            transfer_encoding=_transfer_encoding(sent),
            uncompressed=decoded,
            chunks=self._chunks(pieces, times, body, headers),
            ended=self.ended if self.ended is not None else CLOSED,
        )
        if response.ended in {CLOSED, WAITING} and (
            sum(map(len, arrived)) == _content_length(sent) or ended(self.request, headers, body)
        ):
            response = replace(response, ended="")
        return Interaction(position, self._asked(), response, redacted=())

    def _arrivals(self) -> tuple[list[bytes], list[float]]:
        """The pieces so far, and when each arrived."""
        times = self._times.copy()
        return self._pieces[: len(times)], times

    def _asked(self) -> Request:
        """The request as it is recorded: a compressed body decoded, to search it for secrets.

        Also, gzip writes the time into its output, so that no later request would be equal.
        """
        try:
            request = decoded_request(self.request, self.bounds)
        except ExpandsError:  # saving refuses it
            request = self.request
        return replace(request, headers=_canonical(request.headers.multi_items()))

    def _decoded(self, pieces: list[bytes]) -> tuple[list[bytes], bool]:
        coding = Headers(self._head.headers).get("content-encoding", "") if self._head else ""
        if self._head is not None and self._head.decoded:
            return pieces, bool(coding)
        try:
            return decode_pieces(pieces, coding, self.bounds)
        except ExpandsError:  # saving refuses it
            return pieces, False

    def _chunks(
        self, pieces: list[bytes], times: list[float], body: bytes, headers: Headers
    ) -> tuple[Chunk, ...] | None:
        if not body or (
            len(pieces) < 2 and streams.kind(body, headers.get("content-type")) not in STREAMED
        ):
            return None
        chunks, before = [], self._head_at
        for piece, at in zip(pieces, times, strict=True):
            # A piece of a compressed body may decode to nothing: its gap is added to the next.
            if piece:
                chunks.append(Chunk(len(piece), round(at - before, 6)))
                before = at
        return tuple(chunks)


def _version(http_version: str) -> tuple[int, int]:
    """``HTTP/2`` and ``HTTP/1.1`` as go-vcr's ``proto_major`` and ``proto_minor``."""
    major, _, minor = http_version.removeprefix("HTTP/").partition(".")
    return int(major or 1), int(minor or 0)


def _content_length(headers: Headers) -> int:
    length = headers.get("content-length", "")
    return int(length) if length.isdecimal() else -1


def _transfer_encoding(headers: Headers) -> tuple[str, ...]:
    """Go removes this header from the others, and go-vcr writes it in a field of its own."""
    codings = headers.get("transfer-encoding", "").split(",")
    return tuple(filter(None, (coding.strip() for coding in codings)))


def _canonical(pairs: Sequence[tuple[str, str]]) -> Headers:
    """Header fields as Go has them: sorted, and spelled by ``textproto.CanonicalMIMEHeaderKey``.

    go-vcr looks names up in that spelling, while HTTP/2 sends them in lower case.
    """
    named = [("-".join(part.capitalize() for part in name.split("-")), v) for name, v in pairs]
    return Headers(sorted(named, key=itemgetter(0)))
