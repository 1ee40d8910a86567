"""One interaction while it is being recorded.

The client adapter tells what happens; nothing is decoded, redacted or joined before the body has
ended, so that the caller's stream waits for nothing.
"""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from operator import itemgetter
from typing import TYPE_CHECKING

from llmcassette import streams
from llmcassette.model import Chunk, Headers, Interaction, Request, Response
from llmcassette.providers import ended
from llmcassette.recorder.decoding import decode_chunks

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence

__all__ = ["Head", "Recording"]

STREAMED = frozenset({"sse", "ndjson", "eventstream"})


@dataclass(frozen=True, slots=True)
class Head:
    """What comes before a body.

    Attributes:
        code: HTTP status.
        reason: reason phrase, which may be empty (HTTP/2 has none).
        http_version: as clients name it: ``HTTP/1.1``, ``HTTP/2``.
        headers: one pair a value, in the order of arrival.
    """

    code: int
    reason: str
    http_version: str
    headers: Sequence[tuple[str, str]]


@dataclass(slots=True)
class Recording:
    """From the sending of a request to the end of its answer.

    Attributes:
        request: as it was sent.
        ended: ``None`` while the body is on its way; else as in ``Response.ended``.
        abandoned: no answer ever came, so there is nothing to keep.
    """

    request: Request
    clock: Callable[[], float] = time.perf_counter
    ended: str | None = None
    abandoned: bool = False
    _started: float = 0.0
    _head: Head | None = None
    _head_at: float = 0.0
    _pieces: list[bytes] = field(default_factory=list)
    _times: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._started = self.clock()

    def began(self, head: Head) -> None:
        """The headers have come."""
        self._head = head
        self._head_at = self.clock()

    def arrived(self, piece: bytes) -> None:
        """A piece of the body has come, as the socket gave it."""
        self._times.append(self.clock())
        self._pieces.append(piece)

    def finish(self, ended: str) -> None:
        """The body has ended; only the first end counts.

        Args:
            ended: as in ``Response.ended``.
        """
        if self.ended is None:
            self.ended = ended

    @contextmanager
    def waiting(self) -> Generator[None]:
        """While the request is on its way: if it fails, there is nothing to keep."""
        try:
            yield
        except BaseException:
            self.abandoned = True
            raise

    def is_over(self) -> bool:
        """Whether the body so far holds its terminal event."""
        if self._head is None:
            return False
        pieces, _ = self._decoded()
        return bool(ended(self.request, Headers(self._head.headers), b"".join(pieces)))

    @property
    def is_answered(self) -> bool:
        """Whether there is anything to keep."""
        return self._head is not None and not self.abandoned

    def interaction(self, position: int) -> Interaction:
        """What has come so far, as an interaction with this number; only if ``is_answered``.

        A body whose end nobody saw, or that the caller gave up, is complete all the same where its
        terminal event came.
        """
        assert self._head is not None
        pieces, decoded = self._decoded()
        head = self._head
        dropped = {"content-encoding", "content-length"} if decoded else set()
        headers = _canonical([pair for pair in head.headers if pair[0].lower() not in dropped])
        body = b"".join(pieces)
        major, minor = _version(head.http_version)
        response = Response(
            code=head.code,
            status=f"{head.code} {head.reason}".rstrip(),
            headers=headers,
            body=body,
            duration=self._head_at - self._started,
            proto=f"HTTP/{major}.{minor}",
            proto_major=major,
            proto_minor=minor,
            content_length=-1 if decoded else _content_length(headers),
            uncompressed=decoded,
            chunks=self._chunks(pieces, body, headers),
            ended=self.ended if self.ended is not None else "closed",
        )
        if response.ended == "closed" and ended(self.request, headers, body):
            response = replace(response, ended="")
        sent = _canonical(self.request.headers.multi_items())
        return Interaction(position, replace(self.request, headers=sent), response)

    def _decoded(self) -> tuple[list[bytes], bool]:
        coding = (
            "" if self._head is None else Headers(self._head.headers).get("content-encoding", "")
        )
        return decode_chunks(self._pieces, coding)

    def _chunks(
        self, pieces: list[bytes], body: bytes, headers: Headers
    ) -> tuple[Chunk, ...] | None:
        if not body or (
            len(pieces) < 2 and streams.kind(body, headers.get("content-type")) not in STREAMED
        ):
            return None
        chunks, before = [], self._head_at
        for piece, at in zip(pieces, self._times, strict=True):
            # A piece of a compressed body may decode to nothing: its time goes to the next.
            if piece:
                chunks.append(Chunk(len(piece), round(at - before, 6)))
                before = at
        return tuple(chunks)


def _version(http_version: str) -> tuple[int, int]:
    """``HTTP/2`` and ``HTTP/1.1`` as go-vcr's ``proto_major`` and ``proto_minor``."""
    major, _, minor = http_version.removeprefix("HTTP/").partition(".")
    return int(major or 1), int(minor or 0)


def _content_length(headers: Headers) -> int:
    said = headers.get("content-length", "")
    return int(said) if said.isdecimal() else -1


def _canonical(pairs: Sequence[tuple[str, str]]) -> Headers:
    """Header fields as Go has them: sorted, and spelled by ``textproto.CanonicalMIMEHeaderKey``.

    go-vcr looks names up in that spelling, and HTTP/2 sends them in lower case.
    """
    named = [("-".join(part.capitalize() for part in name.split("-")), v) for name, v in pairs]
    return Headers(sorted(named, key=itemgetter(0)))
