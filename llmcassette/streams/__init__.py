"""Body bytes <-> chunks, without I/O.

Whatever cuts a body here, the pieces joined are the body.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmcassette.streams.cuts import at_random, by_line, by_size, by_sizes, recorded
from llmcassette.streams.eventstream import (
    EventStreamError,
    EventStreamMessage,
    HeaderValue,
    encode_message,
    eventstream_messages,
    split_eventstream,
)
from llmcassette.streams.kinds import Kind, kind, kind_by_type
from llmcassette.streams.ndjson import NdjsonLine, ndjson_lines, split_ndjson
from llmcassette.streams.sse import SseEvent, split_indented, split_sse, sse_events

if TYPE_CHECKING:
    from llmcassette.model import Response

__all__ = [
    "EventStreamError",
    "EventStreamMessage",
    "HeaderValue",
    "Kind",
    "NdjsonLine",
    "SseEvent",
    "at_random",
    "by_line",
    "by_size",
    "by_sizes",
    "chunks",
    "encode_message",
    "eventstream_messages",
    "kind",
    "kind_by_type",
    "ndjson_lines",
    "recorded",
    "split",
    "split_indented",
    "sse_events",
]


def split(body: bytes, content_type: str | None = None) -> list[bytes]:
    """Cut a body where its own format ends something: an event, a line, a frame.

    A body of any other kind is one chunk, an empty one none. See ``kind`` for what decides.
    """
    match kind(body, content_type):
        case "sse":
            return split_sse(body)
        case "ndjson":
            return split_ndjson(body)
        case "eventstream":
            return split_eventstream(body)
        case _:
            return [body] if body else []


def chunks(response: Response) -> list[bytes]:
    """A response's body as it arrived, where that was recorded; else cut by ``split``."""
    arrived = recorded(response)
    if arrived is not None:
        return arrived
    return split(response.body, response.headers.get("content-type"))
