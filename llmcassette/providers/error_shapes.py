"""Errors to answer with, in the shape that a provider's own SDK reads."""

from __future__ import annotations

import json
from typing import Final

from llmcassette.providers.registry import FORMATS, by_name

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
"""Providers whose errors don't have OpenAI's shape, and the format that has theirs."""

ANY_FORMAT: Final = ("bedrock", "google", "vertex")
"""Platforms that answer in their own shape before a model is asked, whatever its format."""


def error_body(provider: str, status: int, message: str, *, format: str = "") -> tuple[str, bytes]:
    """Content type and body of an answer with an error's HTTP status.

    ``provider`` and ``format`` are an ``Identity``'s; either may be left empty. A provider nobody
    knows answers as OpenAI does, which is what most others imitate.
    """
    value = by_name(shape(provider, format, ANY_FORMAT)).error_body(status, message)
    return "application/json", json.dumps(value).encode()


def error_event(provider: str, status: int, message: str, *, format: str = "") -> bytes:
    """The event with which a stream fails that has begun; ``status`` says what kind of error."""
    return by_name(shape(provider, format, ("bedrock",))).error_event(status, message)


def shape(provider: str, format: str, overrule: tuple[str, ...]) -> str:
    """Name of the format whose errors are meant: the platform's, the format's, the provider's."""
    if provider in overrule:
        return OWN_SHAPE[provider]
    if format or provider in FORMATS:
        return format or provider
    return OWN_SHAPE.get(provider, "openai_chat")
