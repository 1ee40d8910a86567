"""Wire formats: a request read as a ``Conversation``, an answer as a ``Completion``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmcassette.providers.conversation import (
    Conversation,
    Media,
    Message,
    Other,
    Part,
    Reasoning,
    Refusal,
    Text,
    Tool,
    ToolCall,
    ToolResult,
)
from llmcassette.providers.registry import format_of, read_ask

if TYPE_CHECKING:
    from llmcassette.model import Request

__all__ = [
    "Conversation",
    "Media",
    "Message",
    "Other",
    "Part",
    "Reasoning",
    "Refusal",
    "Text",
    "Tool",
    "ToolCall",
    "ToolResult",
    "conversation",
]


def conversation(request: Request) -> Conversation | None:
    """What a request asks a model; ``None`` where it is not in a format known here."""
    ask = read_ask(request)
    spoken = format_of(ask)
    return None if spoken is None or not ask.body else spoken.conversation(ask)
