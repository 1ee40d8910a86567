"""Anthropic messages, also on Bedrock (``invoke``) and on Vertex (``rawPredict``).

https://docs.anthropic.com/en/api/messages
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from llmcassette.providers.anthropic_blocks import read_block, read_content
from llmcassette.providers.completion import Usage
from llmcassette.providers.conversation import Conversation, Message, Tool
from llmcassette.providers.drafts import AnswerDraft, ChoiceDraft
from llmcassette.providers.failures import sse_event, status_name
from llmcassette.providers.jsonvalue import (
    JSON,
    arr,
    elements,
    integer,
    obj,
    others,
    text,
    without,
)
from llmcassette.providers.parts import (
    Reasoning,
    Text,
)
from llmcassette.providers.payload import Payload, objects

if TYPE_CHECKING:
    from llmcassette.providers.parsed_request import ParsedRequest

FORMAT: Final = "anthropic"
PROVIDER: Final = "anthropic"
ROUTE: Final = re.compile(
    r"/v1/messages$"
    r"|/model/[^/]*anthropic\.[^/]*(/[^/]+)?/invoke(-with-response-stream)?$"
    r"|/publishers/anthropic/models/[^/]+:(stream)?[rR]awPredict$"
)
MODEL: Final = re.compile(r"/models?/(.+?)(/invoke(-with-response-stream)?|:[a-zA-Z]+[pP]redict)$")
STREAMED: Final = re.compile(r"-with-response-stream$|:streamRawPredict$")


def claims(request: ParsedRequest) -> bool:
    """Nothing that chat completions have, too: a header, a member or a tool's schema."""
    has_messages = isinstance(request.body.get("messages"), list)
    tools = arr(request.body.get("tools"))
    return has_messages and (
        "anthropic-version" in request.headers
        or "anthropic_version" in request.body
        or any("input_schema" in obj(tool) for tool in tools)
    )


def conversation(request: ParsedRequest) -> Conversation | None:
    body = request.body
    if not isinstance(body.get("messages"), list):
        return None
    in_path = MODEL.search(request.path)
    return Conversation(
        provider=request.provider(PROVIDER),
        format=FORMAT,
        model=text(body.get("model")) or (in_path[1] if in_path else ""),
        system=tuple(read_content(body.get("system"), "system")),
        messages=tuple(
            read_message(item, at) for item, at in elements(body["messages"], "messages")
        ),
        tools=tuple(read_tool(item, at) for item, at in elements(body.get("tools"), "tools")),
        parameters=without(body, "messages", "model", "stream", "system", "tools"),
        stream=body.get("stream") is True or bool(STREAMED.search(request.path)),
    )


def read_message(value: JSON, path: str) -> Message:
    item = obj(value)
    parts = tuple(read_content(item.get("content"), f"{path}.content"))
    return Message(text(item.get("role")), parts, path, without(item, "role", "content"))


def read_tool(value: JSON, path: str) -> Tool:
    """A tool with a schema, or a built-in tool by its name."""
    item = obj(value)
    known = ("name", "description", "input_schema")
    return Tool(
        text(item.get("name")) or text(item.get("type")),
        text(item.get("description")),
        item.get("input_schema"),
        path,
        f"{path}.input_schema",
        without(item, *known),
    )


EVENTS: Final = (
    "message_start",
    "content_block_start",
    "content_block_delta",
    "content_block_stop",
    "message_delta",
    "message_stop",
)


def recognises(_event: str, item: dict[str, JSON]) -> bool:
    """An event, or a message with ``stop_reason``, which other APIs' messages don't have."""
    kind = item.get("type")
    return kind in EVENTS or (kind == "message" and "stop_reason" in item)


def terminal(_event: str, item: dict[str, JSON]) -> bool:
    return item.get("type") in ("message_stop", "error")


def answer(payload: Payload) -> AnswerDraft:
    found = AnswerDraft()
    usage: dict[str, JSON] = {}
    for _, item in objects(payload):
        message = obj(item.get("message")) if item.get("type") == "message_start" else item
        found.model = text(message.get("model")) or found.model
        found.id = text(message.get("id")) or found.id
        usage |= {k: v for k, v in obj(message.get("usage")).items() if v is not None}
        if recognises("", item):
            draft = found.draft()
            draft.role = draft.role or text(message.get("role"))
            stopped = obj(item.get("delta")) or message
            draft.finish_reason = text(stopped.get("stop_reason")) or draft.finish_reason
            for i, block in enumerate(arr(message.get("content"))):
                draft.add(read_block(block, ""), i)
            add_event(draft, item)
    found.usage = read_usage(usage)
    return found


def add_event(draft: ChoiceDraft, item: dict[str, JSON]) -> None:
    index = integer(item.get("index")) or 0
    match item.get("type"):
        case "content_block_start":
            draft.add(read_block(item.get("content_block"), ""), index)
        case "content_block_delta":
            delta = obj(item.get("delta"))
            cited: JSON = [delta["citation"]] if "citation" in delta else None
            signed = others({"signature": delta.get("signature")})
            draft.write(Text, text(delta.get("text")), index, others({"citations": cited}))
            draft.write(Reasoning, text(delta.get("thinking")), index, signed)
            if "partial_json" in delta:
                draft.call(index).pieces.append(text(delta["partial_json"]))


def read_usage(usage: dict[str, JSON]) -> Usage | None:
    """Anthropic's ``input_tokens`` excludes cached tokens; ``Usage`` includes them."""
    fresh = integer(usage.get("input_tokens"))
    output = integer(usage.get("output_tokens"))
    if fresh is None or output is None:
        return None
    cached = integer(usage.get("cache_read_input_tokens")) or 0
    written = integer(usage.get("cache_creation_input_tokens")) or 0
    thinking = obj(usage.get("output_tokens_details")).get("thinking_tokens")
    return Usage(
        input_tokens=fresh + cached + written,
        output_tokens=output,
        total=fresh + cached + written + output,
        cached_tokens=cached,
        cache_write_tokens=written,
        reasoning_tokens=integer(thinking) or 0,
        raw=usage,
    )


STATUS_TYPES: Final = {
    400: "invalid_request_error",
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    413: "request_too_large",
    429: "rate_limit_error",
    500: "api_error",
    504: "timeout_error",
    529: "overloaded_error",
}


def error_body(status: int, message: str) -> JSON:
    name = status_name(STATUS_TYPES, status)
    return {"type": "error", "error": {"type": name, "message": message}}


def error_event(status: int, message: str) -> bytes:
    return sse_event(error_body(status, message), "error")
