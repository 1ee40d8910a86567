"""Cohere's chat, version 2.

https://docs.cohere.com/reference/chat. Its requests are shaped as chat completions are, with
``tool_plan`` beside the calls and documents in a tool's result.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from llmcassette.providers import openai_chat
from llmcassette.providers.conversation import Conversation, Message, Reasoning
from llmcassette.providers.jsonvalue import text, without

if TYPE_CHECKING:
    from llmcassette.providers.registry import Ask

FORMAT: Final = "cohere"
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
        provider=ask.provider("cohere"),
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
