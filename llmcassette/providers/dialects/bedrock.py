"""Amazon Bedrock's Converse, streamed as Amazon event stream frames or not.

https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final

from llmcassette.providers import media
from llmcassette.providers.completion import Usage
from llmcassette.providers.conversation import Conversation, Message, Tool
from llmcassette.providers.drafts import AnswerDraft, ChoiceDraft
from llmcassette.providers.failures import status_name
from llmcassette.providers.jsonvalue import (
    JSON,
    arr,
    elements,
    first_text,
    integer,
    member,
    obj,
    text,
    without,
)
from llmcassette.providers.parts import Media, Other, Part, Reasoning, Text, ToolCall, ToolResult
from llmcassette.providers.payload import Payload, objects
from llmcassette.streams import HeaderValue, encode_message

if TYPE_CHECKING:
    from collections.abc import Iterator

    from llmcassette.providers.parsed_request import ParsedRequest

FORMAT: Final = "bedrock"
PROVIDER: Final = "bedrock"
ROUTE: Final = re.compile(
    r"/model/.+/converse(-stream)?$|/model/[^/]*nova[^/]*/invoke(-with-response-stream)?$"
)
MODEL: Final = re.compile(r"/model/(.+)/(converse|invoke)(-[a-z-]+)?$")
EVENTS: Final = (
    "messageStart", "contentBlockStart", "contentBlockDelta", "contentBlockStop", "messageStop",
    "metadata",
)  # fmt: skip


def claims(_request: ParsedRequest) -> bool:
    """Never: only the path names the model."""
    return False


def conversation(request: ParsedRequest) -> Conversation | None:
    body = request.body
    if not isinstance(body.get("messages"), list):
        return None
    in_path = MODEL.search(request.path)
    parameters = without(body, "messages", "system", "toolConfig", "inferenceConfig")
    for key, value in obj(body.get("inferenceConfig")).items():
        parameters[member("inferenceConfig", key)] = value
    tool_config = obj(body.get("toolConfig"))
    for key, value in without(tool_config, "tools").items():
        parameters[member("toolConfig", key)] = value
    tools = elements(tool_config.get("tools"), "toolConfig.tools")
    return Conversation(
        provider=request.provider(PROVIDER),
        format=FORMAT,
        model=in_path[1] if in_path else "",
        system=tuple(read_content(body.get("system"), "system")),
        messages=tuple(
            read_message(item, at) for item, at in elements(body["messages"], "messages")
        ),
        tools=tuple(read_tool(item, at) for item, at in tools),
        parameters=parameters,
        stream=request.path.endswith("-stream"),
    )


def read_message(value: JSON, path: str) -> Message:
    item = obj(value)
    parts = tuple(read_content(item.get("content"), f"{path}.content"))
    return Message(text(item.get("role")), parts, path, without(item, "role", "content"))


def read_content(content: JSON, path: str) -> Iterator[Part]:
    """A list of blocks. A tool's result inside a tool's result remains ``Other``."""
    for item, where in elements(content, path):
        block = obj(item)
        if "toolResult" in block:
            yield read_result(obj(block["toolResult"]), f"{where}.toolResult")
        else:
            yield read_block(item, where)


def read_result(item: dict[str, JSON], path: str) -> ToolResult:
    content = elements(item.get("content"), f"{path}.content")
    return ToolResult(
        text(item.get("toolUseId")),
        tuple(read_block(block, at) for block, at in content),
        is_error=item.get("status") == "error",
        path=path,
    )


def read_block(value: JSON, path: str) -> Part:
    """Any block but a tool's result. Its only member is its kind."""
    block = obj(value)
    kind = next(iter(block), "")
    inner = obj(block.get(kind))
    where = member(path, kind)
    match kind:
        case "text":
            return Text(text(block["text"]), where)
        case "toolUse":
            call_id, name = text(inner.get("toolUseId")), text(inner.get("name"))
            return ToolCall(call_id, name, inner.get("input"), "", where, f"{where}.input")
        case "reasoningContent":
            thought = obj(inner.get("reasoningText"))
            return Reasoning(text(thought.get("text")), f"{where}.reasoningText.text")
        case "image":
            return read_source(inner, where, "image")
        case "video":
            return read_source(inner, where, "video")
        case "audio":
            return read_source(inner, where, "audio")
        case "document":
            return read_source(inner, where, "file")
        case _:
            return Other(kind, value, path)


def read_source(item: dict[str, JSON], path: str, kind: media.Kind) -> Media:
    """Base64 in the body, or an object in S3."""
    source = obj(item.get("source"))
    media_type = media.named(text(item.get("format")), kind)
    name = text(item.get("name"))
    if "bytes" in source:
        return media.inline(text(source["bytes"]), media_type, path, kind=kind, name=name)
    where = first_text(obj(source.get("s3Location")), "uri")
    return media.referred(where, path, kind=kind, media_type=media_type, name=name)


