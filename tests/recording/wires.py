"""What the providers' servers send: one conversation, in each of their formats."""

from __future__ import annotations

import json
from typing import Any

TEXT = "Grüße aus Köln: 21 °C ☀️"
WORDS = ["Grüße ", "aus Köln: ", "21 °C ☀️"]
ARGUMENTS = {"city": "Köln"}
HALVES = ['{"city": "', 'Köln"}']


def sse(*events: Any, names: bool = False, done: bool = False) -> list[bytes]:
    """One piece an event; ``names`` as Anthropic and OpenAI's responses send them."""
    pieces = []
    for event in events:
        name = f"event: {event['type']}\n" if names else ""
        pieces.append(f"{name}data: {json.dumps(event, ensure_ascii=False)}\n\n".encode())
    if done:
        pieces.append(b"data: [DONE]\n\n")
    return pieces


def _openai_chunk(delta: dict[str, Any], finish: str | None = None, **more: Any) -> dict[str, Any]:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion.chunk",
        "created": 1,
        "model": "gpt-4o-mini",
        "choices": [choice],
        **more,
    }


USAGE = {"prompt_tokens": 9, "completion_tokens": 12, "total_tokens": 21}


def openai_chat(*, tools: bool = False) -> dict[str, Any]:
    message: dict[str, Any] = {"role": "assistant", "content": None if tools else TEXT}
    if tools:
        function = {"name": "weather", "arguments": "".join(HALVES)}
        message["tool_calls"] = [{"id": "call_1", "type": "function", "function": function}]
    finish = "tool_calls" if tools else "stop"
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1,
        "model": "gpt-4o-mini",
        "choices": [{"index": 0, "message": message, "finish_reason": finish}],
        "usage": USAGE,
    }


def openai_chat_stream(*, tools: bool = False) -> list[bytes]:
    if tools:
        first = {"index": 0, "id": "call_1", "type": "function"}
        deltas = [
            {"tool_calls": [{**first, "function": {"name": "weather", "arguments": ""}}]},
            *({"tool_calls": [{"index": 0, "function": {"arguments": a}}]} for a in HALVES),
        ]
    else:
        deltas = [{"role": "assistant", "content": ""}, *({"content": word} for word in WORDS)]
    finish = _openai_chunk({}, "tool_calls" if tools else "stop")
    usage = {**_openai_chunk({}), "choices": [], "usage": USAGE}
    return sse(*map(_openai_chunk, deltas), finish, usage, done=True)


def openai_response(*, status: str = "completed", tools: bool = False) -> dict[str, Any]:
    message = {
        "type": "message",
        "id": "msg_1",
        "role": "assistant",
        "status": "completed",
        "content": [{"type": "output_text", "text": TEXT, "annotations": []}],
    }
    call = {
        "type": "function_call",
        "id": "fc_1",
        "call_id": "call_1",
        "name": "weather",
        "arguments": "".join(HALVES),
        "status": "completed",
    }
    return {
        "id": "resp_1",
        "object": "response",
        "created_at": 1,
        "model": "gpt-4o-mini",
        "status": status,
        "output": ([call] if tools else [message]) if status == "completed" else [],
        "parallel_tool_calls": True,
        "tool_choice": "auto",
        "tools": [],
        "usage": {
            "input_tokens": 9,
            "output_tokens": 12,
            "total_tokens": 21,
            "input_tokens_details": {"cached_tokens": 0},
            "output_tokens_details": {"reasoning_tokens": 0},
        },
    }


def openai_response_stream(*, tools: bool = False) -> list[bytes]:
    whole = openai_response(tools=tools)
    item = whole["output"][0]
    begun = {**item, "status": "in_progress", "content": []}
    if tools:
        begun = {**item, "status": "in_progress", "arguments": ""}
    place = {"item_id": item["id"], "output_index": 0}
    if tools:
        kind = "response.function_call_arguments"
        pieces = [{"type": f"{kind}.delta", **place, "delta": half} for half in HALVES]
        pieces.append({"type": f"{kind}.done", **place, "arguments": item["arguments"]})
    else:
        place["content_index"] = 0
        part = {"type": "output_text", "text": "", "annotations": []}
        pieces = [
            {"type": "response.content_part.added", **place, "part": part},
            *({"type": "response.output_text.delta", **place, "delta": w} for w in WORDS),
            {"type": "response.output_text.done", **place, "text": TEXT},
            {"type": "response.content_part.done", **place, "part": item["content"][0]},
        ]
    events = [
        {"type": "response.created", "response": openai_response(status="in_progress")},
        {"type": "response.output_item.added", "output_index": 0, "item": begun},
        *pieces,
        {"type": "response.output_item.done", "output_index": 0, "item": item},
        {"type": "response.completed", "response": whole},
    ]
    numbered = [{**event, "sequence_number": at} for at, event in enumerate(events)]
    return sse(*numbered, names=True)


