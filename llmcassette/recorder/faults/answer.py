"""A recorded answer that a fault is applied to, and what comes of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from llmcassette import streams
from llmcassette.model import Headers, Response
from llmcassette.redaction.edits import Edit, apply_edits, recut
from llmcassette.streams.bounds import DEFAULT_BOUNDS, ExpandsError
from llmcassette.streams.codings import decode_pieces, is_coded

if TYPE_CHECKING:
    from collections.abc import Iterable

    from llmcassette.model import Request
    from llmcassette.providers import Identity
    from llmcassette.recorder.faults.fault import Fault
    from llmcassette.recorder.steps import Failure

__all__ = [
    "Faulty",
    "NotApplicableError",
    "Target",
    "edited",
    "event_spans",
    "readable",
    "shortened",
]

STREAMED = ("sse", "ndjson", "eventstream")


class NotApplicableError(Exception):
    """A fault can't be applied to an answer. The message completes "the answer of ... "."""


@dataclass(frozen=True, slots=True)
class Target:
    """What a fault is applied to.

    Attributes:
        fault: what goes wrong.
        request: as it was sent.
        response: as it was recorded.
        identity: the provider that the request was sent to; ``None`` if unknown.
    """

    fault: Fault
    request: Request
    response: Response
    identity: Identity | None

    @property
    def provider(self) -> str:
        return self.identity.provider if self.identity else ""

    @property
    def format(self) -> str:
        return self.identity.format if self.identity else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Faulty:
    """An answer with a fault.

    Attributes:
        response: what the client gets; ``None`` for nothing.
        failure: what is raised instead of the answer, or at the end of its body.
        stalls: byte positions in the body, and for how many seconds the stream stalls there.
        plays: whether the client gets the recorded answer, and not another in its place.
    """

    response: Response | None = None
    failure: Failure | None = None
    stalls: tuple[tuple[int, float], ...] = ()
    plays: bool = True


def readable(response: Response) -> Response:
    """The same answer without Content-Encoding; an encoded body loses its chunks.

    Raises:
        NotApplicableError: the coding is unknown, its library is not installed, or the body
            decodes to too much.
    """
    coding = response.headers.get("content-encoding", "")
    if response.uncompressed or not coding or not is_coded(response.headers, response.body):
        return response
    try:
        [body], decoded = decode_pieces([response.body], coding, DEFAULT_BOUNDS)
    except ExpandsError as error:
        raise NotApplicableError(f"can't be read here: {error.problem}") from None
    if not decoded:
        raise NotApplicableError(f"has a body encoded as {coding}, which cannot be read here")
    return replace(response, body=body, uncompressed=True, chunks=None)


def event_spans(response: Response) -> list[tuple[int, int]]:
    """Start and end of each event of a streamed body, also of one that was cut.

    Raises:
        NotApplicableError: the body is no stream of events.
    """
    content_type = response.headers.get("content-type")
    if streams.kind(response.body, content_type) not in STREAMED:
        raise NotApplicableError("is no stream of events")
    spans: list[tuple[int, int]] = []
    position = 0
    for piece in streams.split(response.body, content_type):
        spans.append((position, position + len(piece)))
        position += len(piece)
    return spans


def edited(response: Response, edits: Iterable[Edit]) -> Response:
    """The answer with another body, and the boundaries and gaps of its chunks adapted.

    Args:
        response: the answer.
        edits: in order, without overlaps.
    """
    made = list(edits)
    body = apply_edits(response.body, made)
    chunks = None if response.chunks is None else recut(response.chunks, made)
    return replace(response, body=body, chunks=chunks, headers=_of_any_length(response.headers))


def shortened(response: Response, length: int) -> Response:
    """The first ``length`` bytes of an answer."""
    return edited(response, [Edit(length, len(response.body), b"")])


def _of_any_length(headers: Headers) -> Headers:
    return Headers([field for field in headers.fields if field[0].lower() != "content-length"])
