"""The document of ``inspect --json``; docs/reference/cli.md lists its members."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from llmcassette.providers import (
    Media,
    Other,
    ProviderTool,
    Reasoning,
    Refusal,
    Text,
    ToolCall,
    ToolResult,
)
from llmcassette.redaction.credential_names import carries_credentials
from llmcassette.redaction.urls import scrub_url
from llmcassette.review.events import events
from llmcassette.review.parsed import known_cost
from llmcassette.streams import kind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llmcassette.model import Headers, Response
    from llmcassette.providers import ApiCall, Completion, Conversation, Part, Usage
    from llmcassette.review.parsed import ParsedInteraction

__all__ = ["file_object"]

Object = dict[str, object]


def file_object(name: str, parsed: Sequence[ParsedInteraction]) -> Object:
    """One cassette."""
    return {
        "path": name,
        "cost": known_cost(parsed),
        "interactions": [interaction_object(one) for one in parsed],
    }


def interaction_object(parsed: ParsedInteraction) -> Object:
    request = parsed.interaction.request
    return {
        "position": parsed.position,
        "id": parsed.interaction.id,
        "attempt": parsed.attempt,
        "request": {
            "method": request.method or "GET",
            "url": scrub_url(request.url),
            "headers": headers_object(request.headers),
            "size": len(request.body),
        },
        "conversation": conversation_object(parsed.conversation),
        "response": response_object(parsed, parsed.interaction.response),
        "answer": answer_object(parsed.completion),
        "call": call_of(parsed.call),
        "cost": None if parsed.price is None else asdict(parsed.price),
    }


def headers_object(headers: Headers) -> Object:
    return {
        name: ["[REDACTED]"] if carries_credentials(name) else [scrub_url(v) for v in values]
        for name, values in headers.fields
    }


def conversation_object(asked: Conversation | None) -> Object | None:
    if asked is None:
        return None
    return {
        "provider": asked.provider,
        "format": asked.format,
        "model": asked.model,
        "stream": asked.stream,
        "system": [part_object(part) for part in asked.system],
        "messages": [
            {"role": each.role, "parts": [part_object(part) for part in each.parts]}
            for each in asked.messages
        ],
        "tools": [
            {"name": each.name, "description": each.description, "schema": each.schema}
            for each in asked.tools
        ],
        "parameters": dict(asked.parameters),
    }


def part_object(part: Part) -> Object:
    match part:
        case Text():
            return {"type": "text", "text": part.text}
        case Reasoning():
            return {"type": "reasoning", "text": part.text}
        case Refusal():
            return {"type": "refusal", "text": part.text}
        case Media():
            return {"type": part.kind, **media_object(part)}
        case ToolCall():
            return {"type": "tool_call", **call_object(part)}
        case ToolResult():
            return {
                "type": "tool_result",
                "id": part.id,
                "name": part.name,
                "is_error": part.is_error,
                "parts": [part_object(inner) for inner in part.content],
            }
        case ProviderTool():
            return {
                "type": "provider_tool",
                "id": part.id,
                "name": part.name,
                "arguments": part.arguments,
                "result": part.result,
            }
        case Other():
            return {"type": "other", "kind": part.kind, "value": part.value}


def media_object(media: Media) -> Object:
    return {
        "media_type": media.media_type,
        "size": media.size,
        "sha256": media.digest,
        "url": scrub_url(media.url),
        "name": media.name,
    }


def call_object(call: ToolCall) -> Object:
    return {"id": call.id, "name": call.name, "arguments": call.arguments}


def response_object(parsed: ParsedInteraction, response: Response) -> Object:
    framing = kind(response.body, response.headers.get("content-type"))
    return {
        "status": response.code,
        "reason": response.status,
        "headers": headers_object(response.headers),
        "size": len(response.body),
        "framing": framing,
        "ended": response.ended,
        "seconds_to_headers": response.duration,
        "seconds_to_first_token": parsed.first_token,
        "seconds": parsed.seconds,
        "events": [
            {"offset": e.offset, "size": e.size, "name": e.name, "seconds": e.seconds}
            for e in (events(response) if framing not in {"json", "other"} else ())
        ],
    }


def answer_object(answer: Completion | None) -> Object | None:
    if answer is None:
        return None
    first, *_ = choices = [
        {
            "index": each.index,
            "role": each.role,
            "text": each.text,
            "reasoning": each.reasoning,
            "refusal": each.refusal,
            "tool_calls": [call_object(call) for call in each.tool_calls],
            "media": [{"type": media.kind, **media_object(media)} for media in each.media],
            "finish_reason": each.finish_reason,
        }
        for each in answer.choices or (answer.first,)
    ]
    return {
        "provider": answer.provider,
        "format": answer.format,
        "model": answer.model,
        "complete": answer.complete,
        **{name: value for name, value in first.items() if name not in {"index", "role"}},
        "choices": choices if answer.choices else [],
        "error": None if answer.error is None else asdict(answer.error),
        "usage": None if answer.usage is None else usage_object(answer.usage),
    }


def call_of(call: ApiCall | None) -> Object | None:
    """A call that is no conversation."""
    if call is None:
        return None
    return {
        "provider": call.provider,
        "kind": call.kind,
        "asked": call.asked,
        "answered": call.answered,
        "model": call.model,
        "media": [{"type": media.kind, **media_object(media)} for media in call.media],
        "error": None if call.error is None else asdict(call.error),
        "usage": None if call.usage is None else usage_object(call.usage),
    }


def usage_object(usage: Usage) -> Object:
    return {
        "input_tokens": usage.input_tokens,
        "output_tokens": usage.output_tokens,
        "total": usage.total,
        "cached_tokens": usage.cached_tokens,
        "cache_write_tokens": usage.cache_write_tokens,
        "reasoning_tokens": usage.reasoning_tokens,
    }
