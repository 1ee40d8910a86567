"""Wire formats: requests are read as ``Conversation``, answers as ``Completion``."""

from __future__ import annotations

from llmcassette.providers.api_call import api_call
from llmcassette.providers.call_exchange import ApiCall
from llmcassette.providers.completion import Choice, Completion, ErrorInfo, Usage
from llmcassette.providers.conversation import Conversation, Message, Tool
from llmcassette.providers.counted_once import counted_once
from llmcassette.providers.error_shapes import error_body, error_event
from llmcassette.providers.parts import (
    Media,
    Other,
    Part,
    ProviderTool,
    Reasoning,
    Refusal,
    Text,
    ToolCall,
    ToolResult,
)
from llmcassette.providers.reading import Identity, completion, conversation, ended, identify
from llmcassette.providers.registry import is_api_path

__all__ = [
    "ApiCall",
    "Choice",
    "Completion",
    "Conversation",
    "ErrorInfo",
    "Identity",
    "Media",
    "Message",
    "Other",
    "Part",
    "ProviderTool",
    "Reasoning",
    "Refusal",
    "Text",
    "Tool",
    "ToolCall",
    "ToolResult",
    "Usage",
    "api_call",
    "completion",
    "conversation",
    "counted_once",
    "ended",
    "error_body",
    "error_event",
    "identify",
    "is_api_path",
]
