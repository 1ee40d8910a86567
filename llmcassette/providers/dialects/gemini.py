"""Gemini's ``generateContent``, on AI Studio and on Vertex.

https://ai.google.dev/api/generate-content. Members are read in camelCase and in snake_case: the
API accepts both.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from llmcassette.providers.completion import Usage
from llmcassette.providers.conversation import Conversation, Message, Tool
from llmcassette.providers.drafts import AnswerDraft, ChoiceDraft
from llmcassette.providers.failures import sse_event, status_name
from llmcassette.providers.gemini_parts import read_part
from llmcassette.providers.jsonvalue import (
    JSON,
    arr,
    elements,
    integer,
    member,
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
    from collections.abc import Iterator

    from llmcassette.providers.parsed_request import ParsedRequest

FORMAT: Final = "gemini"
PROVIDER: Final = "google"
ROUTE: Final = re.compile(r"/models/[^:]+:(streamG|g)enerateContent$")
MODEL: Final = re.compile(r"([^/:]+):[a-zA-Z]+$")

INSTRUCTION: Final = ("systemInstruction", "system_instruction")
CONFIG: Final = ("generationConfig", "generation_config")
DECLARATIONS: Final = ("functionDeclarations", "function_declarations")
SCHEMAS: Final = ("parameters", "parametersJsonSchema", "parameters_json_schema")


def claims(request: ParsedRequest) -> bool:
    contents = arr(request.body.get("contents"))
    return bool(contents) and all("parts" in obj(content) for content in contents)


def conversation(request: ParsedRequest) -> Conversation | None:
    body = request.body
    if "contents" not in body:
        return None
    in_path = MODEL.search(request.path)
    if isinstance(body["contents"], list):
        contents = elements(body["contents"], "contents")
        messages = [read_message(item, path) for item, path in contents]
    else:
        messages = [read_message(body["contents"], "contents")]
    instruction = present(body, INSTRUCTION)
    config = present(body, CONFIG)
    parameters = without(body, "contents", "model", "tools", instruction, config)
    for key, value in obj(body.get(config)).items():
        parameters[member(config, key)] = value
    return Conversation(
        provider=request.provider(PROVIDER),
        format=FORMAT,
        model=in_path[1] if in_path else text(body.get("model")),
        system=read_message(body.get(instruction), instruction).parts,
        messages=tuple(messages),
        tools=tuple(read_tools(body.get("tools"))),
        parameters=parameters,
        stream=":stream" in request.path,
    )


def present(source: dict[str, JSON], keys: tuple[str, ...]) -> str:
    """The spelling of a member that the object has; else the first."""
    return next((key for key in keys if key in source), keys[0])


def read_message(value: JSON, path: str) -> Message:
    """One item of ``contents``; the system instruction may also be a bare string."""
    if isinstance(value, str):
        return Message("user", (Text(value, path),), path)
    item = obj(value)
    role = text(item.get("role")) or "user"
    parts = elements(item.get("parts"), f"{path}.parts")
    known = ("role", "parts")
    return Message(role, tuple(read_part(*part) for part in parts), path, without(item, *known))


def read_tools(tools: JSON) -> Iterator[Tool]:
    """Declared functions, and built-in tools by the member that switches them on."""
    for item, item_path in elements(tools, "tools"):
        for key, value in obj(item).items():
            path = member(item_path, key)
            if key not in DECLARATIONS:
                yield Tool(key, path=path, schema_path=path, extra=obj(value))
                continue
            for declaration, where in elements(value, path):
                yield read_function(obj(declaration), where)


def read_function(function: dict[str, JSON], path: str) -> Tool:
    schema = present(function, SCHEMAS)
    return Tool(
        text(function.get("name")),
        text(function.get("description")),
        function.get(schema),
        path,
        f"{path}.{schema}",
        without(function, "name", "description", schema),
    )


def recognises(_event: str, item: dict[str, JSON]) -> bool:
    return "promptFeedback" in item or any(
        "content" in obj(candidate) or "finishReason" in obj(candidate)
        for candidate in arr(item.get("candidates"))
    )


def terminal(_event: str, item: dict[str, JSON]) -> bool:
    """All candidates have a finish reason, the prompt was blocked, or this is an error."""
    candidates = arr(item.get("candidates"))
    if not candidates:
        return "error" in item or "blockReason" in obj(item.get("promptFeedback"))
    return all(finish_reason(obj(candidate)) for candidate in candidates)


REASONS: Final = {1: "STOP", 2: "MAX_TOKENS", 3: "SAFETY", 4: "RECITATION", 5: "OTHER"}
"""Numbers that both APIs use alike, for requests with ``enum-encoding=int``."""


def finish_reason(candidate: dict[str, JSON]) -> str:
    """The reason by name; a number without a known name as it is."""
    reason = candidate.get("finishReason")
    number = integer(reason)
    return text(reason) if not number else REASONS.get(number, str(number))


def answer(payload: Payload) -> AnswerDraft:
    found = AnswerDraft()
    for _, item in objects(payload):
        found.model = text(item.get("modelVersion")) or found.model
        found.id = text(item.get("responseId")) or found.id
        found.usage = read_usage(obj(item.get("usageMetadata"))) or found.usage
        for i, value in enumerate(arr(item.get("candidates"))):
            candidate = obj(value)
            index = integer(candidate.get("index"))
            draft = found.draft(i if index is None else index)
            add_content(draft, obj(candidate.get("content")))
            draft.finish_reason = finish_reason(candidate) or draft.finish_reason
            draft.extra |= others(candidate, "index", "content", "finishReason")
        if reason := text(obj(item.get("promptFeedback")).get("blockReason")):
            found.draft().finish_reason = reason
    return found


def add_content(draft: ChoiceDraft, content: dict[str, JSON]) -> None:
    draft.role = draft.role or text(content.get("role"))
    for value in arr(content.get("parts")):
        match read_part(value, ""):
            case Text() | Reasoning() as piece:
                draft.write(type(piece), piece.text, extra=piece.extra)
            case part:
                draft.add(part)


def read_usage(usage: dict[str, JSON]) -> Usage | None:
    """Gemini omits counts of 0. Thoughts are output, tool prompts are input."""
    if not usage:
        return None
    prompt = integer(usage.get("promptTokenCount")) or 0
    prompt += integer(usage.get("toolUsePromptTokenCount")) or 0
    thoughts = integer(usage.get("thoughtsTokenCount")) or 0
    output = (integer(usage.get("candidatesTokenCount")) or 0) + thoughts
    return Usage(
        input_tokens=prompt,
        output_tokens=output,
        total=integer(usage.get("totalTokenCount")) or prompt + output,
        cached_tokens=integer(usage.get("cachedContentTokenCount")) or 0,
        reasoning_tokens=thoughts,
        raw=usage,
    )


STATUSES: Final = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    409: "ABORTED",
    429: "RESOURCE_EXHAUSTED",
    499: "CANCELLED",
    500: "INTERNAL",
    501: "UNIMPLEMENTED",
    503: "UNAVAILABLE",
    504: "DEADLINE_EXCEEDED",
}


def error_body(status: int, message: str) -> JSON:
    name = status_name(STATUSES, status)
    return {"error": {"code": status, "message": message, "status": name}}


def error_event(status: int, message: str) -> bytes:
    return sse_event(error_body(status, message))
