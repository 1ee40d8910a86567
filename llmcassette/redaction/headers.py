"""Drops the headers that a cassette must not contain.

An allow-list, because no list of dangerous headers is ever complete.
"""

from __future__ import annotations

import re
from fnmatch import translate
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from llmcassette.model import Headers
from llmcassette.redaction.credential_names import carries_credentials
from llmcassette.redaction.urls import scrub_url

if TYPE_CHECKING:
    from llmcassette.redaction.settings import Redaction

__all__ = ["REQUEST_HEADERS", "RESPONSE_HEADERS", "drop_headers"]

REQUEST_HEADERS: Final = ("accept", "content-type", "user-agent")
RESPONSE_HEADERS: Final = (
    "content-type",
    "link",
    "location",
    "retry-after",
    "retry-after-ms",
    "x-should-retry",
    "*request-id",
    "*ratelimit-*",
    "x-goog-upload-*",
)


def drop_headers(headers: Headers, allowed: tuple[str, ...], redaction: Redaction) -> Headers:
    """The headers to keep, with the credentials of their URLs redacted.

    Args:
        headers: of a request or a response.
        allowed: globs of names to keep: ``REQUEST_HEADERS`` or ``RESPONSE_HEADERS``.
        redaction: names further headers to keep.
    """
    kept = []
    for name, values in headers.fields:
        if is_allowed(name, allowed) or (
            is_allowed(name, redaction.keep_headers) and not carries_credentials(name)
        ):
            names, spared = redaction.field_names, redaction.spared_names
            kept.append((name, tuple(scrub_url(value, names, spared) for value in values)))
    return Headers(kept)


def is_allowed(name: str, globs: tuple[str, ...]) -> bool:
    return bool(globs) and compiled(globs).match(name) is not None


@lru_cache(maxsize=64)
def compiled(globs: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("|".join(map(translate, globs)), re.IGNORECASE)
