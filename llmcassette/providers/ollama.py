"""Ollama's own API: ``/api/chat`` and ``/api/generate``, streamed as NDJSON unless told otherwise.

https://github.com/ollama/ollama/blob/main/docs/api.md
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from llmcassette.providers import media, openai_chat
from llmcassette.providers.conversation import (
    Conversation,
    Message,
    Part,
    Reasoning,
    Text,
    ToolResult,
)
from llmcassette.providers.jsonvalue import JSON, arr, member, obj, text, without

if TYPE_CHECKING:
    from llmcassette.providers.registry import Ask

FORMAT: Final = "ollama"
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
        provider=ask.provider("ollama"),
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
