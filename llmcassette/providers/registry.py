"""The wire formats, and which of them a request is in.

A new format is one module in ``dialects/`` that implements ``Format``, and its name in ``FORMATS``.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Final, Protocol, cast

if TYPE_CHECKING:
    import re

    from llmcassette.providers.conversation import Conversation
    from llmcassette.providers.dialects import (
        anthropic,
        bedrock,
        cloudflare,
        cohere,
        cohere_v1,
        gemini,
        mcp,
        ollama,
        openai_chat,
        openai_responses,
        replicate,
        text_completion,
    )
    from llmcassette.providers.drafts import AnswerDraft
    from llmcassette.providers.jsonvalue import JSON
    from llmcassette.providers.parsed_request import ParsedRequest
    from llmcassette.providers.payload import Payload

__all__ = ["FORMATS", "VAGUE", "Format", "format_by_name", "format_of", "is_api_path"]

FORMATS: Final = (
    "openai_responses",
    "anthropic",
    "gemini",
    "bedrock",
    "cohere",
    "cohere_v1",
    "replicate",
    "ollama",
    "cloudflare",
    "mcp",
    "text_completion",
    "openai_chat",
)
"""In the order in which they are tried: formats that others imitate come last."""

VAGUE: Final = ("cloudflare", "mcp", "text_completion")
"""Formats whose answers look like others (MCP's like any JSON-RPC, the others' like any JSON):
they are tried only if the request is in the same format."""


class Format(Protocol):
    """What each module in ``dialects/`` defines."""

    @property
    def FORMAT(self) -> str:  # noqa: N802 (a module's constant)
        """The module's own name."""
        ...

    @property
    def PROVIDER(self) -> str:  # noqa: N802
        """The provider's name for requests to an unknown host."""
        ...

    @property
    def ROUTE(self) -> re.Pattern[str]:  # noqa: N802
        """Found in the path of the format's URLs."""
        ...

    def claims(self, request: ParsedRequest, /) -> bool:
        """Whether a request whose path matches no ``ROUTE`` is in this format, by its body."""
        ...

    def conversation(self, request: ParsedRequest, /) -> Conversation | None:
        """Read a request with a body; ``None`` if it is not in this format."""
        ...

    def recognises(self, event: str, item: dict[str, JSON], /) -> bool:
        """Whether a document belongs to an answer in this format, by its shape.

        Args:
            event: the event's name, or empty.
            item: the document.
        """
        ...

    def answer(self, payload: Payload, /) -> AnswerDraft:
        """Read an answer; missing members stay empty."""
        ...

    def terminal(self, event: str, item: dict[str, JSON], /) -> bool:
        """Whether a document is the last of a stream."""
        ...

    def error_body(self, status: int, message: str, /) -> JSON:
        """The body of an answer with an HTTP status of 400 or more."""
        ...

    def error_event(self, status: int, message: str, /) -> bytes:
        """The event that reports an error inside a stream."""
        ...


if TYPE_CHECKING:
    CHECKED: tuple[Format, ...] = (
        anthropic,
        bedrock,
        cloudflare,
        cohere,
        cohere_v1,
        gemini,
        mcp,
        ollama,
        openai_chat,
        openai_responses,
        replicate,
        text_completion,
    )


@cache
def format_by_name(name: str) -> Format:
    """The format's module, imported on first use."""
    return cast("Format", import_module(f"llmcassette.providers.dialects.{name}"))


def is_api_path(path: str) -> bool:
    """Whether a URL's path is that of one of the formats."""
    return any(format_by_name(name).ROUTE.search(path) for name in FORMATS)


def format_of(request: ParsedRequest) -> Format | None:
    """The format of a request, by the URL's path, else by the body; ``None`` if unknown."""
    formats = [format_by_name(name) for name in FORMATS]
    at_route = [found for found in formats if found.ROUTE.search(request.path)]
    if len(at_route) > 1 and request.body:  # such as Claude on Bedrock: messages, or a prompt
        at_route = [each for each in at_route if each.conversation(request)] or at_route
    claimed = (found for found in formats if request.body and found.claims(request))
    return at_route[0] if at_route else next(claimed, None)
