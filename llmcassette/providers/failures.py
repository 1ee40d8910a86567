"""Errors in answers: a reader for every provider, and helpers for the dialects that write them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from llmcassette.providers.completion import ErrorInfo
from llmcassette.providers.jsonvalue import JSON, arr, first_text, obj, text

if TYPE_CHECKING:
    from llmcassette.providers.payload import Payload

__all__ = ["find_error", "openai_error", "read_error", "sse_event", "status_name"]


def read_error(value: JSON, status: int | None = None) -> ErrorInfo | None:
    """The error in a document, or ``None``.

    Args:
        value: the document. ``{"error": ...}`` with an object or a text, and Cloudflare's
            ``errors``, are errors at any HTTP status; a bare ``message`` (Bedrock, Cohere,
            Mistral) or ``detail`` (FastAPI) only at 400 and above.
        status: the HTTP status; ``None`` inside a stream.
    """
    item = obj(value)
    inner = item.get("error")
    if isinstance(inner, str) and inner:
        return ErrorInfo(message=inner, code=scalar(item.get("code")), status=status)
    if isinstance(inner, dict) and inner:
        return error_of(inner, status)
    if item.get("type") == "error" and "message" in item:
        found = error_of(item, status)
        return ErrorInfo(message=found.message, code=found.code, status=status)
    if item.get("success") is False and (errors := arr(item.get("errors"))):
        return error_of(obj(errors[0]), status)
    if status is None or status < 400:
        return None
    if "message" in item:
        return error_of(item, status)
    if "detail" in item:
        first = obj(next(iter(arr(item["detail"])), None))
        return ErrorInfo(
            message=text(item["detail"]) or text(first.get("msg")),
            type=text(first.get("type")),
            status=status,
        )
    return None


def find_error(payload: Payload, status: int) -> ErrorInfo | None:
    """The first error in the documents."""
    failed = status if status >= 400 else None
    for document in payload.documents:
        if document.exception:
            message = first_text(obj(document.value), "message", "Message")
            return ErrorInfo(message=message, type=document.event)
        if found := read_error(document.value, failed):
            return found
    return None


def error_of(item: dict[str, JSON], status: int | None) -> ErrorInfo:
    return ErrorInfo(
        message=text(item.get("message")),
        type=first_text(item, "type", "status", "__type"),
        code=scalar(item.get("code")),
        status=status,
    )


def scalar(value: JSON) -> str:
    """A text or an integer, as text."""
    return str(value) if isinstance(value, (str, int)) and not isinstance(value, bool) else ""


NEAREST: Final = {4: 400, 5: 500}


def status_name(names: dict[int, str], status: int) -> str:
    """A provider's name for an HTTP status; if it has none, its name for 400 or 500."""
    return names.get(status) or names[NEAREST.get(status // 100, 500)]


OPENAI_TYPES: Final = {
    400: "invalid_request_error",
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    429: "rate_limit_error",
    500: "server_error",
    503: "service_unavailable_error",
}
OPENAI_CODES: Final = {401: "invalid_api_key", 404: "model_not_found", 429: "rate_limit_exceeded"}


def openai_error(status: int, message: str) -> dict[str, JSON]:
    """OpenAI's error body, which most other providers imitate."""
    return {
        "error": {
            "message": message,
            "type": status_name(OPENAI_TYPES, status),
            "param": None,
            "code": OPENAI_CODES.get(status),
        }
    }


def sse_event(value: JSON, event: str = "") -> bytes:
    """One server-sent event with JSON data; unnamed where ``event`` is empty."""
    name = f"event: {event}\n" if event else ""
    return f"{name}data: {json.dumps(value)}\n\n".encode()
