"""Credentials in URLs: userinfo, and parameters whose names say that they hold one."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote_plus

from llmcassette.redaction.edits import MARK, MARK_IN_AUTHORITY
from llmcassette.redaction.settings import DEFAULT_FIELDS, normalised

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = [
    "credentials_in_url",
    "is_credential_parameter",
    "scrub_url",
]

PARAMETERS: Final = frozenset(
    map(
        normalised,
        (
            *DEFAULT_FIELDS,
            "access_key",
            "access_key_id",
            "access_signature",
            "aws_access_key_id",
            "auth",
            "code_verifier",
            "google_access_id",
            "jwt",
            "key",
            "key_pair_id",
            "pass",
            "policy_signature",
            "pwd",
            "sas",
            "sig",
            "signature",
            "token",
            "x_goog_credential",
            "x_goog_security_token",
            "x_goog_signature",
        ),
    )
)
NO_VALUE_OF_THEIRS: Final = frozenset(
    f"xamz{name}" for name in ("algorithm", "date", "expires", "signedheaders", "contentsha256")
)
"""Redacted with the rest of ``X-Amz-*``, but no secrets to look for elsewhere."""

AUTHORITY = re.compile(r"^((?:[A-Za-z][A-Za-z0-9+.-]*:)?//)([^/?#]*@)?[^/?#]*")
PARAMETER = re.compile(
    r"([?&;#])([^?&;=#\s\"'<>/]{1,128}+)="
    r"([^&;#\s\"'<>]++(?:;(?![^=;&#\s]*+=)[^&;#\s\"'<>]*+)*+)"
)
"""A semicolon separates parameters where a name and ``=`` follow it; else it belongs to a value."""
USERINFO = re.compile(r"(?<=://)[^/?#\s\"'<>]+@")


@lru_cache(maxsize=4096)
def is_credential_parameter(name: str, names: frozenset[str] = frozenset()) -> bool:
    """Whether a query or form parameter is known, or named in ``names``, to hold a credential."""
    plain = normalised(unquote_plus(name))
    return plain in PARAMETERS or plain.startswith("xamz") or plain in names


def scrub_url(
    url: str, names: frozenset[str] = frozenset(), spared: frozenset[str] = frozenset()
) -> str:
    """A URL, or its path and query alone, without credentials; for files and for messages.

    The mark is ``[REDACTED]`` in the query, which every parser takes, and ``%5BREDACTED%5D`` in the
    authority, where a bracket would mean an IPv6 address.

    Args:
        url: also any text with URLs in it, such as a ``Link`` header.
        names: further parameters to redact, normalised.
        spared: parameters not to redact, normalised.
    """
    return PARAMETER.sub(
        lambda found: scrub_parameter(found, names, spared),
        USERINFO.sub(f"{MARK_IN_AUTHORITY}@", url),
    )


def scrub_parameter(found: re.Match[str], names: frozenset[str], spared: frozenset[str]) -> str:
    before, name, _ = found.groups()
    if normalised(unquote_plus(name)) in spared or not is_credential_parameter(name, names):
        return found[0]
    return f"{before}{name}={MARK}"


def credentials_in_url(url: str, names: frozenset[str] = frozenset()) -> Iterator[tuple[str, str]]:
    """Where a credential stands in a URL, and its value, decoded."""
    authority = AUTHORITY.match(url)
    if authority and authority[2]:
        user, _, password = authority[2][:-1].partition(":")
        yield "userinfo", unquote_plus(password or user)
    for found in PARAMETER.finditer(url):
        name = normalised(unquote_plus(found[2]))
        if is_credential_parameter(found[2], names) and name not in NO_VALUE_OF_THEIRS:
            yield f"parameter {found[2]}", unquote_plus(found[3])