def read_tool(value: JSON, path: str) -> Tool:
    """A tool with a schema, or a marker such as ``cachePoint`` by its name."""
    item = obj(value)
    if "toolSpec" not in item:
        kind = next(iter(item), "")
        where = member(path, kind)
        return Tool(kind, path=where, schema_path=where, extra=obj(item.get(kind)))
    spec, where = obj(item["toolSpec"]), f"{path}.toolSpec"
    return Tool(
        text(spec.get("name")),
        text(spec.get("description")),
        obj(spec.get("inputSchema")).get("json"),
        where,
        f"{where}.inputSchema.json",
        without(spec, "name", "description", "inputSchema"),
    )


def recognises(event: str, item: dict[str, JSON]) -> bool:
    event, item = unwrapped(event, item)
    return event in EVENTS[:-1] or ("stopReason" in item and "message" in obj(item.get("output")))


def unwrapped(event: str, item: dict[str, JSON]) -> tuple[str, dict[str, JSON]]:
    """Name and members of an event. Nova's ``invoke`` has the name as the only member."""
    name = next((name for name in EVENTS if name in item), "")
    return (event, item) if event or not name else (name, obj(item[name]))


def terminal(event: str, item: dict[str, JSON]) -> bool:
    """``metadata`` follows ``messageStop``, with the usage."""
    return unwrapped(event, item)[0] == "metadata"


def answer(payload: Payload) -> AnswerDraft:
    found = AnswerDraft()
    for event, item in (unwrapped(*each) for each in objects(payload)):
        found.usage = read_usage(obj(item.get("usage"))) or found.usage
        if recognises(event, item):
            message = obj(obj(item.get("output")).get("message")) or item
            draft = found.draft()
            draft.role = draft.role or text(message.get("role"))
            draft.finish_reason = text(item.get("stopReason")) or draft.finish_reason
            for i, block in enumerate(arr(message.get("content"))):
                add_block(draft, i, obj(block))
            index = integer(item.get("contentBlockIndex")) or 0
            add_block(draft, index, obj(item.get("start")) or obj(item.get("delta")))
    return found


def add_block(draft: ChoiceDraft, index: int, block: dict[str, JSON]) -> None:
    """Add a block, its start or a delta of it; all three have the same members."""
    draft.write(Text, text(block.get("text")), index)
    thought = obj(block.get("reasoningContent"))
    thought_text = text(thought.get("text")) or text(obj(thought.get("reasoningText")).get("text"))
    draft.write(Reasoning, thought_text, index)
    if "toolUse" not in block:
        return
    use, call = obj(block["toolUse"]), draft.call(index)
    call.id = call.id or text(use.get("toolUseId"))
    call.name = call.name or text(use.get("name"))
    call.if_empty = {}
    call.add_arguments(use.get("input"))


def read_usage(usage: dict[str, JSON]) -> Usage | None:
    """Bedrock's ``inputTokens`` excludes cached tokens; ``Usage`` includes them."""
    fresh = integer(usage.get("inputTokens"))
    output = integer(usage.get("outputTokens"))
    if fresh is None or output is None:
        return None
    cached = integer(usage.get("cacheReadInputTokens")) or 0
    written = integer(usage.get("cacheWriteInputTokens")) or 0
    return Usage(
        input_tokens=fresh + cached + written,
        output_tokens=output,
        total=integer(usage.get("totalTokens")) or fresh + cached + written + output,
        cached_tokens=cached,
        cache_write_tokens=written,
        raw=usage,
    )


EXCEPTIONS: Final = {
    400: "ValidationException",
    403: "AccessDeniedException",
    404: "ResourceNotFoundException",
    408: "ModelTimeoutException",
    424: "ModelErrorException",
    429: "ThrottlingException",
    500: "InternalServerException",
    503: "ServiceUnavailableException",
}


def error_body(status: int, message: str) -> JSON:
    """Botocore reads the exception's name from ``__type`` where a header is missing."""
    return {"__type": status_name(EXCEPTIONS, status), "message": message}


def error_event(status: int, message: str) -> bytes:
    """An exception frame, where the exception's name starts in lower case."""
    name = status_name(EXCEPTIONS, status)
    headers: dict[str, HeaderValue] = {
        ":exception-type": name[0].lower() + name[1:],
        ":content-type": "application/json",
        ":message-type": "exception",
    }
    return encode_message(headers, json.dumps({"message": message}).encode())
