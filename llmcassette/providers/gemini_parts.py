"""The parts of Gemini's contents, in requests and in answers.

https://ai.google.dev/api/caching#Part. Members are read in camelCase and in snake_case.
"""

from __future__ import annotations

from llmcassette.providers import media
from llmcassette.providers.jsonvalue import JSON, first_text, obj, others, text
from llmcassette.providers.parts import (
    Other,
    Part,
    ProviderTool,
    Reasoning,
    Text,
    ToolCall,
    ToolResult,
)

__all__ = ["read_part"]


def read_part(value: JSON, path: str) -> Part:
    """One part. The member it has is its kind."""
    item = obj(value)
    if isinstance(item.get("text"), str):
        part = Reasoning if item.get("thought") is True else Text
        return part(text(item["text"]), f"{path}.text", others(item, "text", "thought"))
    for key in ("inlineData", "inline_data"):
        if key in item:
            data = obj(item[key])
            media_type = first_text(data, "mimeType", "mime_type")
            name = first_text(data, "displayName", "display_name")
            return media.inline(text(data.get("data")), media_type, path, name=name)
    for key in ("fileData", "file_data"):
        if key in item:
            data = obj(item[key])
            media_type = first_text(data, "mimeType", "mime_type")
            uri = first_text(data, "fileUri", "file_uri")
            return media.referred(uri, path, media_type=media_type)
    for key in ("functionCall", "function_call"):
        if key in item:
            call, where = obj(item[key]), f"{path}.{key}"
            name, call_id = text(call.get("name")), text(call.get("id"))
            arguments = call.get("args", {})
            extra = others(item, key)
            return ToolCall(call_id, name, arguments, "", where, f"{where}.args", extra)
    for key in ("functionResponse", "function_response"):
        if key in item:
            return read_result(obj(item[key]), f"{path}.{key}")
    for key in ("executableCode", "executable_code"):
        if key in item:
            return ProviderTool("code_execution", item[key], path=path, extra=others(item, key))
    for key in ("codeExecutionResult", "code_execution_result"):
        if key in item:
            extra = others(item, key)
            return ProviderTool("code_execution", None, item[key], path=path, extra=extra)
    return Other(next(iter(item), ""), value, path)


def read_result(item: dict[str, JSON], path: str) -> ToolResult:
    """A tool's result: an object. Of a lone ``output``, ``result`` or ``error`` only its text."""
    where = f"{path}.response"
    members = obj(item.get("response"))
    content: Part = Other("json", item.get("response"), where)
    for key in ("output", "result", "error"):
        if list(members) == [key] and isinstance(members[key], str):
            content = Text(text(members[key]), f"{where}.{key}")
    return ToolResult(
        text(item.get("id")),
        (content,),
        text(item.get("name")),
        is_error="error" in members,
        path=path,
    )
