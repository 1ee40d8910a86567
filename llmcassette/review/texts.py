"""Parts of a conversation as one line of text, safe for a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, cast

from llmcassette.matching.difference.text import escape, preview
from llmcassette.redaction.urls import scrub_url

if TYPE_CHECKING:
    from llmcassette.json.value import JsonValue
    from llmcassette.model import Response
    from llmcassette.providers import ApiCall, ErrorInfo, Media, ToolCall, Usage

__all__ = [
    "body_text",
    "call_line",
    "call_text",
    "error_text",
    "hexadecimal",
    "media_text",
    "status_text",
    "usage_text",
]

LONGEST_VALUE: Final = 200


def call_text(call: ToolCall | None, length: int = LONGEST_VALUE) -> str:
    """``weather(location="Florence")``, each argument cut to a length in characters."""
    if call is None:
        return ""
    if isinstance(call.arguments, dict):
        pairs = (
            f"{escape(name)}={preview(cast('JsonValue', value), length)}"
            for name, value in call.arguments.items()
        )
        return f"{escape(call.name)}({', '.join(pairs)})"
    return f"{escape(call.name)}({preview(cast('JsonValue', call.arguments), length)})"


def media_text(media: Media | None) -> str:
    """``image/png, 1,204 bytes, sha256 1f3a…``."""
    if media is None:
        return ""
    size = "" if media.size is None else f"{media.size:,} bytes, sha256 {media.digest[:8]}…"
    parts = media.media_type or media.kind, size, escape(media.name), escape(scrub_url(media.url))
    return ", ".join(filter(None, parts))


def error_text(error: ErrorInfo | None) -> str:
    """``429 rate_limit_error: Slow down``."""
    if error is None:
        return ""
    head = " ".join(filter(None, (str(error.status or ""), error.type or error.code)))
    return f"{head}: {error.message}" if head and error.message else head or error.message


def status_text(response: Response) -> str:
    """``200 OK``, or ``no answer (connect)``."""
    if not response.came:
        return f"no answer ({escape(response.ended)})"
    return response.status or str(response.code)


def call_line(call: ApiCall) -> str:
    """``2 texts → 2 vectors of 1,536 dimensions``; or the error."""
    answered = escape(call.answered) or error_text(call.error)
    files = "; ".join(media_text(each) for each in call.media)
    return " → ".join(filter(None, (escape(call.asked), answered))) + (files and f" ({files})")


def usage_text(usage: Usage | None) -> str:
    """``1,204 in (1,000 cached), 31 out (12 reasoning)``."""
    if usage is None:
        return ""
    notes = [
        f"{usage.cached_tokens:,} cached" if usage.cached_tokens else "",
        f"{usage.cache_write_tokens:,} written to the cache" if usage.cache_write_tokens else "",
    ]
    cache = ", ".join(filter(None, notes))
    cache = f" ({cache})" if cache else ""
    reasoning = f" ({usage.reasoning_tokens:,} reasoning)" if usage.reasoning_tokens else ""
    return f"{usage.input_tokens:,} in{cache}, {usage.output_tokens:,} out{reasoning}"


def body_text(body: bytes) -> str | None:
    """A body as text; ``None`` if it is binary."""
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return None
    return None if "\0" in text else text


def hexadecimal(body: bytes) -> str:
    """The first bytes of a binary body."""
    return f"{body[:16].hex(' ')}{' …' if len(body) > 16 else ''}"
