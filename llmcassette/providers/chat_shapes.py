"""The shapes of OpenAI's chat completions that other formats have adopted.

Several dialects read their content, tools, tool calls and token counts with these functions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from llmcassette.providers import media
from llmcassette.providers.completion import Usage
from llmcassette.providers.conversation import Message, Tool
from llmcassette.providers.drafts import ChoiceDraft, parse_arguments
from llmcassette.providers.jsonvalue import (
    JSON,
    arr,
    elements,
    first_text,
    integer,
    obj,
    text,
    without,
)
from llmcassette.providers.parts import Other, Part, Reasoning, Refusal, Text, ToolCall

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = [
    "add_call",
    "read_call",
    "read_content",
    "read_function_call",
    "read_function_tool",
    "read_tool",
    "read_usage",
    "split_system",
]

SYSTEM_ROLES: Final = ("system", "developer")


def split_system(messages: list[Message]) -> tuple[tuple[Part, ...], tuple[Message, ...]]:
    """The parts of the leading system messages, and the remaining messages.

    System messages further down remain messages.
    """
    roles = [message.role for message in messages]
    first = next((i for i, role in enumerate(roles) if role not in SYSTEM_ROLES), len(roles))
    system = tuple(part for message in messages[:first] for part in message.parts)
    return system, tuple(messages[first:])


def read_content(content: JSON, path: str) -> Iterator[Part]:
    """A string, or a list of typed parts."""
    if isinstance(content, str):
        yield Text(content, path)
    for item, where in elements(content, path):
        yield read_part(item, where)


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
            name = text(item.get("document_name"))
            return media.referred(url, path, kind=URL_KINDS[kind], name=name)
        case "input_audio":
            given = obj(inner)
            data = text(inner) or text(given.get("data"))
            media_type = media.named(text(given.get("format")), "audio")
            return media.inline(data, media_type, path, kind="audio")
        case "file":
            file = obj(inner)
            where = first_text(file, "file_data", "file_id")
            return media.referred(where, path, name=text(file.get("filename")))
        case _:
            return Other(kind, value, path)


URL_KINDS: Final[dict[str, media.Kind]] = {
    "image_url": "image",
    "video_url": "video",
    "document_url": "file",
}


def read_call(item: dict[str, JSON], path: str) -> ToolCall:
    """One item of ``tool_calls``: a call of a function, or of a custom tool with free text."""
    call_id = text(item.get("id"))
    if "custom" in item:
        custom = obj(item["custom"])
        raw = text(custom.get("input"))
        return ToolCall(call_id, text(custom.get("name")), raw, raw, path, f"{path}.custom.input")
    return read_function_call(call_id, obj(item.get("function")), path, f"{path}.function")


def read_function_call(
    call_id: str, function: dict[str, JSON], path: str, function_path: str
) -> ToolCall:
    """A call whose arguments are JSON in a string or (Ollama) the value itself."""
    arguments = function.get("arguments")
    name, where = text(function.get("name")), f"{function_path}.arguments"
    if not isinstance(arguments, str):
        return ToolCall(call_id, name, arguments, "", path, where)
    return ToolCall(call_id, name, parse_arguments(arguments), arguments, path, where)


def read_tool(value: JSON, path: str) -> Tool:
    """One item of ``tools``: a function, a custom tool, or a built-in tool by its type."""
    item = obj(value)
    for key in ("function", "custom"):
        if key in item:
            extra = without(item, "type", key)
            return read_function_tool(obj(item[key]), f"{path}.{key}", extra)
    kind = text(item.get("type"))
    return Tool(kind, path=path, schema_path=path, extra=without(item, "type"))


def read_function_tool(function: dict[str, JSON], path: str, extra: dict[str, JSON]) -> Tool:
    return Tool(
        text(function.get("name")),
        text(function.get("description")),
        function.get("parameters"),
        path,
        f"{path}.parameters",
        extra | without(function, "name", "description", "parameters"),
    )


def add_call(draft: ChoiceDraft, item: dict[str, JSON], position: int) -> None:
    """Add a call, or a piece of one, to a choice.

    In a stream the id comes first, then the arguments under the same ``index``. Some servers give
    all calls of a delta the same index, or none: a new id then starts a new call.
    """
    index = integer(item.get("index"))
    key = "call", position if index is None else index
    call_id = text(item.get("id"))
    earlier = draft.call(key)
    if call_id and earlier.id and earlier.id != call_id:
        draft.parts["earlier call", earlier.id, len(draft.parts)] = draft.parts.pop(key)
    call = draft.call(key)
    custom = obj(item.get("custom"))
    function = obj(item.get("function")) or custom
    call.is_text = call.is_text or bool(custom)
    call.id = call.id or call_id
    call.name = call.name or text(function.get("name"))
    call.add_arguments(function.get("arguments", custom.get("input")))


def read_usage(item: dict[str, JSON]) -> Usage | None:
    """The token counts in ``usage``, or where servers that imitate OpenAI put them."""
    usage = obj(item.get("usage")) or obj(obj(item.get("x_groq")).get("usage"))
    prompt_tokens = integer(usage.get("prompt_tokens"))
    completion_tokens = integer(usage.get("completion_tokens"))
    if prompt_tokens is None and completion_tokens is None:
        return None
    of_prompt = obj(usage.get("prompt_tokens_details"))
    of_completion = obj(usage.get("completion_tokens_details"))
    cached = integer(of_prompt.get("cached_tokens"))
    cached = cached or integer(usage.get("prompt_cache_hit_tokens"))
    reasoning = of_completion.get("reasoning_tokens", usage.get("reasoning_tokens"))
    thought = integer(reasoning) or 0
    output = completion_tokens or 0
    total = integer(usage.get("total_tokens")) or (prompt_tokens or 0) + output
    if thought and total == (prompt_tokens or 0) + output + thought:
        output += thought  # xAI counts reasoning apart
    return Usage(
        input_tokens=prompt_tokens or 0,
        output_tokens=output,
        total=total,
        cached_tokens=cached or 0,
        reasoning_tokens=thought,
        raw=usage,
    )
