"""Errors for clients, in the shape that the provider's own SDK parses."""

from __future__ import annotations

import json
from typing import Final

from llmcassette.providers.registry import FORMATS, format_by_name

__all__ = ["error_body", "error_event"]

OWN_SHAPE: Final = {
    "anthropic": "anthropic",
    "bedrock": "bedrock",
    "cloudflare": "cloudflare",
    "cohere": "cohere",
    "google": "gemini",
    "ollama": "ollama",
    "vertex": "gemini",
}
"""The format of a provider's errors, where they are not OpenAI's."""

ANY_FORMAT: Final = ("bedrock", "google", "vertex")
"""Platforms that answer errors in their own shape, whatever the model's format."""


def error_body(provider: str, status: int, message: str, *, format: str = "") -> tuple[str, bytes]:
    """Content type and body of an answer with an error.

    Args:
        provider: as in ``Identity``; may be empty. Unknown providers get OpenAI's shape, which
            most others imitate.
        status: the HTTP status, 400 or more.
        message: for the person who reads it.
        format: as in ``Identity``; may be empty.
    """
    value = format_by_name(shape(provider, format, ANY_FORMAT)).error_body(status, message)
    return "application/json", json.dumps(value).encode()


def error_event(provider: str, status: int, message: str, *, format: str = "") -> bytes:
    """The event that reports an error inside a stream; arguments as for ``error_body``."""
    return format_by_name(shape(provider, format, ("bedrock",))).error_event(status, message)


def shape(provider: str, format: str, platforms: tuple[str, ...]) -> str:
    """The format to write an error in: the platform's, else the request's, else the provider's."""
    if provider in platforms:
        return OWN_SHAPE[provider]
    if format or provider in FORMATS:
        return format or provider
    return OWN_SHAPE.get(provider, "openai_chat")
