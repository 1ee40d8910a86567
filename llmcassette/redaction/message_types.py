"""Checks what a user's function has made of a request or response."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Final

from llmcassette.model import Headers

if TYPE_CHECKING:
    from llmcassette.model import Request, Response

__all__ = ["wrong_field"]

TYPES: Final[dict[str, type | tuple[type, ...]]] = {
    "str": str,
    "bytes": bytes,
    "int": int,
    "bool": bool,
    "float": (int, float),
    "Headers": Headers,
    "tuple[str, ...]": tuple,
    "tuple[Chunk, ...] | None": (tuple, type(None)),
}
"""By the annotation of a field."""


def wrong_field(message: Request | Response) -> str:
    """Which field has a value of the wrong type, for a message; empty for none."""
    for each in fields(message):
        value = getattr(message, each.name)
        wanted = TYPES.get(str(each.type), object)
        if not isinstance(value, wanted):
            return f"{each.name} is a {type(value).__name__}; it must be {named(str(each.type))}"
        if isinstance(value, Headers):
            texts = [text for pair in value.multi_items() for text in pair]
            if not all(isinstance(text, str) for text in texts):
                return f"{each.name} contains what is no text; names and values must be str"
    return ""


def named(annotation: str) -> str:
    return "llmcassette.Headers" if annotation == "Headers" else annotation
