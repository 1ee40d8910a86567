"""Ollama's own API: ``/api/chat`` and ``/api/generate``, streamed as NDJSON unless told otherwise.

https://github.com/ollama/ollama/blob/main/docs/api.md
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final

from llmcassette.providers import media
from llmcassette.providers.answer import Answer, CallDraft
from llmcassette.providers.completion import Usage
from llmcassette.providers.conversation import (
    Conversation,
    Message,
    Part,
    Reasoning,
    Text,
    ToolResult,
)
from llmcassette.providers.dialects import openai_chat
from llmcassette.providers.jsonvalue import JSON, arr, integer, member, obj, text, without
from llmcassette.providers.wire import Payload, documents

if TYPE_CHECKING:
    from llmcassette.providers.ask import Ask

FORMAT: Final = "ollama"
PROVIDER: Final = "ollama"
ROUTE: Final = re.compile(r"/api/(chat|generate)$")


def claims(_ask: Ask) -> bool:
    """Never by its body: a plain one is a chat completion's."""
    return False


def conversation(ask: Ask) -> Conversation | None:
    body = ask.body
    system: tuple[Part, ...] = ()
    if isinstance(body.get("messages"), list):
        listed = enumerate(arr(body["messages"]))
        read = [read_message(item, f"messages[{i}]") for i, item in listed]
        system, messages = openai_chat.split_system(read)
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
    tools = enumerate(arr(body.get("tools")))
    return Conversation(
        provider=ask.provider(PROVIDER),
        format=FORMAT,
        model=text(body.get("model")),
        system=system,
        messages=messages,
        tools=tuple(openai_chat.read_tool(tool, f"tools[{i}]") for i, tool in tools),
        parameters=parameters,
        stream=body.get("stream") is not False,
    )


def read_message(value: JSON, path: str) -> Message:
    item = obj(value)
    role = text(item.get("role"))
    known = ["role", "content", "images", "thinking", "tool_calls"]
    content = tuple(openai_chat.read_content(item.get("content"), f"{path}.content"))
    if role == "tool":
        known += ["tool_name", "tool_call_id"]
        call_id, name = text(item.get("tool_call_id")), text(item.get("tool_name"))
        parts: tuple[Part, ...] = (ToolResult(call_id, content, name, path=path),)
    else:
        calls = enumerate(arr(item.get("tool_calls")))
        thought = text(item.get("thinking"))
        parts = (
            *((Reasoning(thought, f"{path}.thinking"),) if thought else ()),
            *content,
            *read_images(item, path),
            *(openai_chat.read_call(obj(call), f"{path}.tool_calls[{i}]") for i, call in calls),
        )
    return Message(role, parts, path, without(item, *known))


def read_images(item: dict[str, JSON], path: str) -> tuple[Part, ...]:
    """Bare base64, whose media type nobody says."""
    where = member(path, "images")
    images = enumerate(arr(item.get("images")))
    return tuple(media.inline(text(v), "", f"{where}[{i}]", kind="image") for i, v in images)


def recognises(_event: str, item: dict[str, JSON]) -> bool:
    return isinstance(item.get("done"), bool) and ("message" in item or "response" in item)


def terminal(_event: str, item: dict[str, JSON]) -> bool:
    return item.get("done") is True or "error" in item


def answer(payload: Payload) -> Answer:
    found = Answer()
    for _, item in documents(payload):
        found.model = text(item.get("model")) or found.model
        found.usage = read_usage(item) or found.usage
        if not recognises("", item):
            continue
        message = obj(item.get("message"))
        draft = found.draft()
        draft.role = draft.role or text(message.get("role")) or "assistant"
        draft.text.append(text(message.get("content")) or text(item.get("response")))
        draft.reasoning.append(text(message.get("thinking")) or text(item.get("thinking")))
        draft.finish_reason = text(item.get("done_reason")) or draft.finish_reason
        for value in arr(message.get("tool_calls")):
            function = obj(obj(value).get("function"))
            draft.calls[len(draft.calls)] = CallDraft(
                text(obj(value).get("id")),
                text(function.get("name")),
                value=function.get("arguments"),
                if_empty={},
            )
    return found


def read_usage(item: dict[str, JSON]) -> Usage | None:
    """Counts stand beside the message; a prompt that was cached has none."""
    produced = integer(item.get("eval_count"))
    if produced is None:
        return None
    given = integer(item.get("prompt_eval_count")) or 0
    counts = {key: value for key, value in item.items() if key.endswith(("_count", "_duration"))}
    return Usage(input_tokens=given, output_tokens=produced, total=given + produced, raw=counts)


def error_body(_status: int, message: str) -> JSON:
    return {"error": message}


def error_event(_status: int, message: str) -> bytes:
    return json.dumps({"error": message}).encode() + b"\n"
