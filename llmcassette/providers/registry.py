"""The wire formats, and which of them a request speaks.

A further format is one module that has what ``Format`` asks for, and its name in ``FORMATS``.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Final, Protocol, cast
from urllib.parse import unquote, urlsplit

from llmcassette.model import NO_HEADERS, Headers, Request
from llmcassette.providers.jsonvalue import JSON, obj, parse
from llmcassette.providers.services import service

if TYPE_CHECKING:
    import re

    from llmcassette.providers.conversation import Conversation

__all__ = ["FORMATS", "Ask", "Format", "by_name", "format_of", "read_ask"]

FORMATS: Final = (
    "openai_responses",
    "anthropic",
    "gemini",
    "bedrock",
    "cohere",
    "ollama",
    "openai_chat",
)
"""In the order they are asked; the ones whose bodies others imitate come last."""


@dataclass(frozen=True, slots=True)
class Ask:
    """A request, taken apart once.

    Attributes:
        path: of the URL, percent-decoded.
        body: the JSON object in the body; empty where there is none.
    """

    host: str
    path: str
    query: str
    headers: Headers
    body: dict[str, JSON]

    def provider(self, otherwise: str) -> str:
        """Whom the request was sent to."""
        return service(self.host) or otherwise


class Format(Protocol):
    """What a module of this package has to have to be a wire format."""

    FORMAT: str
    """The module's own name."""
    ROUTE: re.Pattern[str]
    """Searched in a URL's path."""

    def claims(self, ask: Ask, /) -> bool:
        """By the body alone, at an address that no format knows, this is a request of ours."""
        ...

    def conversation(self, ask: Ask, /) -> Conversation | None:
        """What is asked; ``None`` where the body is not ours after all."""
        ...


@cache
def by_name(name: str) -> Format:
    """The format's module, imported when first asked for."""
    return cast("Format", import_module(f"llmcassette.providers.{name}"))


def read_ask(request: Request) -> Ask:
    """Take a request apart. A URL that is none has neither host nor path."""
    try:
        url = urlsplit(request.url)
        host, path, query = url.hostname or "", unquote(url.path), url.query
    except ValueError:
        host = path = query = ""
    return Ask(host, path, query, request.headers or NO_HEADERS, obj(parse(request.body)))


def format_of(ask: Ask) -> Format | None:
    """By the URL's path; where that says nothing, by the body's shape."""
    formats = [by_name(name) for name in FORMATS]
    at_route = (found for found in formats if found.ROUTE.search(ask.path))
    claimed = (found for found in formats if ask.body and found.claims(ask))
    return next(at_route, None) or next(claimed, None)
