"""OpenAI responses, also as Azure, xAI, OpenRouter and others speak them.

https://platform.openai.com/docs/api-reference/responses
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
    Refusal,
    Text,
    Tool,
    ToolCall,
    ToolResult,
)
from llmcassette.providers.jsonvalue import JSON, arr, first_text, obj, text, without
from llmcassette.providers.openai_chat import arguments_of, split_system

if TYPE_CHECKING:
    from collections.abc import Iterator

    from llmcassette.providers.registry import Ask

FORMAT: Final = "openai_responses"
ROUTE: Final = re.compile(r"/responses$")


def claims(_ask: Ask) -> bool:
    """Never by its body: embeddings have ``input`` and ``model``, too."""
    return False


def conversation(ask: Ask) -> Conversation | None:
    body = ask.body
    if not body:
        return None
    given = body.get("input")
    system: tuple[Part, ...] = ()
    if instructions := text(body.get("instructions")):
        system = (Text(instructions, "instructions"),)
    if isinstance(given, str):
        messages: tuple[Message, ...] = (Message("user", (Text(given, "input"),), "input"),)
    else:
        items = [read_item(item, f"input[{i}]") for i, item in enumerate(arr(given))]
        first, messages = split_system(items)
        system += first
    return Conversation(
        provider=ask.provider("openai-compatible"),
        format=FORMAT,
        model=text(body.get("model")),
        system=system,
        messages=messages,
        tools=tuple(read_tool(v, f"tools[{i}]") for i, v in enumerate(arr(body.get("tools")))),
        parameters=without(body, "input", "instructions", "model", "stream", "tools"),
        stream=body.get("stream") is True,
    )


def read_item(value: JSON, path: str) -> Message:
    """One item of ``input``, as a message of its own."""
    item = obj(value)
    kind = text(item.get("type"))
    if kind == "message" or (not kind and "role" in item):
        parts = tuple(read_content(item.get("content"), f"{path}.content"))
        return Message(
            text(item.get("role")), parts, path, without(item, "type", "role", "content")
        )
    call_id = text(item.get("call_id"))
    match kind:
        case "function_call" | "custom_tool_call":
            key = "arguments" if kind == "function_call" else "input"
            raw = text(item.get(key))
            parsed = arguments_of(raw) if kind == "function_call" else raw
            call = ToolCall(call_id, text(item.get("name")), parsed, raw, path, f"{path}.{key}")
            return Message(
                "assistant", (call,), path, without(item, "type", "call_id", "name", key)
            )
        case "function_call_output" | "custom_tool_call_output":
            content = tuple(read_content(item.get("output"), f"{path}.output"))
            result = ToolResult(call_id, content, path=path)
            return Message("tool", (result,), path, without(item, "type", "call_id", "output"))
        case "reasoning":
            thoughts = tuple(read_thoughts(item, path)) or (Reasoning("", path),)
            known = ("type", "summary", "content")
            return Message("assistant", thoughts, path, without(item, *known))
        case _:
            return Message("", (Other(kind, value, path),), path)


def read_thoughts(item: dict[str, JSON], path: str) -> Iterator[Reasoning]:
    """What a reasoning item tells in the open: its summary and its text."""
    for key in ("summary", "content"):
        for i, part in enumerate(arr(item.get(key))):
            yield Reasoning(text(obj(part).get("text")), f"{path}.{key}[{i}].text")


def read_content(content: JSON, path: str) -> Iterator[Part]:
    if isinstance(content, str):
        yield Text(content, path)
    for i, item in enumerate(arr(content)):
        yield read_part(item, f"{path}[{i}]")


def read_part(value: JSON, path: str) -> Part:
    """One typed part of a message."""
    item = obj(value)
    kind = text(item.get("type"))
    match kind:
        case "input_text" | "output_text" | "text":
            return Text(text(item.get("text")), f"{path}.text")
        case "refusal":
            return Refusal(text(item.get("refusal")), f"{path}.refusal")
        case "input_image":
            return media.referred(first_text(item, "image_url", "file_id"), path, kind="image")
        case "input_file":
            where = first_text(item, "file_data", "file_url", "file_id")
            return media.referred(where, path, name=text(item.get("filename")))
        case _:
            return Other(kind, value, path)


def read_tool(value: JSON, path: str) -> Tool:
    """A function, or one of the provider's own tools by its type."""
    item = obj(value)
    name = text(item.get("name")) or text(item.get("type"))
    known = ("type", "name", "description", "parameters")
    return Tool(
        name,
        text(item.get("description")),
        item.get("parameters"),
        path,
        f"{path}.parameters",
        without(item, *known),
    )
