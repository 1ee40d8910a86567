"""Errors as the providers tell them: read, and written."""

from __future__ import annotations

import json
from typing import Final

from llmcassette.providers.completion import ErrorInfo
from llmcassette.providers.jsonvalue import JSON, arr, first_text, obj, text

__all__ = ["read_error", "sse", "status_name"]


def read_error(value: JSON, status: int | None = None) -> ErrorInfo | None:
    """The error a document tells of, if it does.

    Every provider's ``{"error": ...}``, with an object or a text in it, counts in any answer; a
    bare ``message`` (Bedrock, Cohere, Mistral) or ``detail`` (FastAPI) only where the HTTP status
    says that it is an error. Cloudflare lists its ``errors``.
    """
    item = obj(value)
    inner = item.get("error")
    if isinstance(inner, str) and inner:
        return ErrorInfo(message=inner, code=scalar(item.get("code")), status=status)
    if isinstance(inner, dict) and inner:
        return of_object(inner, status)
    if item.get("type") == "error" and "message" in item:
        found = of_object(item, status)
        return ErrorInfo(message=found.message, code=found.code, status=status)
    if item.get("success") is False and (listed := arr(item.get("errors"))):
        return of_object(obj(listed[0]), status)
    if status is None or status < 400:
        return None
    if "message" in item:
        return of_object(item, status)
    if "detail" in item:
        first = obj(next(iter(arr(item["detail"])), None))
        return ErrorInfo(
            message=text(item["detail"]) or text(first.get("msg")),
            type=text(first.get("type")),
            status=status,
        )
    return None


def of_object(item: dict[str, JSON], status: int | None) -> ErrorInfo:
    return ErrorInfo(
        message=text(item.get("message")),
        type=first_text(item, "type", "status", "__type"),
        code=scalar(item.get("code")),
        status=status,
    )


def scalar(value: JSON) -> str:
    """A text or a number, as text."""
    return str(value) if isinstance(value, (str, int)) and not isinstance(value, bool) else ""


NEAREST: Final = {4: 400, 5: 500}


def status_name(names: dict[int, str], status: int) -> str:
    """A provider's name for a status; for one it has none for, that of 400 or of 500."""
    return names.get(status) or names[NEAREST.get(status // 100, 500)]


def sse(value: JSON, event: str = "") -> bytes:
    """One event of a stream, as the providers write theirs."""
    name = f"event: {event}\n" if event else ""
    return f"{name}data: {json.dumps(value)}\n\n".encode()
