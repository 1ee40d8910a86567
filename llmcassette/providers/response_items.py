"""The items of OpenAI's responses, in a request's ``input`` and in an answer's ``output``.

https://platform.openai.com/docs/api-reference/responses
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from llmcassette.providers import media
from llmcassette.providers.conversation import Message
from llmcassette.providers.drafts import parse_arguments
from llmcassette.providers.jsonvalue import JSON, elements, first_text, obj, others, text, without
from llmcassette.providers.parts import (
    Other,
    Part,
    ProviderTool,
    Reasoning,
    Refusal,
    Text,
    ToolCall,
    ToolResult,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["read_content", "read_item"]

CLIENT_CALLS: Final = {
    "function_call": "arguments",
    "custom_tool_call": "input",
    "local_shell_call": "action",
    "shell_call": "action",
    "computer_call": "action",
    "apply_patch_call": "operation",
}
"""Calls of tools that the client runs, and the member with their arguments."""

RESULTS: Final = ("output", "outputs", "results", "result", "tools")
"""The members with the result of a tool that the provider ran."""


def read_item(value: JSON, path: str) -> Message:
    """One item, as a message of its own."""
    item = obj(value)
    kind = text(item.get("type"))
    if kind == "message" or (not kind and "role" in item):
        parts = tuple(read_content(item.get("content"), f"{path}.content"))
        extra = without(item, "type", "role", "content")
        return Message(text(item.get("role")), parts, path, extra)
    if kind in CLIENT_CALLS:
        return read_call(item, kind, path)
    if kind.endswith("_call_output"):
        content = tuple(read_content(item.get("output"), f"{path}.output"))
        result = ToolResult(text(item.get("call_id")), content, path=path)
        return Message("tool", (result,), path, without(item, "type", "call_id", "output"))
    if kind == "reasoning":
        thoughts = tuple(read_thoughts(item, path)) or (Reasoning("", path),)
        extra = without(item, "type", "summary", "content")
        return Message("assistant", thoughts, path, extra)
    if kind.endswith("_call") or kind == "mcp_list_tools":
        return read_provider_tool(item, kind, path)
    return Message("", (Other(kind, value, path),), path)


def read_call(item: dict[str, JSON], kind: str, path: str) -> Message:
    """A call of a tool that the client runs. A built-in one is named by its type."""
    key = CLIENT_CALLS[kind]
    given, raw = item.get(key), text(item.get(key))
    if kind == "function_call":
        given = parse_arguments(raw)
    name = text(item.get("name")) or kind.removesuffix("_call")
    call = ToolCall(text(item.get("call_id")), name, given, raw, path, f"{path}.{key}")
    return Message("assistant", (call,), path, without(item, "type", "call_id", "name", key))


def read_provider_tool(item: dict[str, JSON], kind: str, path: str) -> Message:
    """A tool that the provider ran: an item with the call and its result."""
    key = next((name for name in RESULTS if name in item), "")
    result = item.get(key)
    name = ".".join(filter(None, (text(item.get("server_label")), text(item.get("name")))))
    known = ("type", "id", "status", "name", "server_label", key)
    arguments: JSON = without(item, *known)
    if raw := text(item.get("arguments")):
        arguments = parse_arguments(raw)
    parts: tuple[Part, ...] = ()
    if kind == "image_generation_call" and isinstance(result, str):
        image = media.named(text(item.get("output_format")), "image")
        parts = (media.inline(result, image, path, kind="image"),)
        result = None
    name = name or kind.removesuffix("_call")
    extra = {name: item[name] for name in ("error",) if item.get(name) is not None}
    tool = ProviderTool(name, arguments, result, text(item.get("id")), path, extra)
    return Message("assistant", (tool, *parts), path)


def read_thoughts(item: dict[str, JSON], path: str) -> Iterator[Reasoning]:
    """The readable texts of a reasoning item: its summary and its content."""
    for key in ("summary", "content"):
        for part, where in elements(item.get(key), f"{path}.{key}"):
            yield Reasoning(text(obj(part).get("text")), f"{where}.text")


def read_content(content: JSON, path: str) -> Iterator[Part]:
    """A string, or a list of typed parts; another value is a part of its own."""
    if isinstance(content, str):
        yield Text(content, path)
    elif isinstance(content, dict):
        yield read_part(content, path)
    for item, where in elements(content, path):
        yield read_part(item, where)


def read_part(value: JSON, path: str) -> Part:
    """One typed part of a message."""
    item = obj(value)
    kind = text(item.get("type"))
    match kind:
        case "input_text" | "output_text" | "text":
            return Text(text(item.get("text")), f"{path}.text", others(item, "type", "text"))
        case "refusal":
            return Refusal(text(item.get("refusal")), f"{path}.refusal")
        case "input_image" | "computer_screenshot":
            return media.referred(first_text(item, "image_url", "file_id"), path, kind="image")
        case "input_file":
            where = first_text(item, "file_data", "file_url", "file_id")
            return media.referred(where, path, name=text(item.get("filename")))
        case _:
            return Other(kind, value, path)
