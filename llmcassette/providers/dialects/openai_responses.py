"""OpenAI responses, also by Azure, xAI, OpenRouter and others.

https://platform.openai.com/docs/api-reference/responses
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from llmcassette.providers import media
from llmcassette.providers.chat_shapes import split_system
from llmcassette.providers.completion import Usage
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
from llmcassette.providers.drafts import AnswerDraft, CallDraft, ChoiceDraft, parse_arguments
from llmcassette.providers.failures import openai_error, read_error, sse_event
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
from llmcassette.providers.payload import Payload, objects

if TYPE_CHECKING:
    from collections.abc import Iterator

    from llmcassette.providers.parsed_request import ParsedRequest

FORMAT: Final = "openai_responses"
PROVIDER: Final = "openai-compatible"
ROUTE: Final = re.compile(r"/responses$")


def claims(_request: ParsedRequest) -> bool:
    """Never: embeddings have ``input`` and ``model``, too."""
    return False


def conversation(request: ParsedRequest) -> Conversation:
    body = request.body
    system: tuple[Part, ...] = ()
    if instructions := text(body.get("instructions")):
        system = (Text(instructions, "instructions"),)
    if isinstance(body.get("input"), str):
        question = Text(text(body["input"]), "input")
        messages: tuple[Message, ...] = (Message("user", (question,), "input"),)
    else:
        items = elements(body.get("input"), "input")
        leading, messages = split_system([read_item(item, path) for item, path in items])
        system += leading
    return Conversation(
        provider=request.provider(PROVIDER),
        format=FORMAT,
        model=text(body.get("model")),
        system=system,
        messages=messages,
        tools=tuple(read_tool(item, path) for item, path in elements(body.get("tools"), "tools")),
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
            parsed = parse_arguments(raw) if kind == "function_call" else raw
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
    """The readable texts of a reasoning item: its summary and its content."""
    for key in ("summary", "content"):
        for part, where in elements(item.get(key), f"{path}.{key}"):
            yield Reasoning(text(obj(part).get("text")), f"{where}.text")


def read_content(content: JSON, path: str) -> Iterator[Part]:
    if isinstance(content, str):
        yield Text(content, path)
    for item, where in elements(content, path):
        yield read_part(item, where)


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
    """A function, or a built-in tool by its type."""
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


ENDS: Final = ("response.completed", "response.incomplete", "response.failed", "error")


def recognises(_event: str, item: dict[str, JSON]) -> bool:
    kind = text(item.get("type"))
    return item.get("object") == "response" or kind.startswith("response.")


def terminal(_event: str, item: dict[str, JSON]) -> bool:
    return item.get("type") in ENDS or bool(obj(item.get("error")))


def answer(payload: Payload) -> AnswerDraft:
    """The items of the whole response if it arrived; else what the stream's events built up."""
    found = AnswerDraft()
    items: dict[int, dict[str, JSON]] = {}
    for _, document in objects(payload):
        if document.get("object") == "response":
            response = document
        else:
            add_event(items, document)
            response = obj(document.get("response"))
        found.model = text(response.get("model")) or found.model
        found.id = text(response.get("id")) or found.id
        found.usage = read_usage(obj(response.get("usage"))) or found.usage
        found.error = read_error(response) or found.error
        if output := arr(response.get("output")):
            items = {i: obj(item) for i, item in enumerate(output)}
        if status := text(response.get("status")):
            details = obj(response.get("incomplete_details"))
            draft = found.draft()
            draft.finish_reason = text(details.get("reason")) or finish_reason(status)
    for index in sorted(items):
        add_item(found.draft(), index, items[index])
    return found


def finish_reason(status: str) -> str:
    """The status of a response that has ended; empty while it is under way."""
    return "" if status in ("in_progress", "queued") else status


def add_event(items: dict[int, dict[str, JSON]], event: dict[str, JSON]) -> None:
    """Update an output item; its last event repeats the whole item."""
    index = integer(event.get("output_index")) or 0
    kind = text(event.get("type"))
    if kind in ("response.output_item.added", "response.output_item.done"):
        items[index] = dict(obj(event.get("item")))
        return
    key = DELTAS.get(kind)
    if key is not None:
        item = items.setdefault(index, {"type": "message", "role": "assistant"})
        item[key] = text(item.get(key)) + text(event.get("delta"))


DELTAS: Final = {
    "response.output_text.delta": "text so far",
    "response.refusal.delta": "refusal so far",
    "response.reasoning_summary_text.delta": "summary so far",
    "response.reasoning_text.delta": "thought so far",
    "response.function_call_arguments.delta": "arguments",
    "response.custom_tool_call_input.delta": "input",
}
"""The member of an unfinished item that collects the deltas of an event type."""


def add_item(draft: ChoiceDraft, index: int, item: dict[str, JSON]) -> None:
    """Add one item of ``output`` to the choice."""
    draft.text.append(text(item.get("text so far")))
    draft.refusal.append(text(item.get("refusal so far")))
    draft.reasoning += [text(item.get("summary so far")), text(item.get("thought so far"))]
    message = read_item(item, "")
    custom = item.get("type") == "custom_tool_call"
    draft.role = draft.role or message.role
    for part in message.parts:
        match part:
            case Text():
                draft.text.append(part.text)
            case Refusal():
                draft.refusal.append(part.text)
            case Reasoning():
                draft.reasoning.append(part.text)
            case ToolCall():
                draft.calls[index] = CallDraft(part.id, part.name, [part.raw], is_text=custom)
    if item.get("type") == "image_generation_call":
        image = media.named(text(item.get("output_format")), "image")
        draft.media.append(media.inline(text(item.get("result")), image, "", kind="image"))


def read_usage(usage: dict[str, JSON]) -> Usage | None:
    prompt = integer(usage.get("input_tokens"))
    output = integer(usage.get("output_tokens"))
    if prompt is None or output is None:
        return None
    of_prompt = obj(usage.get("input_tokens_details"))
    of_output = obj(usage.get("output_tokens_details"))
    return Usage(
        input_tokens=prompt,
        output_tokens=output,
        total=integer(usage.get("total_tokens")) or prompt + output,
        cached_tokens=integer(of_prompt.get("cached_tokens")) or 0,
        reasoning_tokens=integer(of_output.get("reasoning_tokens")) or 0,
        raw=usage,
    )


def error_body(status: int, message: str) -> JSON:
    return openai_error(status, message)


def error_event(status: int, message: str) -> bytes:
    error = obj(openai_error(status, message)["error"])
    code = text(error["code"]) or text(error["type"])
    event: JSON = {"type": "error", "code": code, "message": message, "param": None}
    return sse_event(event, "error")
