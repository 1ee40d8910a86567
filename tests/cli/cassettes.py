"""Cassettes made for these tests, with what recorded ones seldom have all at once."""

from __future__ import annotations

import json
from typing import Any

from llmcassette.model import Chunk, Headers, Interaction, Request, Response

JSON = Headers({"Content-Type": "application/json"})
SSE = Headers({"Content-Type": "text/event-stream"})
OPENAI = "https://api.openai.com/v1/chat/completions"


def asking(*messages: dict[str, Any], url: str = OPENAI, **body: Any) -> Request:
    body = {"model": "gpt-x", "messages": [*messages], **body}
    return Request(method="POST", url=url, headers=JSON, body=json.dumps(body).encode())


def user(content: Any) -> dict[str, Any]:
    return {"role": "user", "content": content}


def answering(
    message: dict[str, Any] | str = "Hi.",
    *,
    finish: str = "stop",
    usage: tuple[int, int] | None = (10, 5),
    more: dict[str, Any] | None = None,
    code: int = 200,
    status: str = "200 OK",
    headers: Headers = JSON,
    duration: float = 0.5,
) -> Response:
    message = {"content": message} if isinstance(message, str) else message
    body = {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1,
        "model": "gpt-x",
        "choices": [
            {"index": 0, "message": {"role": "assistant", **message}, "finish_reason": finish}
        ],
        **(more or {}),
    }
    if usage:
        body["usage"] = {
            "prompt_tokens": usage[0],
            "completion_tokens": usage[1],
            "total_tokens": sum(usage),
        }
    return Response(
        code=code,
        status=status,
        headers=headers,
        body=json.dumps(body, ensure_ascii=False).encode("utf-8", "surrogatepass"),
        duration=duration,
    )


def calling(*calls: tuple[str, str, dict[str, Any]], content: str | None = None) -> dict[str, Any]:
    """An assistant's message that calls tools: ids, names, arguments."""
    made = [
        {"id": key, "type": "function", "function": {"name": name, "arguments": json.dumps(given)}}
        for key, name, given in calls
    ]
    return {"content": content, "tool_calls": made}


def result(id: str, content: str) -> dict[str, Any]:
    return {"role": "tool", "tool_call_id": id, "content": content}


def failing(code: int, status: str, type: str, message: str) -> Response:
    body = {"error": {"type": type, "message": message}}
    return Response(
        code=code, status=status, headers=JSON, body=json.dumps(body).encode(), duration=0.01
    )


def streaming(*deltas: dict[str, Any], done: bool = True, ended: str = "") -> Response:
    """A streamed answer, each event a chunk that came 0.25 seconds after the one before."""
    events = [
        b"data: "
        + json.dumps(
            {
                "id": "c",
                "object": "chat.completion.chunk",
                "model": "gpt-x",
                "choices": [{"index": 0, "delta": delta, "finish_reason": None}],
            }
        ).encode()
        + b"\n\n"
        for delta in deltas
    ]
    if done:
        events.append(b"data: [DONE]\n\n")
    return Response(
        code=200,
        status="200 OK",
        headers=SSE,
        body=b"".join(events),
        duration=0.5,
        chunks=tuple(Chunk(len(event), 0.25) for event in events),
        ended=ended,
    )


def numbered(*pairs: tuple[Request, Response]) -> list[Interaction]:
    return [Interaction(number, *pair) for number, pair in enumerate(pairs)]
