"""Detects the format of a body, by content type or by its first bytes."""

from __future__ import annotations

import json
import re
from functools import lru_cache
from typing import Final, Literal

__all__ = ["Kind", "kind", "kind_by_type"]

Kind = Literal["sse", "ndjson", "eventstream", "json", "other"]

KIND_OF_TYPE: Final[dict[str, Kind]] = {
    "text/event-stream": "sse",
    "application/vnd.amazon.eventstream": "eventstream",
    "application/json": "json",
    "text/json": "json",
    **dict.fromkeys(
        (
            "application/x-ndjson",
            "application/ndjson",
            "application/jsonl",
            "application/x-jsonl",
            "application/jsonlines",
            "application/x-jsonlines",
            "application/json-lines",
            "application/stream+json",
        ),
        "ndjson",
    ),
}

BOM: Final = b"\xef\xbb\xbf"
FIRST_FIELD = re.compile(rb"(?:(?::[^\r\n]*+)?[\r\n]++)*+(?:data|event|id|retry):")
DATA_LINE = re.compile(rb"(?<![^\r\n])data:")


def kind(body: bytes, content_type: str | None = None) -> Kind:
    """The format of a body: ``sse``, ``ndjson``, ``eventstream`` (Amazon's), ``json``, ``other``.

    The content type decides, without regard to case and parameters. Without one the body's shape
    decides: docker/cagent records no headers. A JSON value sent as ``text/event-stream`` is
    ``json``: providers send errors so to requests for a stream, and no line of an event stream
    starts with a brace or a bracket.
    """
    found = kind_by_type(content_type or "")
    if found is None:
        return kind_by_shape(body)
    if found == "sse" and looks_like_json(body):
        return "json"
    return found


@lru_cache(maxsize=256)
def kind_by_type(content_type: str) -> Kind | None:
    """The format that a content type names; ``None`` for an empty one."""
    media_type = re.split("[;,]", content_type, maxsplit=1)[0].strip().lower()
    if not media_type:
        return None
    return KIND_OF_TYPE.get(media_type, "json" if media_type.endswith("+json") else "other")


def kind_by_shape(body: bytes) -> Kind:
    from llmcassette.streams.eventstream import begins_with_frame  # most answers name their type

    if begins_with_frame(body):
        return "eventstream"
    text = body.removeprefix(BOM)
    if FIRST_FIELD.match(text) and DATA_LINE.search(text):
        return "sse"
    if looks_like_ndjson(text):
        return "ndjson"
    return "json" if looks_like_json(text) else "other"


def looks_like_json(body: bytes) -> bool:
    """Whether a body starts and ends like a JSON object or array."""
    text = body.removeprefix(BOM).lstrip()
    if text[:1] not in (b"{", b"["):
        return False
    return text[:1] + text.rstrip()[-1:] in (b"{}", b"[]")


def looks_like_ndjson(body: bytes) -> bool:
    """Whether a body has several lines, all of them in braces, and the first is valid JSON."""
    lines = [line for line in map(bytes.strip, body.splitlines()) if line]
    if len(lines) < 2 or any(line[:1] + line[-1:] != b"{}" for line in lines):
        return False
    try:
        json.loads(lines[0])
    except (ValueError, RecursionError):
        return False
    return True
