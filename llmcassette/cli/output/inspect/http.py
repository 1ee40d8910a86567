"""Interactions as HTTP: those that are no conversation, and the view ``--raw``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, cast

from llmcassette.cli.output.layout import Row
from llmcassette.escaping import one_line, printable
from llmcassette.matching.difference.text import preview
from llmcassette.providers.jsonvalue import parse
from llmcassette.redaction.credential_names import carries_credentials
from llmcassette.redaction.urls import scrub_url
from llmcassette.review.numbers import joined, seconds, size
from llmcassette.review.texts import body_text, hexadecimal, status_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from llmcassette.cli.output.layout import Block
    from llmcassette.json.value import JsonValue
    from llmcassette.model import Headers, Request, Response

__all__ = ["raw_lines", "request_blocks", "response_blocks"]

BODY_LINES: Final = 4
BODY_LENGTH: Final = 400


def request_blocks(request: Request, *, full: bool) -> Iterator[Block]:
    """Type and size of a request's body, and its beginning."""
    if request.body:
        details = joined([request.headers.get("content-type", ""), size(len(request.body))])
        yield Row("request", [(one_line(details), "dim")])
        yield body_row(request.body, full=full)


def response_blocks(response: Response, *, full: bool, stable: bool) -> Iterator[Block]:
    """Status, type and size of a response, and the beginning of its body.

    Args:
        response: the response.
        full: show the whole body.
        stable: leave out the time, which differs from run to run.
    """
    details = [
        one_line(status_text(response)),
        one_line(response.headers.get("content-type", "")),
        size(len(response.body)) if response.body else "no body" if response.came else "",
        f"ended: {one_line(response.ended)}" if response.came and response.ended else "",
        seconds(response.duration) if response.duration and not stable else "",
    ]
    failed = response.code >= 400 or not response.came
    yield Row("response", [(joined(details), "error" if failed else "dim")])
    if response.body:
        yield body_row(response.body, full=full)


def body_row(body: bytes, *, full: bool) -> Row:
    """The beginning of a body; JSON on one line."""
    text = body_text(body)
    if text is None:
        return Row("", [(hexadecimal(body), "dim")])
    value = parse(body)
    if isinstance(value, (dict, list)) and not full:
        return Row("", [(preview(cast("JsonValue", value), BODY_LENGTH), "")], limit=BODY_LINES)
    return Row("", [(printable(text.strip()), "")], limit=BODY_LINES)


def raw_lines(request: Request, response: Response) -> Iterator[str]:
    """Request and response as HTTP/1.1 would send them, without credentials."""
    yield one_line(f"{request.method or 'GET'} {scrub_url(request.url)} {request.proto}")
    yield from header_lines(request.headers)
    yield ""
    yield from body_lines(request.body)
    if request.body:
        yield ""
    yield one_line(f"{response.proto} {status_text(response)}")
    yield from header_lines(response.headers)
    yield ""
    yield from body_lines(response.body)


def header_lines(headers: Headers) -> Iterator[str]:
    for name, value in headers.multi_items():
        shown = "[REDACTED]" if carries_credentials(name) else scrub_url(value)
        yield one_line(f"{name}: {shown}")


def body_lines(body: bytes) -> Iterator[str]:
    if not body:
        return
    text = body_text(body)
    if text is None:
        yield f"({size(len(body))}: {hexadecimal(body)})"
    else:
        yield from printable(text).removesuffix("\n").split("\n")
