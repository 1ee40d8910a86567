"""Cloudflare Workers AI's own API, ``/ai/run/{model}``.

https://developers.cloudflare.com/workers-ai. Messages, tools and usage are shaped as chat
completions have them; an answer is one ``response`` text, without a reason to have finished.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from llmcassette.providers.answer import Answer
from llmcassette.providers.dialects import openai_chat
from llmcassette.providers.failures import sse
from llmcassette.providers.jsonvalue import JSON, arr, obj, text
from llmcassette.providers.wire import Payload, documents

if TYPE_CHECKING:
    from llmcassette.providers.ask import Ask
    from llmcassette.providers.conversation import Conversation

FORMAT: Final = "cloudflare"
PROVIDER: Final = "cloudflare"
ROUTE: Final = re.compile(r"/ai/run/(.+)$")


def claims(_ask: Ask) -> bool:
    """Never by its body: the model is named in the path only."""
    return False


def conversation(ask: Ask) -> Conversation | None:
    read = openai_chat.conversation(ask)
    in_path = ROUTE.search(ask.path)
    if read is None:
        return None
    model = in_path[1] if in_path else ""
    return replace(read, provider=ask.provider(PROVIDER), format=FORMAT, model=model)


def recognises(_event: str, item: dict[str, JSON]) -> bool:
    """Ollama has ``response``, too, but beside a ``done``."""
    result = obj(item.get("result"))
    if "success" in item and ("response" in result or "tool_calls" in result):
        return True
    return isinstance(item.get("response"), str) and "done" not in item


def terminal(_event: str, item: dict[str, JSON]) -> bool:
    """``[DONE]``, which is no object, or an error in its place."""
    return bool(arr(item.get("errors")))


def answer(payload: Payload) -> Answer:
    found = Answer()
    for event, item in documents(payload):
        if not recognises(event, item):
            continue
        result = obj(item.get("result")) or item
        draft = found.draft()
        draft.role = "assistant"
        draft.text.append(text(result.get("response")))
        for i, call in enumerate(arr(result.get("tool_calls"))):
            openai_chat.add_call(draft, flat(obj(call)), i)
        found.usage = openai_chat.read_usage(result) or found.usage
    return found


def flat(call: dict[str, JSON]) -> dict[str, JSON]:
    """Older models give name and arguments without a ``function`` around them."""
    return call if "function" in call else {"function": call}


def error_body(status: int, message: str) -> JSON:
    errors: JSON = [{"code": status, "message": message}]
    return {"result": None, "success": False, "errors": errors, "messages": []}


def error_event(status: int, message: str) -> bytes:
    return sse(error_body(status, message))
