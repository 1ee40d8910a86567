"""Model Context Protocol over streamable HTTP: calls of tools, and their results.

https://modelcontextprotocol.io/specification. A message is one JSON-RPC request; its answer is
JSON, or SSE with notifications before it. No model is called: the method stands in its place.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final

from llmcassette.providers import media
from llmcassette.providers.conversation import Conversation, Message
from llmcassette.providers.drafts import AnswerDraft, ChoiceDraft
from llmcassette.providers.failures import sse_event
from llmcassette.providers.jsonvalue import JSON, arr, member, obj, text
from llmcassette.providers.mcp_messages import is_mcp, without_volatile
from llmcassette.providers.parts import Other, Text, ToolCall
from llmcassette.providers.payload import Payload, objects

if TYPE_CHECKING:
    from llmcassette.providers.parsed_request import ParsedRequest

FORMAT: Final = "mcp"
PROVIDER: Final = "mcp"
ROUTE: Final = re.compile(r"(?!)")
"""No path: servers choose their own."""
INTERNAL_ERROR: Final = -32603
"""JSON-RPC 2.0, 5.1."""


def claims(request: ParsedRequest) -> bool:
    return is_mcp(request.body)


def conversation(request: ParsedRequest) -> Conversation | None:
    if not is_mcp(request.body):
        return None
    method = text(request.body["method"])
    params = obj(without_volatile(request.body).get("params"))
    messages: tuple[Message, ...] = ()
    if method == "tools/call":
        name, arguments = text(params.pop("name", None)), params.pop("arguments", {})
        call = ToolCall("", name, arguments, path="params", arguments_path="params.arguments")
        messages = (Message("client", (call,), "params"),)
    return Conversation(
        provider=request.provider(PROVIDER),
        format=FORMAT,
        model=method,
        messages=messages,
        parameters={member("params", name): value for name, value in params.items()},
    )


def recognises(_event: str, item: dict[str, JSON]) -> bool:
    return item.get("jsonrpc") == "2.0"


def terminal(_event: str, item: dict[str, JSON]) -> bool:
    """The response; requests and notifications of the server may come before it."""
    return "id" in item and ("result" in item or "error" in item)


def answer(payload: Payload) -> AnswerDraft:
    found = AnswerDraft()
    for _, item in objects(payload):
        if "result" not in item:
            continue
        result, draft = obj(item["result"]), found.draft()
        draft.role = "server"
        if isinstance(result.get("tools"), list):
            tools = (tool_text(obj(tool)) for tool in arr(result["tools"]))
            draft.write(Text, "\n".join(tools))
        elif isinstance(result.get("content"), list):
            for part in arr(result["content"]):
                add_part(draft, obj(part))
            draft.finish_reason = "tool error" if result.get("isError") is True else ""
        elif result:
            kept = {name: value for name, value in result.items() if name != "_meta"}
            draft.write(Text, json.dumps(kept, ensure_ascii=False))
    return found


def tool_text(tool: dict[str, JSON]) -> str:
    """The tool as ``weather(city): The weather in a city``."""
    names = ", ".join(obj(obj(tool.get("inputSchema")).get("properties")))
    description = text(tool.get("description"))
    return f"{text(tool.get('name'))}({names})" + (f": {description}" if description else "")


def add_part(draft: ChoiceDraft, part: dict[str, JSON]) -> None:
    """One item of a tool's result."""
    kind = text(part.get("type"))
    if kind == "text":
        draft.write(Text, text(part.get("text")))
    elif kind in {"image", "audio"}:
        draft.add(media.inline(text(part.get("data")), text(part.get("mimeType")), ""))
    else:
        draft.add(Other(kind, part))


def error_body(_status: int, message: str) -> JSON:
    return {"jsonrpc": "2.0", "id": None, "error": {"code": INTERNAL_ERROR, "message": message}}


def error_event(status: int, message: str) -> bytes:
    return sse_event(error_body(status, message), "message")
