"""URLs by meaning: RFC 3986, section 6.2, and queries as the pairs they stand for."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from operator import itemgetter
from typing import Final, TypeAlias
from urllib.parse import quote, unquote_to_bytes

__all__ = ["CanonicalUrl", "Pair", "canonical_url", "parse_pairs"]

Pair: TypeAlias = tuple[str, str | None]
"""Name and value of a query parameter or a form field."""

PARTS: Final = re.compile(  # RFC 3986, appendix B
    r"(?:([^:/?#]+):)?(?://([^/?#]*))?([^?#]*)(?:\?([^#]*))?(?:#.*)?", re.DOTALL
)
AUTHORITY: Final = re.compile(r"(?:.*@)?(\[[^\]]*\]|[^:]*)(?::([^:]*))?", re.DOTALL)
DEFAULT_PORTS: Final = {"http": "80", "https": "443", "ws": "80", "wss": "443"}
UNRESERVED: Final = "-._~"
RESERVED: Final = "!$&'()*+,;=:@"  # allowed in a path segment, and not the same as its escape
ESCAPE: Final = re.compile("%([0-9A-Fa-f]{2})")


@dataclass(frozen=True, slots=True)
class CanonicalUrl:
    """The parts of a URL in canonical spelling, without fragment, user and password.

    Attributes:
        scheme: lower case.
        host: lower case; an IPv6 address in brackets.
        port: digits; empty for the scheme's default.
        path: escaped only where necessary, in capital hex digits; ``/`` if it was empty.
        query: decoded pairs, sorted by name; pairs of one name keep their order. A pair without
            ``=`` has the value ``None``; an empty query is one pair of no name.
    """

    scheme: str
    host: str
    port: str
    path: str
    query: tuple[Pair, ...]

    def __str__(self) -> str:
        port = f":{self.port}" if self.port else ""
        pairs = "&".join(map(pair_text, self.query))
        scheme = f"{self.scheme}:" if self.scheme else ""
        authority = f"//{self.host}{port}" if self.host or self.scheme else ""
        return f"{scheme}{authority}{self.path}{'?' if self.query else ''}{pairs}"


@lru_cache(maxsize=1024)
def canonical_url(url: str) -> CanonicalUrl:
    """The canonical form of a URL; any text is accepted.

    Dot segments are kept: httpx has resolved them, and other clients have sent them. User and
    password are dropped: they are sent as a header, which is redacted.
    """
    match = PARTS.fullmatch(url)
    assert match is not None, "the pattern of RFC 3986 matches every text"
    scheme, authority, path = (part or "" for part in match.groups()[:3])
    query: str | None = match[4]
    scheme = scheme.lower()
    host, port = host_and_port(authority)
    if port == DEFAULT_PORTS.get(scheme):
        port = ""
    if authority and not path:
        path = "/"
    pairs = parse_pairs((query or "").encode("utf-8", "surrogatepass"))
    pairs.sort(key=itemgetter(0))
    if query == "":
        pairs = [("", None)]
    return CanonicalUrl(scheme, host, port, canonical_path(path), tuple(pairs))


def host_and_port(authority: str) -> tuple[str, str]:
    match = AUTHORITY.fullmatch(authority)
    if match is None:  # several colons outside brackets: there is no port
        return authority.rpartition("@")[2].lower(), ""
    return match[1].lower(), match[2] or ""


def canonical_path(path: str) -> str:
    """Escapes of unreserved characters decoded, other escapes in capitals, the rest escaped."""
    return "".join(
        canonical_escape(piece)
        if index % 2
        else quote(piece, UNRESERVED + RESERVED + "/%", errors="surrogatepass")
        for index, piece in enumerate(ESCAPE.split(path))
    )


def canonical_escape(digits: str) -> str:
    character = chr(int(digits, 16))
    if character.isascii() and (character.isalnum() or character in UNRESERVED):
        return character
    return f"%{digits.upper()}"


def pair_text(pair: Pair) -> str:
    name, value = pair
    return escaped(name) if value is None else f"{escaped(name)}={escaped(value)}"


def parse_pairs(query: bytes) -> list[Pair]:
    """The pairs of a query or a form body (WHATWG URL, application/x-www-form-urlencoded).

    Bytes that are not UTF-8 become different lone surrogates. A piece without ``=`` has the value
    ``None``.
    """
    pairs: list[Pair] = []
    for piece in query.split(b"&"):
        if piece:
            name, equals, value = piece.replace(b"+", b" ").partition(b"=")
            pairs.append((percent_decoded(name), percent_decoded(value) if equals else None))
    return pairs


def percent_decoded(text: bytes | str) -> str:
    return unquote_to_bytes(text).decode("utf-8", "surrogateescape")


def escaped(text: str) -> str:
    return quote(text, UNRESERVED, errors="surrogateescape")
