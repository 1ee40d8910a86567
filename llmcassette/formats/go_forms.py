"""The ``form`` of a request as Go's ``http.Request.ParseForm`` has it.

go-vcr's default matcher compares it (``pkg/cassette/cassette.go``, version 4), so a request with a
query or a form body can't be replayed by go-vcr without it.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote_plus, urlsplit

from llmcassette.model import Headers, Request

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["parsed_form", "with_form"]

METHODS_WITH_FORM: Final = frozenset({"POST", "PUT", "PATCH"})
BAD_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")


def with_form(request: Request) -> Request:
    """The request with the ``form`` that go-vcr would have recorded, unless it has one."""
    form = Headers() if request.form else parsed_form(request)
    return replace(request, form=form) if form else request


def parsed_form(request: Request) -> Headers:
    """The values of the form body, then those of the query, by name; names are sorted."""
    values: dict[str, list[str]] = {}
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if request.method in METHODS_WITH_FORM and media_type == "application/x-www-form-urlencoded":
        for name, value in parsed_pairs(request.body.decode("utf-8", "replace")):
            values.setdefault(name, []).append(value)
    for name, value in parsed_pairs(query_of(request.url)):
        values.setdefault(name, []).append(value)
    return Headers(sorted(values.items()))


def query_of(url: str) -> str:
    try:
        return urlsplit(url).query
    except ValueError:
        return ""


def parsed_pairs(text: str) -> Iterator[tuple[str, str]]:
    """As ``url.ParseQuery``, which skips pairs with a semicolon or a broken escape."""
    for pair in text.split("&"):
        if pair and ";" not in pair and not BAD_ESCAPE.search(pair):
            name, _, value = pair.partition("=")
            yield unquote_plus(name), unquote_plus(value)
