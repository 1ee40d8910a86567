"""Labels of the places in a request's body: messages, tools, parameters."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, cast

from llmcassette.matching.difference.text import preview, quoted
from llmcassette.providers.jsonvalue import obj
from llmcassette.providers.parts import (
    Media,
    Other,
    ProviderTool,
    Reasoning,
    Refusal,
    Text,
    ToolCall,
    ToolResult,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from llmcassette.json.value import JsonValue
    from llmcassette.providers.conversation import Conversation, Message, Tool
    from llmcassette.providers.parts import Part

__all__ = ["Label", "Section", "labels"]


class Section(IntEnum):
    """The parts of a request, in the order in which their differences are shown."""

    ADDRESS = 0
    MODEL = 1
    SYSTEM = 2
    MESSAGES = 3
    TOOLS = 4
    PARAMETERS = 5
    IDS = 6


@dataclass(frozen=True, slots=True)
class Label:
    """The description of a place in a body.

    Attributes:
        name: such as ``user message``.
        section: the part of the request.
        summary: the content on one line; empty if it is best shown as JSON.
    """

    name: str
    section: Section
    summary: str = ""


def labels(
    conversation: Conversation, length: int, scrub: Callable[[str], str]
) -> dict[str, Label]:
    """The labels of a request's places, by path. Summaries are about ``length`` characters long."""
    found = {"model": Label("", Section.MODEL)}
    for part in conversation.system:
        summary = part_summary(part, {}, length, scrub)
        found[part.path] = Label("system prompt", Section.SYSTEM, summary)
        found.setdefault(holder(part.path), found[part.path])
    called = {
        part.id: part.name
        for message in conversation.messages
        for part in message.parts
        if isinstance(part, ToolCall)
    }
    for message in conversation.messages:
        found.update(message_labels(message, called, length, scrub))
    for tool in conversation.tools:
        summary = tool_summary(tool, length, scrub)
        label = Label(f"tool {scrub(tool.name)}", Section.TOOLS, summary)
        found.setdefault(holder(tool.path), label)
        found[tool.path] = label
        if tool.schema_path != tool.path:
            found[tool.schema_path] = Label(f"schema of tool {scrub(tool.name)}", Section.TOOLS)
    if conversation.tools:
        all_tools = ", ".join(tool.name for tool in conversation.tools)
        found.setdefault("tools", Label("", Section.TOOLS, scrub(all_tools)))
    for path in conversation.parameters:
        found.setdefault(path, Label("parameter", Section.PARAMETERS))
    return found


def holder(path: str) -> str:
    """The path of the list item around a place: ``tools[0]`` for ``tools[0].function``."""
    before, bracket, _ = path.rpartition("]")
    return before + bracket if bracket else path


def message_labels(
    message: Message, called: dict[str, str], length: int, scrub: Callable[[str], str]
) -> Iterator[tuple[str, Label]]:
    shown = " ".join(part_summary(part, called, length, scrub) for part in message.parts)
    name = f"{message.role or 'unnamed'} message"
    if len(message.parts) == 1 and isinstance(message.parts[0], ToolCall | ToolResult):
        name = part_name(message.parts[0], called, scrub)
    yield message.path, Label(name, Section.MESSAGES, shown)
    for part in message.parts:
        if isinstance(part, ToolResult):
            for inner in part.content:
                label = Label(part_name(part, called, scrub), Section.MESSAGES)
                yield inner.path, label
        if part.path != message.path:
            name = f"{message.role} message" if isinstance(part, Text) else ""
            name = name or part_name(part, called, scrub)
            summary = part_summary(part, called, length, scrub)
            yield part.path, Label(name, Section.MESSAGES, summary)
        if isinstance(part, ToolCall) and part.arguments_path:
            label = Label(f"arguments of tool call {scrub(part.name)}", Section.MESSAGES)
            yield part.arguments_path, label


def part_name(part: Part, called: dict[str, str], scrub: Callable[[str], str]) -> str:
    match part:
        case ToolCall():
            return f"tool call {scrub(part.name)}"
        case ToolResult():
            name = part.name or called.get(part.id, "")
            return f"result of tool {scrub(name)}" if name else "tool result"
        case Media():
            return part.kind
        case Reasoning():
            return "reasoning"
        case _:
            return ""


def part_summary(
    part: Part, called: dict[str, str], length: int, scrub: Callable[[str], str]
) -> str:
    match part:
        case Text() | Reasoning() | Refusal():
            return preview(part.text, length, scrub)
        case ToolCall():
            return (
                f"{scrub(part.name)}({preview(cast('JsonValue', part.arguments), length, scrub)})"
            )
        case ToolResult():
            return " ".join(part_summary(p, called, length, scrub) for p in part.content)
        case Media():
            size = "" if part.size is None else f", {part.size:,} bytes"
            return f"{part.media_type or part.kind}{size}{part.url and ' ' + scrub(part.url)}"
        case ProviderTool():
            value = part.arguments if part.result is None else part.result
            return f"{scrub(part.name)}({preview(cast('JsonValue', value), length, scrub)})"
        case Other():
            return preview(cast("JsonValue", part.value), length, scrub)


def tool_summary(tool: Tool, length: int, scrub: Callable[[str], str]) -> str:
    """``weather(location, unit): "Get the weather"``."""
    names = ", ".join(obj(obj(tool.schema).get("properties")))
    text = f": {quoted(tool.description[:length])}" if tool.description else ""
    return scrub(f"{tool.name}({names}){text}")
