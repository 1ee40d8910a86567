"""OpenAI responses, also by Azure, xAI, OpenRouter and others.

https://platform.openai.com/docs/api-reference/responses
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from llmcassette.providers.chat_shapes import split_system
from llmcassette.providers.completion import Usage
from llmcassette.providers.conversation import Conversation, Message, Tool
from llmcassette.providers.drafts import AnswerDraft, ChoiceDraft
from llmcassette.providers.failures import openai_error, read_error, sse_event
from llmcassette.providers.jsonvalue import (
    JSON,
    arr,
    elements,
    integer,
    obj,
    text,
    without,
)
from llmcassette.providers.parts import Part, Reasoning, Refusal, Text
from llmcassette.providers.payload import Payload, objects
from llmcassette.providers.response_items import read_item

if TYPE_CHECKING:
    from llmcassette.providers.parsed_request import ParsedRequest

FORMAT: Final = "openai_responses"
PROVIDER: Final = "openai-compatible"
ROUTE: Final = re.compile(r"/responses(/(?!compact$|input_tokens$)[^/]+(/cancel)?)?$")


def claims(_request: ParsedRequest) -> bool:
    """Never: embeddings have ``input`` and ``model``, too."""
    return False


def conversation(request: ParsedRequest) -> Conversation | None:
    body = request.body
    if "input" not in body and "instructions" not in body and "prompt" not in body:
        return None
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
        add_item(found.draft(), items[index])
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
    "response.code_interpreter_call_code.delta": "code",
    "response.mcp_call_arguments.delta": "arguments",
}
"""The member of an unfinished item that collects the deltas of an event type."""


def add_item(draft: ChoiceDraft, item: dict[str, JSON]) -> None:
    """Add one item of ``output`` to the choice."""
    draft.write(Reasoning, text(item.get("summary so far")))
    draft.write(Reasoning, text(item.get("thought so far")))
    draft.write(Text, text(item.get("text so far")))
    draft.write(Refusal, text(item.get("refusal so far")))
    message = read_item(item, "")
    draft.role = draft.role or message.role
    for part in message.parts:
        draft.add(part)


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
