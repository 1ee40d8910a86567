"""Decodes the bodies of requests, so that they are compared by content."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from llmcassette.model import Headers
from llmcassette.streams.bounds import DEFAULT_BOUNDS, Bounds, ExpandsError
from llmcassette.streams.codings import decode_body

if TYPE_CHECKING:
    from llmcassette.model import Request

__all__ = ["decoded_request"]

CODING_HEADERS: Final = frozenset({"content-encoding", "content-length"})


def decoded_request(request: Request, bounds: Bounds = DEFAULT_BOUNDS) -> Request:
    """The request with its body decoded, and without the headers that describe the coding.

    The same object if there is nothing to decode, or if the body can't be decoded.

    Raises:
        CassetteError: the body decodes to more than ``bounds``.
    """
    coding = ", ".join(request.headers.get_list("content-encoding"))
    if not coding:
        return request
    try:
        body = decode_body(request.body, coding, bounds)
    except ExpandsError as error:
        raise error.at(field="request.body") from None
    if body is request.body:
        return request
    kept = [pair for pair in request.headers.multi_items() if pair[0].lower() not in CODING_HEADERS]
    return replace(request, headers=Headers(kept), body=body, content_length=len(body))
