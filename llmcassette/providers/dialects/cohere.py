"""Cohere's chat, version 2.

https://docs.cohere.com/reference/chat. Requests have the shape of chat completions, with a
``tool_plan`` beside the tool calls, and documents in a tool's result.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from llmcassette.providers.chat_shapes import add_call
from llmcassette.providers.completion import Usage
from llmcassette.providers.dialects import openai_chat
from llmcassette.providers.drafts import AnswerDraft
from llmcassette.providers.failures import read_error, sse_event
from llmcassette.providers.jsonvalue import JSON, integer, obj, text, without
from llmcassette.providers.parts import Reasoning, Text
from llmcassette.providers.payload import Payload, objects

if TYPE_CHECKING:
    from llmcassette.providers.conversation import Conversation, Message
    from llmcassette.providers.parsed_request import ParsedRequest

FORMAT: Final = "cohere"
PROVIDER: Final = "cohere"
ROUTE: Final = re.compile(r"/v2/chat$")


def claims(_request: ParsedRequest) -> bool:
    """Never: a simple body could as well be a chat completion."""
    return False


def conversation(request: ParsedRequest) -> Conversation | None:
    found = openai_chat.conversation(request)
    if found is None:
        return None
    return replace(
        found,
        provider=request.provider(PROVIDER),
        format=FORMAT,
        messages=tuple(with_plan(message) for message in found.messages),
    )


def with_plan(message: Message) -> Message:
    """The message with its ``tool_plan`` as reasoning."""
    plan = text(message.extra.get("tool_plan"))
    if not plan:
        return message
    thought = Reasoning(plan, f"{message.path}.tool_plan")
    extra = without(dict(message.extra), "tool_plan")
    return replace(message, parts=(thought, *message.parts), extra=extra)


EVENTS: Final = (
    "message-start",
    "content-start",
    "content-delta",
    "tool-plan-delta",
    "tool-call-start",
    "tool-call-delta",
    "message-end",
)


def recognises(_event: str, item: dict[str, JSON]) -> bool:
    return item.get("type") in EVENTS or ("finish_reason" in item and "message" in item)


def terminal(_event: str, item: dict[str, JSON]) -> bool:
    return item.get("type") == "message-end"


def answer(payload: Payload) -> AnswerDraft:
    """Content and calls count their indexes separately; the tool plan is reasoning."""
    found = AnswerDraft()
    for _, item in objects(payload):
        if not recognises("", item):
            continue
        found.id = text(item.get("id")) or found.id
        delta = obj(item.get("delta"))
        message = obj(delta.get("message")) or obj(item.get("message"))
        found.usage = read_usage(obj(delta.get("usage")) or obj(item.get("usage"))) or found.usage
        found.error = read_error(delta) or found.error
        draft = found.draft()
        finish = text(delta.get("finish_reason")) or text(item.get("finish_reason"))
        draft.finish_reason = finish or draft.finish_reason
        draft.role = draft.role or text(message.get("role"))
        draft.write(Reasoning, text(message.get("tool_plan")))
        content, calls = message.get("content"), message.get("tool_calls")
        for part in content if isinstance(content, list) else [content]:
            draft.write(Text, text(obj(part).get("text")))
            draft.write(Reasoning, text(obj(part).get("thinking")))
        index = integer(item.get("index")) or 0
        for i, call in enumerate(calls if isinstance(calls, list) else [calls], start=index):
            if isinstance(call, dict):
                add_call(draft, call, i)
    return found


def read_usage(usage: dict[str, JSON]) -> Usage | None:
    """The model's tokens; the billed ones only where those are missing."""
    tokens = obj(usage.get("tokens")) or obj(usage.get("billed_units"))
    prompt = integer(whole(tokens.get("input_tokens")))
    output = integer(whole(tokens.get("output_tokens")))
    if prompt is None or output is None:
        return None
    cached = integer(whole(usage.get("cached_tokens"))) or 0
    return Usage(
        input_tokens=prompt,
        output_tokens=output,
        total=prompt + output,
        cached_tokens=cached,
        raw=usage,
    )


def whole(value: JSON) -> JSON:
    """Cohere's schema makes token counts floats."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def error_body(_status: int, message: str) -> JSON:
    return {"message": message}


def error_event(_status: int, message: str) -> bytes:
    delta: JSON = {"finish_reason": "ERROR", "error": message}
    return sse_event({"type": "message-end", "delta": delta}, "message-end")
