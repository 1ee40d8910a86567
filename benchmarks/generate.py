"""Generates recordings of chat completions, streamed or whole; each request is different."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from llmcassette import Cassette, Headers, Interaction, Request, Response, dump
from llmcassette.model import Chunk
from llmcassette.streams import split

__all__ = [
    "BEDROCK_ANSWER",
    "SAMPLES",
    "URL",
    "reordered",
    "streamed",
    "typical",
    "whole",
    "with_chunks",
    "write",
]

URL = "https://api.openai.com/v1/chat/completions"
SENT = Headers({"Accept": "application/json", "Content-Type": "application/json"})
BEDROCK_ANSWER = json.dumps(
    {
        "output": {"message": {"role": "assistant", "content": [{"text": "word " * 400}]}},
        "stopReason": "end_turn",
        "usage": {"inputTokens": 400, "outputTokens": 400, "totalTokens": 800},
        "metrics": {"latencyMs": 500},
    }
).encode()
SAMPLES = Path(__file__).parent.parent / "sample_cassettes"


def whole(count: int, size: int) -> list[Interaction]:
    """Interactions with whole answers.

    Args:
        count: number of interactions.
        size: approximate bytes of each request body and of each answer.
    """
    return [_interaction(number, _question(number, size), _answer(size)) for number in range(count)]


def streamed(count: int, events: int, size: int = 2_000) -> list[Interaction]:
    """Interactions with answers as server-sent events."""
    return [
        _interaction(number, _question(number, size), _events(number, events), "text/event-stream")
        for number in range(count)
    ]


def with_chunks(one: Interaction) -> Interaction:
    """A copy with a recorded chunk for each event, with gaps."""
    pieces = split(one.response.body, "text/event-stream")
    chunks = tuple(Chunk(len(piece), 0.01 + at % 7 / 1000) for at, piece in enumerate(pieces))
    return Interaction(one.id, one.request, replace(one.response, chunks=chunks))


def typical() -> Path:
    """A typical recorded cassette: two streamed interactions with a tool call."""
    return SAMPLES / "tool_streaming.yaml"


def reordered(body: bytes) -> bytes:
    """The same JSON with its keys in reverse order."""
    return json.dumps(dict(reversed(json.loads(body).items()))).encode()


def write(interactions: list[Interaction], path: Path) -> Path:
    """Write a cassette."""
    dump(Cassette(interactions=tuple(interactions)), path)
    return path


def _question(number: int, size: int) -> bytes:
    text = 'The quick brown fox jumps over the lazy dog, "again" and again.\n'
    body = {
        "model": "gpt-4o-mini",
        "stream": True,
        "temperature": 0.7,
        "messages": [
            {"role": "system", "content": text * (size // 2 // len(text))},
            {"role": "user", "content": f"Question {number}: " + text * (size // 2 // len(text))},
        ],
    }
    return json.dumps(body, separators=(",", ":")).encode()


def _answer(size: int) -> bytes:
    return json.dumps({"id": "chatcmpl-1", "choices": [{"text": "word " * (size // 5)}]}).encode()


def _events(number: int, count: int) -> bytes:
    event = (
        b'data: {"id":"chatcmpl-%d","object":"chat.completion.chunk","created":1773323480,'
        b'"model":"gpt-4o-mini","choices":[{"index":0,"delta":{"content":"word%d"}}]}\n\n'
    )
    return b"".join(event % (number, word) for word in range(count)) + b"data: [DONE]\n\n"


def _interaction(
    number: int, question: bytes, answer: bytes, content_type: str = "application/json"
) -> Interaction:
    return Interaction(
        number,
        Request(
            method="POST", url=URL, headers=SENT, body=question, content_length=len(question),
            host="api.openai.com",
        ),
        Response(
            code=200,
            status="200 OK",
            headers=Headers({"Content-Type": content_type, "X-Request-Id": f"req_{number}"}),
            body=answer,
            duration=0.5,
        ),
    )  # fmt: skip
