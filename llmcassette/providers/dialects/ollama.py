"""Ollama's own API: ``/api/chat`` and ``/api/generate``, streamed as NDJSON by default.

https://github.com/ollama/ollama/blob/main/docs/api.md
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final

from llmcassette.providers import media
from llmcassette.providers.chat_shapes import read_call, read_content, read_tool, split_system
from llmcassette.providers.completion import Usage
from llmcassette.providers.conversation import Conversation, Message
from llmcassette.providers.drafts import AnswerDraft
from llmcassette.providers.jsonvalue import (
    JSON,
    arr,
    elements,
    integer,
    member,
    obj,
    text,
    without,
)
from llmcassette.providers.parts import Part, Reasoning, Text, ToolCall, ToolResult
from llmcassette.providers.payload import Payload, objects

if TYPE_CHECKING:
    from llmcassette.providers.parsed_request import ParsedRequest

FORMAT: Final = "ollama"
PROVIDER: Final = "ollama"
ROUTE: Final = re.compile(r"/api/(chat|generate)$")


def claims(_request: ParsedRequest) -> bool:
    """Never: a simple body could as well be a chat completion."""
    return False


def conversation(request: ParsedRequest) -> Conversation | None:
    body = request.body
    system: tuple[Part, ...] = ()
    if isinstance(body.get("messages"), list):
        listed = elements(body["messages"], "messages")
        system, messages = split_system([read_message(item, path) for item, path in listed])
    elif isinstance(body.get("prompt"), str):
        prompt = Text(text(body["prompt"]), "prompt")
        messages = (Message("user", (prompt, *read_images(body, "")), "prompt"),)
        if instructions := text(body.get("system")):
            system = (Text(instructions, "system"),)
    else:
        return None
    known = ("messages", "prompt", "images", "system", "model", "stream", "tools", "options")
    parameters = without(body, *known)
    for key, value in obj(body.get("options")).items():
        parameters[member("options", key)] = value
    return Conversation(
        provider=request.provider(PROVIDER),
        format=FORMAT,
        model=text(body.get("model")),
        system=system,
        messages=messages,
        tools=tuple(read_tool(item, path) for item, path in elements(body.get("tools"), "tools")),
        parameters=parameters,
        stream=body.get("stream") is not False,
    )


def read_message(value: JSON, path: str) -> Message:
    item = obj(value)
    role = text(item.get("role"))
    known = ["role", "content", "images", "thinking", "tool_calls"]
    content = tuple(read_content(item.get("content"), f"{path}.content"))
    if role == "tool":
        known += ["tool_name", "tool_call_id"]
        call_id, name = text(item.get("tool_call_id")), text(item.get("tool_name"))
        parts: tuple[Part, ...] = (ToolResult(call_id, content, name, path=path),)
    else:
        calls = elements(item.get("tool_calls"), f"{path}.tool_calls")
        thought = text(item.get("thinking"))
        parts = (
            *((Reasoning(thought, f"{path}.thinking"),) if thought else ()),
            *content,
            *read_images(item, path),
            *(read_call(obj(call), where) for call, where in calls),
        )
    return Message(role, parts, path, without(item, *known))


def read_images(item: dict[str, JSON], path: str) -> tuple[Part, ...]:
    """Images in base64, without a media type."""
    images = elements(item.get("images"), member(path, "images"))
    return tuple(media.inline(text(image), "", where, kind="image") for image, where in images)


def recognises(_event: str, item: dict[str, JSON]) -> bool:
    """Google's long-running operations have ``done`` and ``response``, too, but an object."""
    answered = isinstance(item.get("message"), dict) or isinstance(item.get("response"), str)
    return isinstance(item.get("done"), bool) and answered


def terminal(_event: str, item: dict[str, JSON]) -> bool:
    return item.get("done") is True or "error" in item


def answer(payload: Payload) -> AnswerDraft:
    found = AnswerDraft()
    for _, item in objects(payload):
        found.model = text(item.get("model")) or found.model
        found.usage = read_usage(item) or found.usage
        if not recognises("", item):
            continue
        message = obj(item.get("message"))
        draft = found.draft()
        draft.role = draft.role or text(message.get("role")) or "assistant"
        draft.write(Reasoning, text(message.get("thinking")) or text(item.get("thinking")))
        draft.write(Text, text(message.get("content")) or text(item.get("response")))
        draft.finish_reason = text(item.get("done_reason")) or draft.finish_reason
        for value in arr(message.get("tool_calls")):
            function = obj(obj(value).get("function"))
            call_id, name = text(obj(value).get("id")), text(function.get("name"))
            draft.add(ToolCall(call_id, name, function.get("arguments", {})))
    return found


def read_usage(item: dict[str, JSON]) -> Usage | None:
    """Counts are members of the answer itself; a cached prompt has no count."""
    output = integer(item.get("eval_count"))
    if output is None:
        return None
    prompt = integer(item.get("prompt_eval_count")) or 0
    counts = {key: value for key, value in item.items() if key.endswith(("_count", "_duration"))}
    return Usage(input_tokens=prompt, output_tokens=output, total=prompt + output, raw=counts)


def error_body(_status: int, message: str) -> JSON:
    return {"error": message}


def error_event(_status: int, message: str) -> bytes:
    return json.dumps({"error": message}).encode() + b"\n"
