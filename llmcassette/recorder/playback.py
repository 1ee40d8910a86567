"""What a client is given for a recorded answer, in terms every client library understands."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from llmcassette.recorder.chunking import cut
from llmcassette.recorder.pacing import AT_ONCE, Timing, is_retryable, retried_at_once, timing
from llmcassette.recorder.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from llmcassette.model import Headers, Response

__all__ = ["Failure", "Playback", "is_coded", "playback_of"]


@dataclass(frozen=True, slots=True)
class Failure:
    """An error of the client's library, by its name, which httpx and others share.

    Attributes:
        name: such as ``ConnectError``, ``ReadTimeout``.
        message: what it says.
    """

    name: str
    message: str


@dataclass(frozen=True, slots=True)
class Playback:
    """An answer ready to be handed over.

    Attributes:
        code: HTTP status.
        reason: reason phrase, as recorded.
        http_version: as clients name it: ``HTTP/1.1``, ``HTTP/2``.
        headers: one pair a value, in recorded order, fit for ``chunks``.
        chunks: the body, cut as it is to arrive.
        ended: as in ``Response.ended``; a class name is raised after the chunks.
        failure: raised after the chunks, whatever ``ended`` says.
        timing: how long the client waits for each part.
    """

    code: int
    reason: str
    http_version: str
    headers: list[tuple[str, str]]
    chunks: list[bytes]
    ended: str
    failure: Failure | None = None
    timing: Timing = AT_ONCE


DEFAULTS: Final = Settings()


def playback_of(
    response: Response,
    settings: Settings = DEFAULTS,
    *,
    failure: Failure | None = None,
    stalls: Sequence[tuple[int, float]] = (),
) -> Playback:
    """The answer as the recording client saw it.

    Args:
        response: as recorded, or as a fault left it.
        settings: how it is cut, and at what pace it comes.
        failure: with what the stream breaks off at the end of the body.
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
    return Playback(
        code=response.code,
        reason=_reason(response.status),
        http_version=_http_version(response.proto),
        headers=_headers(response),
        chunks=chunks,
        ended=response.ended,
        failure=failure,
        timing=waits,
    )


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
def _reason(status: str) -> str:
    code, _, phrase = status.partition(" ")
    return phrase if code.isdecimal() else status


def _http_version(proto: str) -> str:
    # Go writes HTTP/2.0 and HTTP/3.0 where clients and RFC 9113 say HTTP/2 and HTTP/3.
    return proto.removesuffix(".0") if proto in {"HTTP/2.0", "HTTP/3.0"} else proto or "HTTP/1.1"


_ABOUT_CODING: Final = frozenset({"content-encoding", "content-length", "transfer-encoding"})


def _headers(response: Response) -> list[tuple[str, str]]:
    pairs = response.headers.multi_items()
    if _ABOUT_CODING.isdisjoint(response.headers):
        return pairs
    dropped = {"transfer-encoding"}
    # Without a body (HEAD, 204, 304) these headers tell of one that was not sent.
    coded = bool(response.body) and "content-encoding" in response.headers
    if response.uncompressed or (coded and not is_coded(response.headers, response.body)):
        dropped |= {"content-encoding", "content-length"}
    elif response.body and response.headers.get("content-length") != str(len(response.body)):
        dropped.add("content-length")
    return [(name, value) for name, value in pairs if name.lower() not in dropped]


def is_coded(headers: Headers, body: bytes) -> bool:
    """Whether a body under Content-Encoding is still encoded.

    Recorders disagree: some decode the body and leave the header. gzip (RFC 1952) and zstd
    (RFC 8878) begin with magic numbers; deflate and br have none, but are never readable text.
    """
    coding = headers["content-encoding"].rsplit(",", 1)[-1].strip().lower()
    if coding in {"gzip", "x-gzip"}:
        return body.startswith(b"\x1f\x8b")
    if coding == "zstd":
        return body.startswith(b"\x28\xb5\x2f\xfd")
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return True
    return not all(character.isprintable() or character in "\t\r\n" for character in text)
