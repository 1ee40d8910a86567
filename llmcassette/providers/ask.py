"""A request, taken apart once for every wire format that looks at it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from llmcassette.providers.jsonvalue import JSON, obj, parse
from llmcassette.providers.services import service

if TYPE_CHECKING:
    from llmcassette.model import Headers, Request

__all__ = ["Ask", "read_ask"]


@dataclass(frozen=True, slots=True)
class Ask:
    """A request, taken apart once.

    Attributes:
        path: of the URL, percent-decoded.
        body: the JSON object in the body; empty where there is none.
    """

    host: str
    path: str
    headers: Headers
    body: dict[str, JSON]

    def provider(self, otherwise: str) -> str:
        """Whom the request was sent to."""
        return service(self.host) or otherwise


def read_ask(request: Request) -> Ask:
    """Take a request apart. A URL that is none has neither host nor path."""
    try:
        url = urlsplit(request.url)
        host, path = url.hostname or "", unquote(url.path)
    except ValueError:
        host = path = ""
    return Ask(host, path, request.headers, obj(parse(request.body)))
