"""OpenAI responses, also as Azure, xAI, OpenRouter and others speak them.

https://platform.openai.com/docs/api-reference/responses
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from llmcassette.providers import media
from llmcassette.providers.answer import Answer, CallDraft, ChoiceDraft, arguments_of
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
from llmcassette.providers.dialects import openai_chat
from llmcassette.providers.dialects.openai_chat import split_system
from llmcassette.providers.failures import read_error, sse
from llmcassette.providers.jsonvalue import JSON, arr, first_text, integer, obj, text, without
from llmcassette.providers.wire import Payload, documents

if TYPE_CHECKING:
    from collections.abc import Iterator

    from llmcassette.providers.ask import Ask

FORMAT: Final = "openai_responses"
PROVIDER: Final = "openai-compatible"
ROUTE: Final = re.compile(r"/responses$")


def claims(_ask: Ask) -> bool:
    """Never by its body: embeddings have ``input`` and ``model``, too."""
    return False


def conversation(ask: Ask) -> Conversation:
    body = ask.body
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
        provider=ask.provider(PROVIDER),
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


ENDS: Final = ("response.completed", "response.incomplete", "response.failed", "error")


def recognises(_event: str, item: dict[str, JSON]) -> bool:
    kind = text(item.get("type"))
    return item.get("object") == "response" or kind.startswith("response.")


def terminal(_event: str, item: dict[str, JSON]) -> bool:
    return item.get("type") in ENDS or bool(obj(item.get("error")))


def answer(payload: Payload) -> Answer:
    """The whole response, where it is there; else the items as far as the stream told of them."""
    found = Answer()
    items: dict[int, dict[str, JSON]] = {}
    for _, document in documents(payload):
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
            why = obj(response.get("incomplete_details"))
            draft = found.draft()
            draft.finish_reason = text(why.get("reason")) or finish_of(status)
    for index in sorted(items):
        add_item(found.draft(), index, items[index])
    return found


def finish_of(status: str) -> str:
    """A response that is not over has no reason to have finished."""
    return "" if status in ("in_progress", "queued") else status


def add_event(items: dict[int, dict[str, JSON]], event: dict[str, JSON]) -> None:
    """Keep an output item up to date; the last events of each repeat it whole."""
    index = integer(event.get("output_index")) or 0
    kind = text(event.get("type"))
    if kind in ("response.output_item.added", "response.output_item.done"):
        items[index] = dict(obj(event.get("item")))
        return
    key = DELTAS.get(kind)
    if key is not None:
        held = items.setdefault(index, {"type": "message", "role": "assistant"})
        held[key] = text(held.get(key)) + text(event.get("delta"))


DELTAS: Final = {
    "response.output_text.delta": "text so far",
    "response.refusal.delta": "refusal so far",
    "response.reasoning_summary_text.delta": "summary so far",
    "response.reasoning_text.delta": "thought so far",
    "response.function_call_arguments.delta": "arguments",
    "response.custom_tool_call_input.delta": "input",
}
"""Under which key of an item the pieces are kept that no final item has replaced yet."""


def add_item(draft: ChoiceDraft, index: int, item: dict[str, JSON]) -> None:
    """One item of ``output``. The paths of its parts are of no use in an answer."""
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
    given = integer(usage.get("input_tokens"))
    produced = integer(usage.get("output_tokens"))
    if given is None or produced is None:
        return None
    return Usage(
        input_tokens=given,
        output_tokens=produced,
        total=integer(usage.get("total_tokens")) or given + produced,
        cached_tokens=integer(obj(usage.get("input_tokens_details")).get("cached_tokens")) or 0,
        reasoning_tokens=(
            integer(obj(usage.get("output_tokens_details")).get("reasoning_tokens")) or 0
        ),
        raw=usage,
    )


def error_body(status: int, message: str) -> JSON:
    return openai_chat.error_body(status, message)


def error_event(status: int, message: str) -> bytes:
    error = obj(obj(error_body(status, message))["error"])
    code = text(error["code"]) or text(error["type"])
    event: JSON = {"type": "error", "code": code, "message": message, "param": None}
    return sse(event, "error")
