"""A recorded answer, ready to be handed to any client library."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

from llmcassette import streams
from llmcassette.escaping import one_line
from llmcassette.model import WAITING
from llmcassette.recorder.chunking import cut
from llmcassette.recorder.pacing import AT_ONCE, Timing, is_retryable, retried_at_once, timing
from llmcassette.recorder.settings import Settings
from llmcassette.recorder.steps import Failure

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from llmcassette.formats import Answer
    from llmcassette.model import Response

__all__ = ["Playback", "playback_as_filed", "playback_of"]


class Playback(NamedTuple):
    """An answer ready to be handed over, or that none comes.

    Attributes:
        code: HTTP status; 0 if no answer comes, but ``failure``.
        extensions: as clients name them: ``http_version`` (``HTTP/1.1``, ``HTTP/2``), and
            ``reason_phrase`` as recorded.
        headers: one pair a value, in recorded order, without those that don't fit ``chunks``.
            UTF-8, except for bytes that were recorded raw.
        chunks: the body, cut as it is handed over.
        failure: how the body breaks off after the chunks; ``None`` where it is whole.
        timing: how long the client waits for each part.
        chunked: whether it was recorded with HTTP's chunked transfer coding.
        length: the recorded Content-Length of a body that breaks off; -1 if there is none.
    """

    code: int
    extensions: dict[str, bytes]
    headers: list[tuple[bytes, bytes]]
    chunks: list[bytes]
    failure: Failure | None = None
    timing: Timing = AT_ONCE
    chunked: bool = False
    length: int = -1

    @property
    def ends(self) -> bool:
        """Whether there is an answer, and its reader is not left waiting."""
        return self.failure is None or (self.failure.kind != WAITING and bool(self.code))

    @property
    def is_at_once(self) -> bool:
        """Whether there is an answer, and nothing of it has to be waited for."""
        return self.timing is AT_ONCE and (self.failure is None or self.ends)


DEFAULTS: Final = Settings()


def playback_of(
    response: Response,
    settings: Settings = DEFAULTS,
    *,
    failure: Failure | None = None,
    stalls: Sequence[tuple[int, float]] = (),
) -> Playback:
    """The answer as the recording client got it.

    Args:
        response: as recorded, or as a fault changed it.
        settings: for chunking and pace.
        failure: how the body breaks off at its end, instead of as recorded.
        stalls: see ``timing``.
    """
    at_once = settings.pace == "instant"
    if at_once and settings.retry_after == "instant" and is_retryable(response.code):
        response = retried_at_once(response)
    chunks = cut(response, settings.chunking)
    waits = AT_ONCE
    if stalls or not (at_once and settings.ttft is None and settings.gap is None):
        chunks = list(_cut_at(chunks, {position for position, _ in stalls}))
        waits = timing(
            response,
            chunks,
            pace=settings.pace,
            ttft=settings.ttft,
            gap=settings.gap,
            stalls=stalls,
        )
    failure = failure or ending(response.ended, response.code)
    return Playback(
        code=response.code,
        extensions=_extensions(response.status, response.proto).copy(),
        headers=[(_raw(name), _raw(value)) for name, value in _headers(response)],
        chunks=chunks,
        failure=failure,
        timing=waits,
        chunked="chunked" in response.transfer_encoding
        or "chunked" in response.headers.get("transfer-encoding", ""),
        length=-1 if failure is None or response.uncompressed else response.content_length,
    )


def playback_as_filed(answer: Answer) -> Playback | None:
    """The same straight from the text of the file, for default settings and no fault.

    Returns:
        What ``playback_of`` returns for the response; ``None`` if this function can't decide.
    """
    if answer.code >= _FIRST_ERROR or answer.ended:  # some of these are retried
        return None
    by_name = answer.by_name
    if b"content-encoding" in by_name:
        return None
    content_type = by_name.get(b"content-type", b"")
    try:
        chunks = _chunks_as_filed(answer, content_type.decode())
    except ValueError:  # PyYAML has to read it
        return None
    headers, chunked = answer.headers, answer.chunked
    if b"content-length" in by_name or b"transfer-encoding" in by_name:
        size = sum(map(len, chunks))
        chunked = chunked or b"chunked" in by_name.get(b"transfer-encoding", b"")
        headers = [
            pair
            for pair in headers
            if (name := pair[0].lower()) not in _ABOUT_LENGTH
            or (name == b"content-length" and _is_length(pair[1], size, answer))
        ]
    return Playback(
        answer.code,
        _extensions(answer.status, answer.proto).copy(),
        headers,
        chunks,
        None,
        AT_ONCE,
        chunked,
    )


def ending(ended: str, code: int) -> Failure | None:
    """The failure for values of ``Response.ended`` and ``code``; ``None`` for a whole body."""
    what = "the recorded stream ended here with" if code else "no answer came when recorded:"
    return Failure(ended, f"{what} {one_line(ended)}") if ended else None


def _is_length(length: bytes, size: int, answer: Answer) -> bool:
    """Whether a Content-Length is that of the body, or of one that was not sent (HEAD)."""
    return not answer.uncompressed and (not size or length == b"%d" % size)


def _chunks_as_filed(answer: Answer, content_type: str) -> list[bytes]:
    kind = streams.kind_by_type(content_type)
    if answer.sizes is None and kind == "sse":
        block = answer.block()
        if block is not None:
            events = streams.split_indented(answer.data, block, answer.end, answer.margin)
            if events is not None:
                return events
    body = answer.body()
    if answer.sizes is not None:
        arrived = streams.by_sizes(body, answer.sizes)
        if arrived is not None:
            return arrived
    if kind in _IN_ONE_PIECE:
        return [body] if body else []
    return streams.split(body, content_type)


def _cut_at(chunks: Iterable[bytes], positions: set[int]) -> Iterator[bytes]:
    """The chunks, cut at these positions of the body too."""
    end = 0
    for chunk in chunks:
        start, end, rest = end, end + len(chunk), chunk
        for position in sorted(positions):
            if start < position < end:
                yield rest[: position - start]
                rest, start = rest[position - start :], position
        yield rest


@lru_cache(maxsize=64)
def _extensions(status: str, proto: str) -> dict[str, bytes]:
    reason, http_version = _reason(status), _http_version(proto)
    extensions = {"http_version": _raw(http_version)}
    if reason or http_version.startswith("HTTP/1"):
        # HTTP/2 has no reason phrase (RFC 9113, 8.3.2): clients then take the code's own.
        extensions["reason_phrase"] = _raw(reason)
    return extensions


def _reason(status: str) -> str:
    code, _, phrase = status.partition(" ")
    return phrase if code.isdecimal() else status


def _http_version(proto: str) -> str:
    # Go writes HTTP/2.0 and HTTP/3.0 where clients and RFC 9113 say HTTP/2 and HTTP/3.
    return proto.removesuffix(".0") if proto in {"HTTP/2.0", "HTTP/3.0"} else proto or "HTTP/1.1"


def _raw(text: str) -> bytes:
    # goccy writes bytes that are not UTF-8 raw; the reader keeps them as escaped surrogates.
    return text.encode("utf-8", "surrogateescape")


_FIRST_ERROR: Final = 400
_IN_ONE_PIECE: Final = ("json", "other")
_ABOUT_LENGTH: Final = frozenset({b"content-length", b"transfer-encoding"})
_ABOUT_CODING: Final = frozenset({"content-encoding", "content-length", "transfer-encoding"})


def _headers(response: Response) -> list[tuple[str, str]]:
    pairs = response.headers.multi_items()
    if _ABOUT_CODING.isdisjoint(response.headers):
        return pairs
    from llmcassette.streams.codings import is_coded

    dropped = {"transfer-encoding"}
    # Without a body (HEAD, 204, 304) these headers describe one that was not sent.
    coded = bool(response.body) and "content-encoding" in response.headers
    if response.uncompressed or (coded and not is_coded(response.headers, response.body)):
        dropped |= {"content-encoding", "content-length"}
    elif response.body and response.headers.get("content-length") != str(len(response.body)):
        dropped.add("content-length")
    return [(name, value) for name, value in pairs if name.lower() not in dropped]
