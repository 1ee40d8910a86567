"""The content blocks of Anthropic's messages, in requests and in answers.

https://docs.anthropic.com/en/api/messages
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmcassette.providers import media
from llmcassette.providers.jsonvalue import JSON, elements, first_text, obj, others, text
from llmcassette.providers.parts import (
    Other,
    Part,
    ProviderTool,
    Reasoning,
    Text,
    ToolCall,
    ToolResult,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["read_block", "read_content"]


def read_content(content: JSON, path: str) -> Iterator[Part]:
    """A string, or a list of blocks. A tool's result inside a tool's result remains ``Other``."""
    if isinstance(content, str):
        yield Text(content, path)
    for item, where in elements(content, path):
        block = obj(item)
        if block.get("type") == "tool_result":
            yield read_result(block, where)
        else:
            yield read_block(item, where)


def read_result(block: dict[str, JSON], path: str) -> ToolResult:
    content = block.get("content")
    where = f"{path}.content"
    parts: list[Part] = [Text(content, where)] if isinstance(content, str) else []
    parts += [read_block(item, at) for item, at in elements(content, where)]
    return ToolResult(
        text(block.get("tool_use_id")),
        tuple(parts),
        is_error=block.get("is_error") is True,
        path=path,
        extra=others(block, "type", "tool_use_id", "content", "is_error"),
    )


def read_block(value: JSON, path: str) -> Part:
    """Any block but a tool's result."""
    block = obj(value)
    kind = text(block.get("type"))
    match kind:
        case "text":
            extra = others(block, "type", "text")
            return Text(text(block.get("text")), f"{path}.text", extra)
        case "thinking":
            extra = others(block, "type", "thinking")
            return Reasoning(text(block.get("thinking")), f"{path}.thinking", extra)
        case "redacted_thinking":
            return Reasoning("", path, others(block, "type"))
        case "tool_use":
            call_id, name = text(block.get("id")), text(block.get("name"))
            extra = others(block, "type", "id", "name", "input")
            return ToolCall(call_id, name, block.get("input"), "", path, f"{path}.input", extra)
        case "image" | "document":
            return read_source(block, path, "image" if kind == "image" else "file")
        case _:
            return read_provider_tool(block, path) or Other(kind, value, path)


def read_provider_tool(block: dict[str, JSON], path: str) -> ProviderTool | None:
    """A call of a server tool or of a remote MCP server's tool, or its result."""
    kind = text(block.get("type"))
    if kind in ("server_tool_use", "mcp_tool_use"):
        name = ".".join(filter(None, (text(block.get("server_name")), text(block.get("name")))))
        extra = others(block, "type", "id", "name", "server_name", "input")
        return ProviderTool(name, block.get("input"), None, text(block.get("id")), path, extra)
    if kind.endswith("_tool_result"):
        extra = others(block, "type", "tool_use_id", "content")
        name, call_id = kind.removesuffix("_tool_result"), text(block.get("tool_use_id"))
        return ProviderTool(name, None, block.get("content"), call_id, path, extra)
    return None


def read_source(block: dict[str, JSON], path: str, kind: media.Kind) -> Part:
    """An image or a document, by its source."""
    source = obj(block.get("source"))
    media_type, name = text(source.get("media_type")), text(block.get("title"))
    match text(source.get("type")):
        case "base64":
            return media.inline(text(source.get("data")), media_type, path, kind=kind, name=name)
        case "text":
            return Text(text(source.get("data")), f"{path}.source.data")
        case _:
            where = first_text(source, "url", "file_id")
            return media.referred(where, path, kind=kind, media_type=media_type, name=name)
