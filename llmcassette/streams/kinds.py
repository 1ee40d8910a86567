"""What a body is: by its content type, or by its own shape where it has none."""

from __future__ import annotations

import json
import re
from functools import lru_cache
from typing import Final, Literal

from llmcassette.streams.eventstream import begins_with_frame

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
    """The kind of a body: ``sse``, ``ndjson``, ``eventstream`` (Amazon's), ``json`` or ``other``.

    The content type decides, whatever its case and parameters; where there is none, the body's
    shape does (docker/cagent records no headers at all). One exception: a JSON value answered as
    ``text/event-stream``, as providers send an error to a request that asked for a stream, is
    ``json``: no line of an event stream begins with a brace or a bracket.
    """
    found = kind_by_type(content_type or "")
    if found is None:
        return kind_by_shape(body)
    if found == "sse" and looks_like_json(body):
        return "json"
    return found


@lru_cache(maxsize=256)
def kind_by_type(content_type: str) -> Kind | None:
    """The kind that a content type means; ``None`` for an empty one."""
    media_type = re.split("[;,]", content_type, maxsplit=1)[0].strip().lower()
    if not media_type:
        return None
    return KIND_OF_TYPE.get(media_type, "json" if media_type.endswith("+json") else "other")


def kind_by_shape(body: bytes) -> Kind:
    if begins_with_frame(body):
        return "eventstream"
    text = body.removeprefix(BOM)
    if FIRST_FIELD.match(text) and DATA_LINE.search(text):
        return "sse"
    if looks_like_ndjson(text):
        return "ndjson"
    return "json" if looks_like_json(text) else "other"


def looks_like_json(body: bytes) -> bool:
    """Whether a body begins and ends as a JSON object or array does."""
    text = body.removeprefix(BOM).lstrip()
    if text[:1] not in (b"{", b"["):
        return False
    return text[:1] + text.rstrip()[-1:] in (b"{}", b"[]")


def looks_like_ndjson(body: bytes) -> bool:
    """Whether a body has several lines, all in an object's braces, and the first is JSON."""
    lines = [line for line in map(bytes.strip, body.splitlines()) if line]
    if len(lines) < 2 or any(line[:1] + line[-1:] != b"{}" for line in lines):
        return False
    try:
        json.loads(lines[0])
    except (ValueError, RecursionError):
        return False
    return True
