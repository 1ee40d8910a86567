"""Chooses the headers that a cassette contains.

Of answers everything is kept that a client may act on: all but noise, identity and credentials. Of
requests, which replay needs only to compare bodies, a short list is kept: no list of headers that
are secret is ever complete.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from fnmatch import translate
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from llmcassette.model import Headers
from llmcassette.redaction.credential_names import carries_credentials
from llmcassette.redaction.set_cookie import parsed_date, recorded_cookie
from llmcassette.redaction.urls import scrub_url

if TYPE_CHECKING:
    from llmcassette.redaction.settings import Redaction

__all__ = [
    "DROPPED",
    "REQUEST_HEADERS",
    "kept_of_request",
    "kept_of_response",
    "with_content_length",
]

REQUEST_HEADERS: Final = ("content-encoding", "content-type", "mcp-session-id", "user-agent")

TRANSPORT: Final = (
    "age",
    "alt-svc",
    "connection",
    "date",
    "keep-alive",
    "proxy-connection",
    "server",
    "transfer-encoding",
    "upgrade",
    "via",
    "x-powered-by",
)
BROWSERS: Final = (
    "access-control-*",
    "content-security-policy*",
    "cross-origin-*",
    "expect-ct",
    "nel",
    "origin-agent-cluster",
    "permissions-policy",
    "referrer-policy",
    "report-to",
    "reporting-endpoints",
    "server-timing",
    "strict-transport-security",
    "timing-allow-origin",
    "x-content-type-options",
    "x-dns-prefetch-control",
    "x-download-options",
    "x-frame-options",
    "x-permitted-cross-domain-policies",
    "x-robots-tag",
    "x-xss-protection",
)
PROXIES: Final = (
    "cf-*",
    "forwarded",
    "x-accel-*",
    "x-amz-cf-*",
    "x-azure-ref",
    "x-cache*",
    "x-envoy-*",
    "x-forwarded-*",
    "x-kong-*",
    "x-openai-proxy-*",
    "x-served-by",
    "x-timer",
)
TRACING: Final = (
    "traceparent",
    "traceresponse",
    "tracestate",
    "x-amzn-trace-id",
    "x-b3-*",
    "x-cloud-trace-context",
    "*-trace-id",
)
IDENTITY: Final = (
    "*account-id",
    "*organization*",
    "*-project",
    "*-project-id",
    "azureml-model-session",
    "x-client-ip",
    "x-hostname",
    "x-ms-deployment-name",
    "x-ms-region",
    "x-real-ip",
)
DROPPED: Final = (*TRANSPORT, *BROWSERS, *PROXIES, *TRACING, *IDENTITY)
"""Headers of answers that are not recorded: no client acts on them, they name the account, or they
would age (``Date``)."""


def kept_of_request(headers: Headers, redaction: Redaction) -> Headers:
    """A request's headers that are recorded."""
    return Headers(
        [
            (name, scrubbed(values, redaction))
            for name, values in headers.fields
            if is_one_of(name, REQUEST_HEADERS)
            or (is_one_of(name, redaction.keep_headers) and not carries_credentials(name))
        ]
    )


def kept_of_response(
    headers: Headers, redaction: Redaction, fakes: frozenset[str] = frozenset()
) -> Headers:
    """An answer's headers that are recorded.

    Args:
        headers: of an answer, or its trailer.
        redaction: names headers to keep all the same.
        fakes: ``Set-Cookie`` values that a redaction function has put in.
    """
    kept: list[tuple[str, tuple[str, ...]]] = []
    for name, values in headers.fields:
        if name.lower() == "set-cookie":
            now = time_of(headers)
            cookies = (
                recorded_cookie(value, redaction, now, is_fake=value in fakes) for value in values
            )
            kept.append((name, tuple(cookies)))
        elif not carries_credentials(name) and (
            not is_one_of(name, DROPPED) or is_one_of(name, redaction.keep_headers)
        ):
            kept.append((name, scrubbed(values, redaction)))
    return Headers(kept)


def with_content_length(headers: Headers, old: int, new: int) -> Headers:
    """The headers with a right ``Content-Length``, if that of the old body was right.

    Args:
        headers: of a message whose body has changed.
        old: the size of the old body, in bytes.
        new: that of the new one.
    """
    if old == new or headers.get("content-length") != str(old):
        return headers
    return Headers(
        [
            (name, (str(new),) if name.lower() == "content-length" else values)
            for name, values in headers.fields
        ]
    )


def scrubbed(values: tuple[str, ...], redaction: Redaction) -> tuple[str, ...]:
    names, spared = redaction.field_names, redaction.spared_names
    return tuple(scrub_url(value, names, spared) for value in values)


def time_of(headers: Headers) -> datetime:
    """When an answer came: by its ``Date``; else now."""
    try:
        return parsed_date(headers["date"])
    except (KeyError, ValueError, OverflowError):
        return datetime.now(UTC)


def is_one_of(name: str, globs: tuple[str, ...]) -> bool:
    return bool(globs) and compiled(globs).match(name) is not None


@lru_cache(maxsize=64)
def compiled(globs: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("|".join(map(translate, globs)), re.IGNORECASE)
