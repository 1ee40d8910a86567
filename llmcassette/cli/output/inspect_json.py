"""What ``inspect --json`` prints; ``docs/cli.md`` documents it. Members are only ever added."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from llmcassette.cli.output.events import events
from llmcassette.cli.output.summary import known_cost
from llmcassette.providers import (
    Media,
    Reasoning,
    Refusal,
    Text,
    ToolCall,
    ToolResult,
)
from llmcassette.redaction.credential_names import carries_credentials
from llmcassette.redaction.urls import scrub_url
from llmcassette.streams import kind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llmcassette.cli.reading import Reading
    from llmcassette.model import Headers, Response
    from llmcassette.providers import Completion, Conversation, Part, Usage

__all__ = ["file_object"]

Object = dict[str, object]


def file_object(name: str, found: Sequence[Reading]) -> Object:
    """One cassette."""
    return {
        "path": name,
        "cost": known_cost(found),
        "interactions": [interaction_object(reading) for reading in found],
    }


def interaction_object(reading: Reading) -> Object:
    request = reading.interaction.request
    return {
        "position": reading.position,
        "id": reading.interaction.id,
        "attempt": reading.attempt,
        "request": {
            "method": request.method or "GET",
            "url": scrub_url(request.url),
            "headers": headers_object(request.headers),
            "size": len(request.body),
        },
        "conversation": None if reading.asked is None else conversation_object(reading.asked),
        "response": response_object(reading, reading.interaction.response),
        "answer": None if reading.answered is None else answer_object(reading.answered),
        "cost": None if reading.price is None else asdict(reading.price),
    }


def headers_object(headers: Headers) -> Object:
    return {
        name: ["[REDACTED]"] if carries_credentials(name) else [scrub_url(v) for v in values]
        for name, values in headers.fields
    }


def conversation_object(asked: Conversation) -> Object:
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
        case _:
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


def response_object(reading: Reading, response: Response) -> Object:
    framing = kind(response.body, response.headers.get("content-type"))
    return {
        "status": response.code,
        "reason": response.status,
        "headers": headers_object(response.headers),
        "size": len(response.body),
        "framing": framing,
        "ended": response.ended,
        "seconds_to_headers": response.duration,
        "seconds_to_first_token": reading.first_token,
        "seconds": arrivals[-1][1] if (arrivals := reading.arrivals) else None,
        "events": [
            {"offset": e.offset, "size": e.size, "name": e.name, "seconds": e.seconds}
            for e in (events(response) if framing not in {"json", "other"} else ())
        ],
    }


def answer_object(answered: Completion) -> Object:
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
        for each in answered.choices or (answered.first,)
    ]
    return {
        "provider": answered.provider,
        "format": answered.format,
        "model": answered.model,
        "complete": answered.complete,
        **{name: value for name, value in first.items() if name not in {"index", "role"}},
        "choices": choices if answered.choices else [],
        "error": None if answered.error is None else asdict(answered.error),
        "usage": None if answered.usage is None else usage_object(answered.usage),
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
