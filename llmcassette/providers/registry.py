"""The wire formats, and which of them a request speaks.

A further format is one module that has what ``Format`` asks for, and its name in ``FORMATS``.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Final, Protocol, cast

if TYPE_CHECKING:
    import re

    from llmcassette.providers.answer import Answer
    from llmcassette.providers.ask import Ask
    from llmcassette.providers.conversation import Conversation
    from llmcassette.providers.dialects import (
        anthropic,
        bedrock,
        cloudflare,
        cohere,
        gemini,
        ollama,
        openai_chat,
        openai_responses,
    )
    from llmcassette.providers.jsonvalue import JSON
    from llmcassette.providers.wire import Payload

__all__ = ["FORMATS", "VAGUE", "Format", "by_name", "format_of"]

FORMATS: Final = (
    "openai_responses",
    "anthropic",
    "gemini",
    "bedrock",
    "cohere",
    "ollama",
    "cloudflare",
    "openai_chat",
)
"""In the order they are asked; the ones whose bodies others imitate come last."""

VAGUE: Final = ("cloudflare",)
"""Formats whose answers could be anybody's: read only where the request is in that format."""


class Format(Protocol):
    """What a module of this package has to have to be a wire format."""

    @property
    def FORMAT(self) -> str:  # noqa: N802 (a module's constant)
        """The module's own name."""
        ...

    @property
    def PROVIDER(self) -> str:  # noqa: N802
        """Whose format it is, for requests to a host nobody knows."""
        ...

    @property
    def ROUTE(self) -> re.Pattern[str]:  # noqa: N802
        """Searched in a URL's path."""
        ...

    def claims(self, ask: Ask, /) -> bool:
        """By the body alone, at an address that no format knows, this is a request of ours."""
        ...

    def conversation(self, ask: Ask, /) -> Conversation | None:
        """What is asked, of a body that is not empty; ``None`` where it is not ours after all."""
        ...

    def recognises(self, event: str, item: dict[str, JSON], /) -> bool:
        """By its shape alone, this is a document of one of our answers."""
        ...

    def answer(self, payload: Payload, /) -> Answer:
        """Put an answer together; whatever a document lacks is left empty."""
        ...

    def terminal(self, event: str, item: dict[str, JSON], /) -> bool:
        """It is the document that ends a stream of ours."""
        ...

    def error_body(self, status: int, message: str, /) -> JSON:
        """What we answer with an HTTP status that is an error."""
        ...

    def error_event(self, status: int, message: str, /) -> bytes:
        """What we send when a stream that has begun fails."""
        ...


if TYPE_CHECKING:
    CHECKED: tuple[Format, ...] = (
        anthropic,
        bedrock,
        cloudflare,
        cohere,
        gemini,
        ollama,
        openai_chat,
        openai_responses,
    )


@cache
def by_name(name: str) -> Format:
    """The format's module, imported when first asked for."""
    return cast("Format", import_module(f"llmcassette.providers.dialects.{name}"))


def format_of(ask: Ask) -> Format | None:
    """By the URL's path; where that says nothing, by the body's shape."""
    formats = [by_name(name) for name in FORMATS]
    at_route = (found for found in formats if found.ROUTE.search(ask.path))
    claimed = (found for found in formats if ask.body and found.claims(ask))
    return next(at_route, None) or next(claimed, None)
