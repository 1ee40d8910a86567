"""Cloudflare Workers AI's own API, ``/ai/run/{model}``.

https://developers.cloudflare.com/workers-ai. Messages, tools and usage are shaped as chat
completions have them; an answer is one ``response`` text without a finish reason.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from llmcassette.providers.chat_shapes import add_call, read_usage
from llmcassette.providers.dialects import openai_chat
from llmcassette.providers.drafts import AnswerDraft
from llmcassette.providers.failures import sse_event
from llmcassette.providers.jsonvalue import JSON, arr, obj, text
from llmcassette.providers.parts import Text
from llmcassette.providers.payload import Payload, objects

if TYPE_CHECKING:
    from llmcassette.providers.conversation import Conversation
    from llmcassette.providers.parsed_request import ParsedRequest

FORMAT: Final = "cloudflare"
PROVIDER: Final = "cloudflare"
ROUTE: Final = re.compile(r"/ai/run/(.+)$")


def claims(_request: ParsedRequest) -> bool:
    """Never: only the path names the model."""
    return False


def conversation(request: ParsedRequest) -> Conversation | None:
    found = openai_chat.conversation(request)
    in_path = ROUTE.search(request.path)
    if found is None:
        return None
    model = in_path[1] if in_path else ""
    return replace(found, provider=request.provider(PROVIDER), format=FORMAT, model=model)


def recognises(_event: str, item: dict[str, JSON]) -> bool:
    """Ollama's answers have ``response``, too, but always with ``done``."""
    result = obj(item.get("result"))
    if "success" in item and ("response" in result or "tool_calls" in result):
        return True
    return isinstance(item.get("response"), str) and "done" not in item


def terminal(_event: str, item: dict[str, JSON]) -> bool:
    """An error. Streams usually end with ``[DONE]``, which is not a JSON object."""
    return bool(arr(item.get("errors")))


def answer(payload: Payload) -> AnswerDraft:
    found = AnswerDraft()
    for event, item in objects(payload):
        if not recognises(event, item):
            continue
        result = obj(item.get("result")) or item
        draft = found.draft()
        draft.role = "assistant"
        draft.write(Text, text(result.get("response")))
        for i, call in enumerate(arr(result.get("tool_calls"))):
            add_call(draft, with_function(obj(call)), i)
        found.usage = read_usage(result) or found.usage
    return found


def with_function(call: dict[str, JSON]) -> dict[str, JSON]:
    """A call as chat completions have it: older models leave out the object ``function``."""
    return call if "function" in call else {"function": call}


def error_body(status: int, message: str) -> JSON:
    errors: JSON = [{"code": status, "message": message}]
    return {"result": None, "success": False, "errors": errors, "messages": []}


def error_event(status: int, message: str) -> bytes:
    return sse_event(error_body(status, message))
