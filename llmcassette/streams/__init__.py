"""Cuts bodies into chunks, and parses streams: server-sent events, NDJSON, Amazon's event stream.

Pure functions. The chunks joined are always the body.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmcassette.lazy_names import lazy_names

if TYPE_CHECKING:
    from llmcassette.model import Response
    from llmcassette.streams.cuts import at_random, by_line, by_size, by_sizes, recorded
    from llmcassette.streams.eventstream import (
        EventStreamError,
        EventStreamMessage,
        HeaderValue,
        encode_message,
        eventstream_messages,
    )
    from llmcassette.streams.kinds import Kind, kind, kind_by_type
    from llmcassette.streams.ndjson import NdjsonLine, ndjson_lines
    from llmcassette.streams.sse import SseEvent, split_indented, sse_events

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
    """Cut a body after each event, line or frame of its format (see ``kind``).

    A body in another format is one chunk; an empty body has none.
    """
    from llmcassette.streams.kinds import kind

    match kind(body, content_type):
        case "sse":
            from llmcassette.streams.sse import split_sse

            return split_sse(body)
        case "ndjson":
            from llmcassette.streams.ndjson import split_ndjson

            return split_ndjson(body)
        case "eventstream":
            from llmcassette.streams.eventstream import split_eventstream

            return split_eventstream(body)
        case _:
            return [body] if body else []


def chunks(response: Response) -> list[bytes]:
    """The chunks of a body as recorded; if they were not recorded, or don't fit, as ``split``."""
    from llmcassette.streams.cuts import recorded

    found = recorded(response)
    if found is not None:
        return found
    return split(response.body, response.headers.get("content-type"))


if not TYPE_CHECKING:  # type checkers would accept misspelt names
    __getattr__ = lazy_names(
        __name__,
        {
            "cuts": "at_random by_line by_size by_sizes recorded",
            "eventstream": "EventStreamError EventStreamMessage HeaderValue encode_message "
            "eventstream_messages",
            "kinds": "Kind kind kind_by_type",
            "ndjson": "NdjsonLine ndjson_lines",
            "sse": "SseEvent split_indented sse_events",
        },
    )
