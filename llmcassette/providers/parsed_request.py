"""A request, parsed once for all formats that look at it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from llmcassette.providers.jsonvalue import JSON, obj, parse
from llmcassette.providers.services import service

if TYPE_CHECKING:
    from llmcassette.model import Headers, Request

__all__ = ["ParsedRequest", "parse_request"]


@dataclass(frozen=True, slots=True)
class ParsedRequest:
    """The parts of a request that formats read.

    Attributes:
        method: in upper case.
        host: of the URL; empty where the URL is invalid.
        path: of the URL, percent-decoded; empty where the URL is invalid.
        body: the JSON object in the body; empty where there is none.
    """

    method: str
    host: str
    path: str
    headers: Headers
    body: dict[str, JSON]

    def provider(self, default: str) -> str:
        """The provider that the host belongs to, or ``default``."""
        return service(self.host) or default


def parse_request(request: Request) -> ParsedRequest:
    """Parse URL and body; never raises."""
    method = request.method.upper() or "GET"
    try:
        url = urlsplit(request.url)
        host, path = url.hostname or "", unquote(url.path)
    except ValueError:
        host = path = ""
    return ParsedRequest(method, host, path, request.headers, obj(parse(request.body)))
