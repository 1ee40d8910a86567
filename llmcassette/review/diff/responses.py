"""Differences of two responses besides the answer: status, headers, framing, bodies, timing."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

from llmcassette.matching.difference.text import escape
from llmcassette.redaction.credential_names import carries_credentials
from llmcassette.redaction.urls import scrub_url
from llmcassette.review.diff.results import Difference, Kind
from llmcassette.review.diff.runs import compared_texts, wholes
from llmcassette.review.diff.shape import shape
from llmcassette.review.diff.volatile import is_volatile_header
from llmcassette.review.texts import body_text, status_text
from llmcassette.review.values import unequal_values

if TYPE_CHECKING:
    from collections.abc import Iterator

    from llmcassette.model import Headers, Response

__all__ = [
    "body_differences",
    "framing_differences",
    "header_differences",
    "status_differences",
    "timing_differences",
]


def status_differences(old: Response, new: Response) -> Iterator[Difference]:
    """The HTTP status, and how the body ended."""
    came = old.came and new.came
    if old.code != new.code or (not came and old.ended != new.ended):
        failed = not came or max(old.code, new.code) >= 400
        kind = Kind.ERROR if failed else Kind.ANSWER
        yield Difference(kind, "status", "", *wholes(status_text(old), status_text(new)))
    if came and old.ended != new.ended:
        ends = (side.ended or "complete" for side in (old, new))
        yield Difference(Kind.ANSWER, "end of the body", "", *wholes(*ends))


def header_differences(old: Headers, new: Headers, side: str) -> Iterator[Difference]:
    """Headers with different values; dates, ids, limits and versions are noise."""
    for name in dict.fromkeys([*old, *new]):
        before, after = old.get_list(name), new.get_list(name)
        if before == after:
            continue
        kind = Kind.NOISE if is_volatile_header(name) else Kind.HEADERS
        if carries_credentials(name):
            before, after = (("[REDACTED]",) if values else () for values in (before, after))
        texts = (scrub_url(", ".join(values)) for values in (before, after))
        yield Difference(kind, f"{side} header {escape(name)}", "", *wholes(*texts))


def timing_differences(old: Response, new: Response) -> Iterator[Difference]:
    """Durations and chunks, which are noise."""
    if old.duration != new.duration:
        times = (f"{side.duration:.3f} s" for side in (old, new))
        yield Difference(Kind.NOISE, "duration", "", *wholes(*times))
    if old.chunks != new.chunks:
        counts = (f"{len(side.chunks or ())} chunks" for side in (old, new))
        yield Difference(Kind.NOISE, "chunk sizes and times", "", *wholes(*counts))


def framing_differences(old: Response, new: Response) -> Iterator[Difference]:
    """Whether each is a stream, and the types of its events in their order."""
    shapes = shape(old), shape(new)
    if shapes[0].framing != shapes[1].framing:
        runs = wholes(shapes[0].framing, shapes[1].framing)
        yield Difference(Kind.SHAPE, "framing", "", *runs)
    elif shapes[0].events != shapes[1].events:
        texts = (" ".join(each.events) for each in shapes)
        yield Difference(Kind.SHAPE, "events", "", *compared_texts(*texts))


def body_differences(old: Response, new: Response) -> Iterator[Difference]:
    """Bodies that can't be compared by place: as texts, or by size and hash."""
    if old.body == new.body or unequal_values(old, new) is not None:
        return
    before, after = body_text(old.body), body_text(new.body)
    if before is None or after is None:
        yield Difference(Kind.ANSWER, "body", "", *wholes(*map(bytes_text, (old.body, new.body))))
        return
    yield Difference(Kind.REWORDED, "body", "", *compared_texts(before, after))


def bytes_text(body: bytes) -> str:
    """``1,204 bytes, sha256 1f3a5b7c…``."""
    return f"{len(body):,} bytes, sha256 {sha256(body).hexdigest()[:8]}…" if body else ""
