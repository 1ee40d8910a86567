"""Anthropic messages, also on Bedrock (``invoke``) and on Vertex (``rawPredict``).

https://docs.anthropic.com/en/api/messages
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from llmcassette.providers import media
from llmcassette.providers.conversation import (
    Conversation,
    Message,
    Other,
    Part,
    Reasoning,
    Text,
    Tool,
    ToolCall,
    ToolResult,
)
from llmcassette.providers.jsonvalue import JSON, arr, first_text, obj, text, without

if TYPE_CHECKING:
    from collections.abc import Iterator

    from llmcassette.providers.registry import Ask

FORMAT: Final = "anthropic"
ROUTE: Final = re.compile(
    r"/v1/messages$"
    r"|/model/[^/]*anthropic\.[^/]*(/[^/]+)?/invoke(-with-response-stream)?$"
    r"|/publishers/anthropic/models/[^/]+:(stream)?[rR]awPredict$"
)
MODEL: Final = re.compile(r"/models?/(.+?)(/invoke(-with-response-stream)?|:[a-zA-Z]+[pP]redict)$")
STREAMED: Final = re.compile(r"-with-response-stream$|:streamRawPredict$")


def claims(ask: Ask) -> bool:
    """Chat completions know neither ``anthropic_version`` nor that header nor ``input_schema``."""
    has_messages = isinstance(ask.body.get("messages"), list)
    tools = arr(ask.body.get("tools"))
    return has_messages and (
        "anthropic-version" in ask.headers
        or "anthropic_version" in ask.body
        or any("input_schema" in obj(tool) for tool in tools)
    )


def conversation(ask: Ask) -> Conversation | None:
    body = ask.body
    if not isinstance(body.get("messages"), list):
        return None
    in_path = MODEL.search(ask.path)
    return Conversation(
        provider=ask.provider("anthropic"),
        format=FORMAT,
        model=text(body.get("model")) or (in_path[1] if in_path else ""),
        system=tuple(read_content(body.get("system"), "system")),
        messages=tuple(
            read_message(item, f"messages[{i}]") for i, item in enumerate(arr(body["messages"]))
        ),
        tools=tuple(read_tool(v, f"tools[{i}]") for i, v in enumerate(arr(body.get("tools")))),
        parameters=without(body, "messages", "model", "stream", "system", "tools"),
        stream=body.get("stream") is True or bool(STREAMED.search(ask.path)),
    )


def read_message(value: JSON, path: str) -> Message:
    item = obj(value)
    parts = tuple(read_content(item.get("content"), f"{path}.content"))
    return Message(text(item.get("role")), parts, path, without(item, "role", "content"))


def read_content(content: JSON, path: str) -> Iterator[Part]:
    """A string, or a list of blocks. Blocks in a tool's result are read by one more turn only."""
    if isinstance(content, str):
        yield Text(content, path)
    for i, item in enumerate(arr(content)):
        where = f"{path}[{i}]"
        block = obj(item)
        if block.get("type") == "tool_result":
            yield read_result(block, where)
        else:
            yield read_block(item, where)


def read_result(block: dict[str, JSON], path: str) -> ToolResult:
    content = block.get("content")
    where = f"{path}.content"
    parts: list[Part] = [Text(content, where)] if isinstance(content, str) else []
    parts += [read_block(item, f"{where}[{i}]") for i, item in enumerate(arr(content))]
    failed = block.get("is_error") is True
    return ToolResult(text(block.get("tool_use_id")), tuple(parts), is_error=failed, path=path)


def read_block(value: JSON, path: str) -> Part:
    """Any block but a tool's result."""
    block = obj(value)
    kind = text(block.get("type"))
    match kind:
        case "text":
            return Text(text(block.get("text")), f"{path}.text")
        case "thinking":
            return Reasoning(text(block.get("thinking")), f"{path}.thinking")
        case "redacted_thinking":
            return Reasoning("", path)
        case "tool_use" | "server_tool_use":
            return ToolCall(
                text(block.get("id")),
                text(block.get("name")),
                block.get("input"),
                path=path,
                arguments_path=f"{path}.input",
            )
        case "image" | "document":
            return read_source(block, path, "image" if kind == "image" else "file")
        case _:
            return Other(kind, value, path)


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


def read_tool(value: JSON, path: str) -> Tool:
    """A tool with a schema, or one of Anthropic's own by its name."""
    item = obj(value)
    known = ("name", "description", "input_schema")
    return Tool(
        text(item.get("name")) or text(item.get("type")),
        text(item.get("description")),
        item.get("input_schema"),
        path,
        f"{path}.input_schema",
        without(item, *known),
    )
