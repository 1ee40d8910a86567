"""The wires of tests/recording, each with its errors, and those of other providers."""

from __future__ import annotations

import base64
import json
from typing import Any

from llmcassette.streams import encode_message
from tests.matrix.library import Wire
from tests.recording import wires
from tests.recording.wires import ARGUMENTS, TEXT, WORDS

SSE = "text/event-stream"


def _openai_error(message: str) -> Any:
    return {"error": {"message": message, "type": "server_error", "param": None, "code": "x"}}


def _anthropic_error(message: str) -> Any:
    return {"type": "error", "error": {"type": "api_error", "message": message}}


def _gemini_error(message: str) -> Any:
    return {"error": {"code": 503, "message": message, "status": "UNAVAILABLE"}}


def mistral_stream(*, tools: bool = False) -> list[bytes]:
    """A tool call comes in one piece."""
    if not tools:
        return wires.openai_chat_stream()
    choice = wires.openai_chat(tools=True)["choices"][0]
    whole = {"index": 0, "delta": choice["message"], "finish_reason": "tool_calls"}
    chunk = {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "m"}
    return wires.sse({**chunk, "choices": [whole], "usage": wires.USAGE}, done=True)


def cohere_answer(*, tools: bool = False) -> Any:
    content = [] if tools else [{"type": "text", "text": TEXT}]
    message: dict[str, Any] = {"role": "assistant", "content": content}
    if tools:
        function = {"name": "weather", "arguments": json.dumps(ARGUMENTS, ensure_ascii=False)}
        message["tool_calls"] = [{"id": "weather_1", "type": "function", "function": function}]
    return {
        "id": "c1",
        "finish_reason": "TOOL_CALL" if tools else "COMPLETE",
        "message": message,
        "usage": {"tokens": {"input_tokens": 9, "output_tokens": 12}},
    }


def cohere_stream(*, tools: bool = False) -> list[bytes]:
    message: dict[str, Any] = {"role": "assistant", "content": [], "tool_calls": []}
    begin = {"type": "message-start", "id": "c1", "delta": {"message": message}}
    if tools:
        function = {"name": "weather", "arguments": ""}
        call = {"id": "weather_1", "type": "function", "function": function}
        start = {"type": "tool-call-start", "delta": {"message": {"tool_calls": call}}}
        deltas = [
            {
                "type": "tool-call-delta",
                "delta": {"message": {"tool_calls": {"function": {"arguments": half}}}},
            }
            for half in wires.HALVES
        ]
        end: dict[str, Any] = {"type": "tool-call-end"}
    else:
        start = {
            "type": "content-start",
            "delta": {"message": {"content": {"type": "text", "text": ""}}},
        }
        deltas = [
            {"type": "content-delta", "delta": {"message": {"content": {"text": word}}}}
            for word in WORDS
        ]
        end = {"type": "content-end"}
    parts = [{**part, "index": 0} for part in (start, *deltas, end)]
    usage = {"tokens": {"input_tokens": 9, "output_tokens": 12}}
    over = {"finish_reason": "TOOL_CALL" if tools else "COMPLETE", "usage": usage}
    return wires.sse(begin, *parts, {"type": "message-end", "delta": over}, names=True)


def _frame(name: str, payload: Any) -> bytes:
    headers = {
        ":event-type": name,
        ":content-type": "application/json",
        ":message-type": "event",
    }
    return encode_message(headers, json.dumps(payload).encode())


def converse_answer(*, tools: bool = False) -> Any:
    call = {"toolUse": {"toolUseId": "tooluse_1", "name": "weather", "input": ARGUMENTS}}
    content = [call if tools else {"text": TEXT}]
    return {
        "output": {"message": {"role": "assistant", "content": content}},
        "stopReason": "tool_use" if tools else "end_turn",
        "usage": {"inputTokens": 9, "outputTokens": 12, "totalTokens": 21},
        "metrics": {"latencyMs": 5},
    }


def converse_stream(*, tools: bool = False) -> list[bytes]:
    at = {"contentBlockIndex": 0}
    start: list[bytes] = []
    deltas: list[dict[str, Any]] = [{"text": word} for word in WORDS]
    if tools:
        call = {"toolUse": {"toolUseId": "tooluse_1", "name": "weather"}}
        start = [_frame("contentBlockStart", {**at, "start": call})]
        deltas = [{"toolUse": {"input": half}} for half in wires.HALVES]
    usage = {"inputTokens": 9, "outputTokens": 12, "totalTokens": 21}
    return [
        _frame("messageStart", {"role": "assistant"}),
        *start,
        *(_frame("contentBlockDelta", {**at, "delta": delta}) for delta in deltas),
        _frame("contentBlockStop", at),
        _frame("messageStop", {"stopReason": "tool_use" if tools else "end_turn"}),
        _frame("metadata", {"usage": usage, "metrics": {"latencyMs": 5}}),
    ]


def invoke_stream(*, tools: bool = False) -> list[bytes]:
    """Anthropic's events in Bedrock's frames."""
    events = [piece.split(b"data: ")[1].strip() for piece in wires.anthropic_stream(tools=tools)]
    return [_frame("chunk", {"bytes": base64.b64encode(event).decode()}) for event in events]


def voyage_answer(*, tools: bool = False) -> Any:
    return {
        "object": "list",
        "data": [{"object": "embedding", "embedding": [0.25, -0.5, 1.0], "index": 0}],
        "model": "voyage-3.5",
        "usage": {"total_tokens": 7},
    }


def _no_stream(*, tools: bool = False) -> list[bytes]:
    raise NotImplementedError


CHAT = Wire(wires.openai_chat, wires.openai_chat_stream, SSE, _openai_error)
CHAT_TOOLS = Wire(
    lambda tools: wires.openai_chat(tools=True),
    lambda tools: wires.openai_chat_stream(tools=True),
    SSE,
    _openai_error,
)
MISTRAL = Wire(wires.openai_chat, mistral_stream, SSE, _openai_error)
RESPONSES = Wire(wires.openai_response, wires.openai_response_stream, SSE, _openai_error)
MESSAGES = Wire(wires.anthropic_message, wires.anthropic_stream, SSE, _anthropic_error)
GEMINI = Wire(wires.gemini_answer, wires.gemini_stream, SSE, _gemini_error)
COHERE = Wire(cohere_answer, cohere_stream, SSE, lambda message: {"message": message})
OLLAMA = Wire(
    wires.ollama_answer, wires.ollama_stream, "application/x-ndjson", lambda text: {"error": text}
)
FRAMES = "application/vnd.amazon.eventstream"
CONVERSE = Wire(converse_answer, converse_stream, FRAMES, lambda text: {"message": text})
INVOKE = Wire(wires.anthropic_message, invoke_stream, FRAMES, lambda text: {"message": text})
VOYAGE = Wire(voyage_answer, _no_stream, SSE, lambda message: {"detail": message})
