"""Redacts credentials in URLs: user and password, and parameters with telling names."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote_plus

from llmcassette.redaction.credential_names import is_credential_parameter, normalised
from llmcassette.redaction.edits import MARK, MARK_IN_AUTHORITY

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["AUTHORITY", "credentials_in_url", "scrub_url"]

PUBLIC_PARAMETERS: Final = frozenset(
    f"xamz{name}" for name in ("algorithm", "date", "expires", "signedheaders", "contentsha256")
)
"""Parameters redacted like all of ``X-Amz-*``, whose values are no secrets elsewhere."""

AUTHORITY = re.compile(r"^((?:[A-Za-z][A-Za-z0-9+.-]*:)?//)([^/?#]*@)?[^/?#]*")
PARAMETER = re.compile(
    r"([?&;#])([^?&;=#\s\"'<>/]{1,128}+)="
    r"([^&;#\s\"'<>]++(?:;(?![^=;&#\s]*+=)[^&;#\s\"'<>]*+)*+)"
)
"""A semicolon separates parameters if a name and ``=`` follow; else it belongs to the value."""
USERINFO = re.compile(r"(?<=://)[^/?#\s\"'<>]+@")


def scrub_url(
    url: str, names: frozenset[str] = frozenset(), spared: frozenset[str] = frozenset()
) -> str:
    """A URL without credentials, for files and messages.

    The marker is ``[REDACTED]`` in the query, which every parser accepts, and ``%5BREDACTED%5D`` in
    the authority, where brackets mean an IPv6 address.

    Args:
        url: a whole URL, its path and query only, or a text with URLs, such as a ``Link`` header.
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


def credentials_in_url(
    url: str, names: frozenset[str] = frozenset(), spared: frozenset[str] = frozenset()
) -> Iterator[tuple[str, str]]:
    """Place and decoded value of each credential in a URL; see ``scrub_url``."""
    authority = AUTHORITY.match(url)
    if authority and authority[2]:
        user, _, password = authority[2][:-1].partition(":")
        yield "userinfo", unquote_plus(password or user)
    for found in PARAMETER.finditer(url):
        name = normalised(unquote_plus(found[2]))
        if name in spared or name in PUBLIC_PARAMETERS:
            continue
        if is_credential_parameter(found[2], names):
            yield f"parameter {found[2]}", unquote_plus(found[3])
