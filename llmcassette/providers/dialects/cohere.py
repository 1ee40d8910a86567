"""Cohere's chat, version 2.

https://docs.cohere.com/reference/chat. Its requests are shaped as chat completions are, with
``tool_plan`` beside the calls and documents in a tool's result.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from llmcassette.providers.answer import Answer
from llmcassette.providers.completion import Usage
from llmcassette.providers.conversation import Conversation, Message, Reasoning
from llmcassette.providers.dialects import openai_chat
from llmcassette.providers.failures import read_error, sse
from llmcassette.providers.jsonvalue import JSON, integer, obj, text, without
from llmcassette.providers.wire import Payload, documents

if TYPE_CHECKING:
    from llmcassette.providers.ask import Ask

FORMAT: Final = "cohere"
PROVIDER: Final = "cohere"
ROUTE: Final = re.compile(r"/v2/chat$")


def claims(_ask: Ask) -> bool:
    """Never by its body: a plain one is a chat completion's."""
    return False


def conversation(ask: Ask) -> Conversation | None:
    read = openai_chat.conversation(ask)
    if read is None:
        return None
    return replace(
        read,
        provider=ask.provider(PROVIDER),
        format=FORMAT,
        messages=tuple(with_plan(message) for message in read.messages),
    )


def with_plan(message: Message) -> Message:
    """The plan that goes with an assistant's tool calls is what it thought."""
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


def answer(payload: Payload) -> Answer:
    """Content and calls have indexes of their own; the plan is told as reasoning."""
    found = Answer()
    for _, item in documents(payload):
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
        draft.reasoning.append(text(message.get("tool_plan")))
        content, calls = message.get("content"), message.get("tool_calls")
        for part in content if isinstance(content, list) else [content]:
            draft.text.append(text(obj(part).get("text")))
            draft.reasoning.append(text(obj(part).get("thinking")))
        index = integer(item.get("index")) or 0
        for i, call in enumerate(calls if isinstance(calls, list) else [calls], start=index):
            if isinstance(call, dict):
                openai_chat.add_call(draft, call, i)
    return found


def read_usage(usage: dict[str, JSON]) -> Usage | None:
    """What the model saw and wrote, which is not what is billed."""
    tokens = obj(usage.get("tokens")) or obj(usage.get("billed_units"))
    given = integer(whole(tokens.get("input_tokens")))
    produced = integer(whole(tokens.get("output_tokens")))
    if given is None or produced is None:
        return None
    cached = integer(whole(usage.get("cached_tokens"))) or 0
    return Usage(
        input_tokens=given,
        output_tokens=produced,
        total=given + produced,
        cached_tokens=cached,
        raw=usage,
    )


def whole(value: JSON) -> JSON:
    """Cohere's numbers of tokens are floats by its own schema."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def error_body(_status: int, message: str) -> JSON:
    return {"message": message}


def error_event(_status: int, message: str) -> bytes:
    delta: JSON = {"finish_reason": "ERROR", "error": message}
    return sse({"type": "message-end", "delta": delta}, "message-end")
