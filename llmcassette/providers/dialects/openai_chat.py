"""OpenAI chat completions, and whatever speaks them: Azure, Groq, Mistral, vLLM, llama.cpp ...

https://platform.openai.com/docs/api-reference/chat. Read beside it: ``reasoning_content``
(DeepSeek, vLLM), ``reasoning`` and ``reasoning_details`` (OpenRouter, Groq), content parts of
Mistral (``thinking``, ``document_url``), ``usage`` under ``x_groq``.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from llmcassette.providers import media
from llmcassette.providers.answer import Answer, ChoiceDraft, arguments_of
from llmcassette.providers.completion import Usage
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
from llmcassette.providers.failures import sse, status_name
from llmcassette.providers.jsonvalue import JSON, arr, first_text, integer, obj, text, without
from llmcassette.providers.wire import Payload, documents

if TYPE_CHECKING:
    from collections.abc import Iterator

    from llmcassette.providers.ask import Ask

FORMAT: Final = "openai_chat"
PROVIDER: Final = "openai-compatible"
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
        provider=ask.provider(PROVIDER),
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


def recognises(_event: str, item: dict[str, JSON]) -> bool:
    """Older text completions have choices, too, but neither of these in them."""
    if text(item.get("object")).startswith("chat.completion"):
        return True
    choices = arr(item.get("choices"))
    return any("message" in obj(choice) or "delta" in obj(choice) for choice in choices)


def terminal(_event: str, item: dict[str, JSON]) -> bool:
    """``[DONE]``, which is no object, or an error in its place."""
    return bool(obj(item.get("error")))


def answer(payload: Payload) -> Answer:
    """Choices by index, from messages or, in a stream, from the deltas of one.

    Perplexity sends both in either case; the one that does not belong is empty or repeats.
    """
    found = Answer()
    keys = ("delta", "message") if payload.streamed else ("message", "delta")
    for _, item in documents(payload):
        found.model = text(item.get("model")) or found.model
        found.id = text(item.get("id")) or found.id
        found.usage = read_usage(item) or found.usage
        for i, value in enumerate(arr(item.get("choices"))):
            choice = obj(value)
            index = integer(choice.get("index"))
            draft = found.draft(i if index is None else index)
            add_message(draft, obj(choice.get(keys[0])) or obj(choice.get(keys[1])))
            draft.finish_reason = text(choice.get("finish_reason")) or draft.finish_reason
    finished = found.drafts and all(draft.finish_reason for draft in found.drafts.values())
    found.finished = bool(finished and found.usage)
    return found


def add_message(draft: ChoiceDraft, message: dict[str, JSON]) -> None:
    """Add a message, or a delta of one, to a choice."""
    draft.role = draft.role or text(message.get("role"))
    for part in read_content(message.get("content"), ""):
        if isinstance(part, Text):
            draft.text.append(part.text)
        elif isinstance(part, Reasoning):
            draft.reasoning.append(part.text)
        elif isinstance(part, Media):
            draft.media.append(replace(part, path=""))
    draft.reasoning.append(read_reasoning(message))
    draft.refusal.append(text(message.get("refusal")))
    for i, value in enumerate(arr(message.get("tool_calls"))):
        add_call(draft, obj(value), i)
    if legacy := obj(message.get("function_call")):
        add_call(draft, {"function": legacy}, 0)
    for value in arr(message.get("images")):
        url = text(obj(obj(value).get("image_url")).get("url"))
        draft.media.append(media.referred(url, "", kind="image"))
    if audio := obj(message.get("audio")):
        draft.text.append(text(audio.get("transcript")))


def read_reasoning(message: dict[str, JSON]) -> str:
    """Servers that send both names repeat themselves."""
    details = (obj(detail) for detail in arr(message.get("reasoning_details")))
    return first_text(message, "reasoning_content", "reasoning") or "".join(
        first_text(detail, "text", "summary") for detail in details
    )


def add_call(draft: ChoiceDraft, item: dict[str, JSON], position: int) -> None:
    """A call, or a piece of one: the id comes first, then arguments under the same index.

    Some servers give every call of a delta the same index, or none: another id is another call.
    """
    index = integer(item.get("index"))
    key = position if index is None else index
    call_id = text(item.get("id"))
    held = draft.calls.get(key)
    if held is not None and call_id and held.id and held.id != call_id:
        draft.calls[len(draft.calls), held.id] = draft.calls.pop(key)
    call = draft.call(key)
    custom = obj(item.get("custom"))
    function = obj(item.get("function")) or custom
    call.is_text = call.is_text or bool(custom)
    call.id = call.id or call_id
    call.name = call.name or text(function.get("name"))
    given = function.get("arguments", custom.get("input"))
    if isinstance(given, str):
        call.pieces.append(given)
    elif given is not None:
        call.value = given


def read_usage(item: dict[str, JSON]) -> Usage | None:
    """``usage``, with the details that some put beside and some inside."""
    usage = obj(item.get("usage")) or obj(obj(item.get("x_groq")).get("usage"))
    given = integer(usage.get("prompt_tokens"))
    produced = integer(usage.get("completion_tokens"))
    if given is None and produced is None:
        return None
    prompt = obj(usage.get("prompt_tokens_details"))
    completion = obj(usage.get("completion_tokens_details"))
    cached = integer(prompt.get("cached_tokens")) or integer(usage.get("prompt_cache_hit_tokens"))
    reasoning = completion.get("reasoning_tokens", usage.get("reasoning_tokens"))
    return Usage(
        input_tokens=given or 0,
        output_tokens=produced or 0,
        total=integer(usage.get("total_tokens")) or (given or 0) + (produced or 0),
        cached_tokens=cached or 0,
        reasoning_tokens=integer(reasoning) or 0,
        raw=usage,
    )


STATUS_TYPES: Final = {
    400: "invalid_request_error",
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    429: "rate_limit_error",
    500: "server_error",
    503: "service_unavailable_error",
}
STATUS_CODES: Final = {401: "invalid_api_key", 404: "model_not_found", 429: "rate_limit_exceeded"}


def error_body(status: int, message: str) -> JSON:
    return {
        "error": {
            "message": message,
            "type": status_name(STATUS_TYPES, status),
            "param": None,
            "code": STATUS_CODES.get(status),
        }
    }


def error_event(status: int, message: str) -> bytes:
    return sse(error_body(status, message))
