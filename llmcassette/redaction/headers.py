"""Which headers reach a file: an allow-list, since no list of dangerous ones is ever complete."""

from __future__ import annotations

import re
from fnmatch import translate
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from llmcassette.model import Headers
from llmcassette.redaction.settings import carries_credentials
from llmcassette.redaction.urls import scrub_url

if TYPE_CHECKING:
    from llmcassette.redaction.settings import Redaction

__all__ = ["REQUEST_HEADERS", "RESPONSE_HEADERS", "kept_headers"]

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


@lru_cache(maxsize=64)
def compiled(globs: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("|".join(map(translate, globs)), re.IGNORECASE)


def kept_headers(headers: Headers, allowed: tuple[str, ...], redaction: Redaction) -> Headers:
    """The headers a file may hold, URLs in them scrubbed; the others are left out altogether."""
    listed = compiled(allowed)
    kept = []
    for name, values in headers.fields:
        if listed.match(name) is None and (
            not redaction.keep_headers
            or compiled(redaction.keep_headers).match(name) is None
            or carries_credentials(name)
        ):
            continue
        scrubbed = (
            scrub_url(value, redaction.field_names, redaction.spared_names) for value in values
        )
        kept.append((name, tuple(scrubbed)))
    return Headers(kept)
