"""OpenAI chat completions, and all that imitate them: Azure, Groq, Mistral, vLLM, llama.cpp ...

https://platform.openai.com/docs/api-reference/chat. Extensions of others are read, too:
``reasoning_content`` (DeepSeek, vLLM), ``reasoning`` and ``reasoning_details`` (OpenRouter, Groq),
content parts of Mistral (``thinking``, ``document_url``), ``usage`` under ``x_groq``.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from llmcassette.providers import media
from llmcassette.providers.chat_shapes import (
    add_call,
    read_call,
    read_content,
    read_function_call,
    read_function_tool,
    read_tool,
    read_usage,
    split_system,
)
from llmcassette.providers.conversation import Conversation, Message
from llmcassette.providers.drafts import AnswerDraft, ChoiceDraft
from llmcassette.providers.failures import openai_error, sse_event
from llmcassette.providers.jsonvalue import (
    JSON,
    arr,
    elements,
    first_text,
    integer,
    obj,
    text,
    without,
)
from llmcassette.providers.parts import Part, Reasoning, Refusal, Text, ToolResult
from llmcassette.providers.payload import Payload, objects

if TYPE_CHECKING:
    from llmcassette.providers.parsed_request import ParsedRequest

FORMAT: Final = "openai_chat"
PROVIDER: Final = "openai-compatible"
ROUTE: Final = re.compile(r"/chat/completions$|/ml/v1/text/chat(_stream)?$")


def claims(request: ParsedRequest) -> bool:
    messages = arr(request.body.get("messages"))
    return bool(
        messages
        and text(request.body.get("model"))
        and all("role" in obj(message) for message in messages)
    )


def conversation(request: ParsedRequest) -> Conversation | None:
    body = request.body
    if not isinstance(body.get("messages"), list):
        return None
    messages = [read_message(item, path) for item, path in elements(body["messages"], "messages")]
    system, rest = split_system(messages)
    tools = [read_tool(item, path) for item, path in elements(body.get("tools"), "tools")]
    for item, path in elements(body.get("functions"), "functions"):
        tools.append(read_function_tool(obj(item), path, {}))
    return Conversation(
        provider=request.provider(PROVIDER),
        format=FORMAT,
        model=first_text(body, "model", "model_id") or deployment(request.path),
        system=system,
        messages=rest,
        tools=tuple(tools),
        parameters=without(body, "messages", "model", "model_id", "stream", "tools", "functions"),
        stream=body.get("stream") is True,
    )


def deployment(path: str) -> str:
    """The model in the path; Azure's older addresses name it nowhere else."""
    found = re.search(r"/deployments/([^/]+)/", path)
    return found[1] if found else ""


def read_message(value: JSON, path: str) -> Message:
    """One item of ``messages``."""
    item = obj(value)
    role = text(item.get("role"))
    content = tuple(read_content(item.get("content"), f"{path}.content"))
    known = ["role", "content", "tool_calls", "function_call", "refusal"]
    if role in ("tool", "function"):
        known += ["tool_call_id", "name"]
        call_id = text(item.get("tool_call_id"))
        result = ToolResult(call_id, content, text(item.get("name")), path=path)
        return Message(role, (result,), path, without(item, *known))
    parts: list[Part] = []
    for key in ("reasoning_content", "reasoning"):
        if thought := text(item.get(key)):
            parts.append(Reasoning(thought, f"{path}.{key}"))
            known.append(key)
    parts += content
    if refusal := text(item.get("refusal")):
        parts.append(Refusal(refusal, f"{path}.refusal"))
    for call, where in elements(item.get("tool_calls"), f"{path}.tool_calls"):
        parts.append(read_call(obj(call), where))
    if function := obj(item.get("function_call")):
        where = f"{path}.function_call"
        parts.append(read_function_call("", function, where, where))
    return Message(role, tuple(parts), path, without(item, *known))


def recognises(_event: str, item: dict[str, JSON]) -> bool:
    """Older text completions have ``choices``, too, but without messages and deltas."""
    if text(item.get("object")).startswith("chat.completion"):
        return True
    choices = arr(item.get("choices"))
    return any("message" in obj(choice) or "delta" in obj(choice) for choice in choices)


def terminal(_event: str, item: dict[str, JSON]) -> bool:
    """An error. Streams usually end with ``[DONE]``, which is not a JSON object."""
    return bool(obj(item.get("error")))


def answer(payload: Payload) -> AnswerDraft:
    """Choices by index, from messages or, in a stream, from deltas.

    Perplexity sends both in both cases; the one that does not belong is empty or a repetition.
    """
    found = AnswerDraft()
    keys = ("delta", "message") if payload.streamed else ("message", "delta")
    for _, item in objects(payload):
        found.model = text(item.get("model")) or found.model
        found.id = text(item.get("id")) or found.id
        found.usage = read_usage(item) or found.usage
        for i, value in enumerate(arr(item.get("choices"))):
            choice = obj(value)
            index = integer(choice.get("index"))
            draft = found.draft(i if index is None else index)
            add_message(draft, obj(choice.get(keys[0])) or obj(choice.get(keys[1])))
            draft.finish_reason = text(choice.get("finish_reason")) or draft.finish_reason
    finished = found.drafts and all(draft.finish_reason for draft in found.drafts.values())
    found.finished = bool(finished and found.usage)
    return found


def add_message(draft: ChoiceDraft, message: dict[str, JSON]) -> None:
    """Add a message, or a delta of one, to a choice."""
    draft.role = draft.role or text(message.get("role"))
    draft.write(Reasoning, read_reasoning(message), "Reasoning")
    for part in read_content(message.get("content"), ""):
        if isinstance(part, (Text, Reasoning)):
            draft.write(type(part), part.text, type(part).__name__)
        else:
            draft.add(replace(part, path=""))
    draft.write(Refusal, text(message.get("refusal")), "Refusal")
    for i, value in enumerate(arr(message.get("tool_calls"))):
        add_call(draft, obj(value), i)
    if function := obj(message.get("function_call")):
        add_call(draft, {"function": function}, 0)
    for value in arr(message.get("images")):
        url = text(obj(obj(value).get("image_url")).get("url"))
        draft.add(media.referred(url, "", kind="image"))
    if audio := obj(message.get("audio")):
        draft.write(Text, text(audio.get("transcript")), "Text")


def read_reasoning(message: dict[str, JSON]) -> str:
    """The first spelling that is there: servers that send several repeat themselves."""
    details = (obj(detail) for detail in arr(message.get("reasoning_details")))
    return first_text(message, "reasoning_content", "reasoning") or "".join(
        first_text(detail, "text", "summary") for detail in details
    )


def error_body(status: int, message: str) -> JSON:
    return openai_error(status, message)


def error_event(status: int, message: str) -> bytes:
    return sse_event(openai_error(status, message))
