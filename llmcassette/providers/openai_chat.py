"""OpenAI chat completions, and whatever speaks them: Azure, Groq, Mistral, vLLM, llama.cpp ...

https://platform.openai.com/docs/api-reference/chat. Read beside it: ``reasoning_content``
(DeepSeek, vLLM), ``reasoning`` and ``reasoning_details`` (OpenRouter, Groq), content parts of
Mistral (``thinking``, ``document_url``), ``usage`` under ``x_groq``.
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
from llmcassette.providers.jsonvalue import JSON, arr, first_text, obj, parse, text, without

if TYPE_CHECKING:
    from collections.abc import Iterator

    from llmcassette.providers.registry import Ask

FORMAT: Final = "openai_chat"
ROUTE: Final = re.compile(r"/chat/completions$")

INSTRUCTING: Final = ("system", "developer")


def claims(ask: Ask) -> bool:
    messages = arr(ask.body.get("messages"))
    return bool(
        messages
        and text(ask.body.get("model"))
        and all("role" in obj(message) for message in messages)
    )


def conversation(ask: Ask) -> Conversation | None:
    body = ask.body
    if not isinstance(body.get("messages"), list):
        return None
    system, messages = split_system(
        [read_message(item, f"messages[{i}]") for i, item in enumerate(arr(body["messages"]))]
    )
    tools = [read_tool(item, f"tools[{i}]") for i, item in enumerate(arr(body.get("tools")))]
    for i, item in enumerate(arr(body.get("functions"))):
        tools.append(function_tool(obj(item), f"functions[{i}]", {}))
    known = ("messages", "model", "stream", "tools", "functions")
    return Conversation(
        provider=ask.provider("openai-compatible"),
        format=FORMAT,
        model=text(body.get("model")) or deployment(ask.path),
        system=system,
        messages=messages,
        tools=tuple(tools),
        parameters=without(body, *known),
        stream=body.get("stream") is True,
    )


def deployment(path: str) -> str:
    """Azure's older addresses name the model in the path only."""
    found = re.search(r"/deployments/([^/]+)/", path)
    return found[1] if found else ""


def split_system(messages: list[Message]) -> tuple[tuple[Part, ...], tuple[Message, ...]]:
    """Instructions that come first are the system prompt; later ones stay where they are."""
    first = next((i for i, m in enumerate(messages) if m.role not in INSTRUCTING), len(messages))
    system = tuple(part for message in messages[:first] for part in message.parts)
    return system, tuple(messages[first:])


def read_message(value: JSON, path: str) -> Message:
    """One message of ``messages``."""
    item = obj(value)
    role = text(item.get("role"))
    content = tuple(read_content(item.get("content"), f"{path}.content"))
    known = ["role", "content", "tool_calls", "function_call", "refusal"]
    if role in ("tool", "function"):
        known += ["tool_call_id", "name"]
        call_id = text(item.get("tool_call_id"))
        result = ToolResult(call_id, content, text(item.get("name")), path=path)
        return Message(role, (result,), path, without(item, *known))
    parts: list[Part] = []
    for key in ("reasoning_content", "reasoning"):
        if thought := text(item.get(key)):
            parts.append(Reasoning(thought, f"{path}.{key}"))
            known.append(key)
    parts += content
    if refusal := text(item.get("refusal")):
        parts.append(Refusal(refusal, f"{path}.refusal"))
    for i, call in enumerate(arr(item.get("tool_calls"))):
        parts.append(read_call(obj(call), f"{path}.tool_calls[{i}]"))
    if legacy := obj(item.get("function_call")):
        where = f"{path}.function_call"
        parts.append(call_of("", legacy, where, where))
    return Message(role, tuple(parts), path, without(item, *known))


def read_call(item: dict[str, JSON], path: str) -> Part:
    """One item of ``tool_calls``: a function's, or a custom tool's with free text."""
    if "custom" in item:
        custom = obj(item["custom"])
        given = text(custom.get("input"))
        where = f"{path}.custom.input"
        return ToolCall(text(item.get("id")), text(custom.get("name")), given, given, path, where)
    return call_of(text(item.get("id")), obj(item.get("function")), path, f"{path}.function")


def call_of(call_id: str, function: dict[str, JSON], path: str, inner: str) -> ToolCall:
    """A call whose arguments are JSON in a string, or (Ollama) the value itself."""
    given = function.get("arguments")
    name, where = text(function.get("name")), f"{inner}.arguments"
    if not isinstance(given, str):
        return ToolCall(call_id, name, given, "", path, where)
    return ToolCall(call_id, name, arguments_of(given), given, path, where)


def arguments_of(raw: str) -> JSON:
    """The parsed arguments; the text itself where it is no whole JSON value."""
    value = parse(raw)
    return raw if value is None and raw.strip() != "null" else value


def read_content(content: JSON, path: str) -> Iterator[Part]:
    """A string, or a list of typed parts."""
    if isinstance(content, str):
        yield Text(content, path)
    for i, item in enumerate(arr(content)):
        yield read_part(item, f"{path}[{i}]")


def read_part(value: JSON, path: str) -> Part:
    """One typed part of a content list."""
    item = obj(value)
    kind = text(item.get("type"))
    inner = item.get(kind)
    match kind:
        case "text":
            return Text(text(inner), f"{path}.text")
        case "refusal":
            return Refusal(text(inner), f"{path}.refusal")
        case "thinking":
            thoughts = text(inner) or "".join(text(obj(t).get("text")) for t in arr(inner))
            return Reasoning(thoughts, f"{path}.thinking")
        case "image_url" | "video_url" | "document_url":
            url = text(inner) or text(obj(inner).get("url"))
            what: media.Kind = "file" if kind == "document_url" else kind_of_url(kind)
            return media.referred(url, path, kind=what, name=text(item.get("document_name")))
        case "input_audio":
            given = obj(inner)
            data = text(inner) or text(given.get("data"))
            audio_type = media.named(text(given.get("format")), "audio")
            return media.inline(data, audio_type, path, kind="audio")
        case "file":
            file = obj(inner)
            where = first_text(file, "file_data", "file_id")
            return media.referred(where, path, name=text(file.get("filename")))
        case _:
            return Other(kind, value, path)


def kind_of_url(kind: str) -> media.Kind:
    return "video" if kind == "video_url" else "image"


def read_tool(value: JSON, path: str) -> Tool:
    """One item of ``tools``: a function, a custom tool, or one of the provider's own."""
    item = obj(value)
    kind = text(item.get("type"))
    for key in ("function", "custom"):
        if key in item:
            return function_tool(obj(item[key]), f"{path}.{key}", without(item, "type", key))
    return Tool(kind, path=path, schema_path=path, extra=without(item, "type"))


def function_tool(function: dict[str, JSON], path: str, extra: dict[str, JSON]) -> Tool:
    return Tool(
        text(function.get("name")),
        text(function.get("description")),
        function.get("parameters"),
        path,
        f"{path}.parameters",
        extra | without(function, "name", "description", "parameters"),
    )
