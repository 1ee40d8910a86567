"""Cohere's chat, version 1, also on Bedrock: one message, and the history beside it.

https://docs.cohere.com/v1/reference/chat
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final

from llmcassette.providers.conversation import Conversation, Message, Tool
from llmcassette.providers.dialects.cohere import read_usage
from llmcassette.providers.drafts import AnswerDraft, ChoiceDraft
from llmcassette.providers.jsonvalue import (
    JSON,
    arr,
    elements,
    first_text,
    obj,
    others,
    text,
    without,
)
from llmcassette.providers.parts import Other, Part, Text, ToolCall, ToolResult
from llmcassette.providers.payload import Payload, objects

if TYPE_CHECKING:
    from collections.abc import Iterator

    from llmcassette.providers.parsed_request import ParsedRequest

FORMAT: Final = "cohere_v1"
PROVIDER: Final = "cohere"
ROUTE: Final = re.compile(
    r"(?<!/api)/v1/chat$|/model/[^/]*cohere\.command-r[^/]*/invoke(-with-response-stream)?$"
)
MODEL: Final = re.compile(r"/model/(.+)/invoke")
KNOWN: Final = (
    "message", "chat_history", "preamble", "model", "tools", "tool_results", "stream"
)  # fmt: skip


def claims(_request: ParsedRequest) -> bool:
    """Never: other APIs have a ``message``, too."""
    return False


def conversation(request: ParsedRequest) -> Conversation | None:
    body = request.body
    if not isinstance(body.get("message"), str):
        return None
    in_path = MODEL.search(request.path)
    preamble = text(body.get("preamble"))
    history = elements(body.get("chat_history"), "chat_history")
    asked = Text(text(body["message"]), "message")
    now = (*results(body, ""), *((asked,) if asked.text else ()))
    messages = [read_message(item, path) for item, path in history]
    return Conversation(
        provider=request.provider(PROVIDER),
        format=FORMAT,
        model=text(body.get("model")) or (in_path[1] if in_path else ""),
        system=(Text(preamble, "preamble"),) if preamble else (),
        messages=(*messages, Message("user", now, "message")),
        tools=tuple(read_tool(item, path) for item, path in elements(body.get("tools"), "tools")),
        parameters=without(body, *KNOWN),
        stream=body.get("stream") is True or request.path.endswith("-stream"),
    )


ROLES: Final = {"USER": "user", "CHATBOT": "assistant", "SYSTEM": "system", "TOOL": "tool"}


def read_message(value: JSON, path: str) -> Message:
    """One item of the history."""
    item = obj(value)
    said = text(item.get("message"))
    parts: tuple[Part, ...] = (Text(said, f"{path}.message"),) if said else ()
    parts += tuple(
        read_call(obj(call), where)
        for call, where in elements(item.get("tool_calls"), f"{path}.tool_calls")
    )
    parts += tuple(results(item, f"{path}."))
    role = text(item.get("role"))
    extra = without(item, "role", "message", "tool_calls", "tool_results")
    return Message(ROLES.get(role, role), parts, path, extra)


def read_call(call: dict[str, JSON], path: str) -> ToolCall:
    name, arguments = text(call.get("name")), call.get("parameters")
    extra = others(call, "name", "parameters")
    where = path and f"{path}.parameters"
    return ToolCall("", name, arguments, "", path, where, extra)


def results(item: dict[str, JSON], prefix: str) -> Iterator[ToolResult]:
    """Results of tools; each repeats its call."""
    for value, path in elements(item.get("tool_results"), f"{prefix}tool_results"):
        call, outputs = obj(obj(value).get("call")), obj(value).get("outputs")
        content = (Other("json", outputs, f"{path}.outputs"),)
        yield ToolResult("", content, text(call.get("name")), path=path)


def read_tool(value: JSON, path: str) -> Tool:
    item = obj(value)
    schema = item.get("parameter_definitions")
    return Tool(
        text(item.get("name")),
        text(item.get("description")),
        {"properties": schema} if isinstance(schema, dict) else None,
        path,
        f"{path}.parameter_definitions",
        without(item, "name", "description", "parameter_definitions"),
    )


def recognises(_event: str, item: dict[str, JSON]) -> bool:
    whole = "text" in item and ("generation_id" in item or "chat_history" in item)
    return whole or "event_type" in item


def terminal(_event: str, item: dict[str, JSON]) -> bool:
    return item.get("event_type") == "stream-end"


def answer(payload: Payload) -> AnswerDraft:
    """The last event of a stream repeats the whole answer; it counts where no piece came."""
    found = AnswerDraft()
    for _, item in objects(payload):
        if not recognises("", item):
            continue
        draft, whole = found.draft(), obj(item.get("response")) or item
        draft.role = "assistant"
        found.id = first_text(whole, "response_id", "generation_id") or found.id
        found.usage = read_usage(obj(whole.get("meta"))) or found.usage
        draft.finish_reason = first_text(item, "finish_reason") or draft.finish_reason
        if item.get("event_type") in (None, "text-generation", "tool-calls-generation"):
            add(draft, item)
        elif item.get("event_type") == "stream-end" and not draft.parts:
            add(draft, whole)
        draft.extra |= others({name: whole.get(name) for name in ("citations", "documents")})
    return found


def add(draft: ChoiceDraft, item: dict[str, JSON]) -> None:
    draft.write(Text, text(item.get("text")))
    for call in arr(item.get("tool_calls")):
        draft.add(read_call(obj(call), ""))


def error_body(_status: int, message: str) -> JSON:
    return {"message": message}


def error_event(_status: int, message: str) -> bytes:
    """A line of NDJSON."""
    event: JSON = {"is_finished": True, "event_type": "stream-end", "finish_reason": "ERROR"}
    return json.dumps({**obj(event), "error": message}).encode() + b"\n"
