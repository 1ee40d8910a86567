"""Errors for clients, in the shape that the SDK of the request's provider reads."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

from llmcassette.errors import UnmatchedRequestError
from llmcassette.providers import error_body, identify
from llmcassette.providers.services import service

if TYPE_CHECKING:
    from llmcassette.model import Request

__all__ = ["Problem", "problem", "status_of"]


class Problem(NamedTuple):
    """An answer that reports an error.

    Attributes:
        code: its HTTP status.
        headers: its header fields.
        body: its body, JSON.
    """

    code: int
    headers: list[tuple[bytes, bytes]]
    body: bytes


def problem(request: Request, code: int, message: str, *, may_retry: bool = False) -> Problem:
    """An answer that reports an error.

    Args:
        request: as sent, with the URL of the provider.
        code: the HTTP status.
        message: for the person who reads it.
        may_retry: whether an SDK may send the request again; without it OpenAI's, Anthropic's and
            Groq's don't, whatever the status.
    """
    identity = identify(request)
    if identity is None:
        content_type, body = error_body(service(_host(request.url)), code, message)
    else:
        content_type, body = error_body(identity.provider, code, message, format=identity.format)
    headers = [
        (b"content-type", content_type.encode()),
        (b"content-length", b"%d" % len(body)),
    ]
    if not may_retry:
        headers.append((b"x-should-retry", b"false"))
    return Problem(code, headers, body)


def status_of(error: BaseException) -> int:
    """The HTTP status for an error: one after which no SDK tries again."""
    return (
        HTTPStatus.NOT_FOUND if isinstance(error, UnmatchedRequestError) else HTTPStatus.BAD_REQUEST
    )


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""
