"""Faults before there is an answer."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from llmcassette.model import Headers, Response
from llmcassette.providers import error_body
from llmcassette.recorder.faults.answer import Faulty
from llmcassette.recorder.steps import Failure

if TYPE_CHECKING:
    from llmcassette.recorder.faults.answer import Target
    from llmcassette.recorder.faults.fault import Fault

__all__ = ["failed", "status"]

OF_GATEWAYS: Final = (502, 504)
"""Errors of a proxy itself, which has a page of HTML, whatever API is behind it."""
OVERLOADED: Final = 529


def failed(kind: str, fault: Fault) -> Faulty:
    """The client's own error, instead of an answer."""
    return Faulty(failure=Failure(kind, f"{fault!r}"), plays=False)


def status(target: Target) -> Faulty:
    """An error status, in the provider's shape."""
    fault = target.fault
    code = fault.options["code"]
    assert isinstance(code, int)
    phrase = phrase_of(code)
    message = str(fault.options["message"] or f"{phrase} ({fault!r})")
    if code in OF_GATEWAYS:
        content_type, body = "text/html", page(f"{code} {phrase}")
    else:
        content_type, body = error_body(target.provider, code, message, format=target.format)
    fields = [("content-type", content_type)]
    if (seconds := fault.options["retry_after"]) is not None:
        fields.append(("retry-after", f"{seconds}"))
    response = Response(code=code, status=f"{code} {phrase}", headers=Headers(fields), body=body)
    return Faulty(response=response, plays=False)


def phrase_of(code: int) -> str:
    """The reason phrase; 529 is Anthropic's own."""
    if code == OVERLOADED:
        return "Overloaded"
    try:
        return HTTPStatus(code).phrase
    except ValueError:
        return "Error"


def page(title: str) -> bytes:
    return (
        f"<html><head><title>{title}</title></head><body><h1>{title}</h1></body></html>\n"
    ).encode()