def anthropic_message(*, tools: bool = False) -> dict[str, Any]:
    call = {"type": "tool_use", "id": "toolu_1", "name": "weather", "input": ARGUMENTS}
    return {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "claude-next",
        "content": [call if tools else {"type": "text", "text": TEXT}],
        "stop_reason": "tool_use" if tools else "end_turn",
        "stop_sequence": None,
        "usage": {"input_tokens": 9, "output_tokens": 12},
    }


def anthropic_stream(*, tools: bool = False) -> list[bytes]:
    message = {**anthropic_message(), "content": [], "stop_reason": None}
    block: dict[str, Any] = {"type": "text", "text": ""}
    deltas: list[dict[str, Any]] = [{"type": "text_delta", "text": word} for word in WORDS]
    if tools:
        block = {"type": "tool_use", "id": "toolu_1", "name": "weather", "input": {}}
        deltas = [{"type": "input_json_delta", "partial_json": half} for half in HALVES]
    stop = {"stop_reason": "tool_use" if tools else "end_turn", "stop_sequence": None}
    return sse(
        {"type": "message_start", "message": message},
        {"type": "content_block_start", "index": 0, "content_block": block},
        {"type": "ping"},
        *({"type": "content_block_delta", "index": 0, "delta": delta} for delta in deltas),
        {"type": "content_block_stop", "index": 0},
        {"type": "message_delta", "delta": stop, "usage": {"output_tokens": 12}},
        {"type": "message_stop"},
        names=True,
    )


def _gemini_part(part: dict[str, Any], **more: Any) -> dict[str, Any]:
    candidate = {"content": {"role": "model", "parts": [part]}, "index": 0, **more}
    usage = {"promptTokenCount": 9, "candidatesTokenCount": 12, "totalTokenCount": 21}
    return {
        "candidates": [candidate],
        "usageMetadata": usage,
        "modelVersion": "gemini-2.5-flash",
        "responseId": "r1",
    }


GEMINI_CALL = {"functionCall": {"name": "weather", "args": ARGUMENTS}}


def gemini_answer(*, tools: bool = False) -> dict[str, Any]:
    return _gemini_part(GEMINI_CALL if tools else {"text": TEXT}, finishReason="STOP")


def gemini_stream(*, tools: bool = False) -> list[bytes]:
    if tools:
        return sse(_gemini_part(GEMINI_CALL, finishReason="STOP"))
    *first, last = WORDS
    return sse(
        *(_gemini_part({"text": word}) for word in first),
        _gemini_part({"text": last}, finishReason="STOP"),
    )


def _ollama(text: str, *, done: bool, tools: bool) -> dict[str, Any]:
    message: dict[str, Any] = {"role": "assistant", "content": text}
    if tools:
        message["tool_calls"] = [{"function": {"name": "weather", "arguments": ARGUMENTS}}]
    counts = {"done_reason": "stop", "prompt_eval_count": 9, "eval_count": 12} if done else {}
    return {
        "model": "gemma3",
        "created_at": "2026-01-01T00:00:00Z",
        "message": message,
        "done": done,
        **counts,
    }


def ollama_answer(*, tools: bool = False) -> dict[str, Any]:
    return _ollama("" if tools else TEXT, done=True, tools=tools)


def ollama_stream(*, tools: bool = False) -> list[bytes]:
    lines = [
        _ollama("" if tools else w, done=False, tools=tools) for w in WORDS[: 1 if tools else 3]
    ]
    lines.append(_ollama("", done=True, tools=False))
    return [json.dumps(line, ensure_ascii=False).encode() + b"\n" for line in lines]


def cut_anywhere(pieces: list[bytes], size: int = 37) -> list[bytes]:
    """The same body in pieces that begin and end inside events and inside characters."""
    body = b"".join(pieces)
    cut = [body[start : start + size] for start in range(0, len(body), size)]
    split = body.index("ü".encode()) + 1 if "ü".encode() in body else body.index("ö".encode()) + 1
    whole: list[bytes] = []
    start = 0
    for piece in cut:
        end = start + len(piece)
        if start < split < end:
            whole += [body[start:split], body[split:end]]
        else:
            whole.append(piece)
        start = end
    return whole
