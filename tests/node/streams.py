"""Streamed answers of a provider on loopback: a tool call, then the answer after its result."""

from __future__ import annotations

import json

from tests.recording.provider_server import Answer

QUESTION = "22 degrees in Florence"
TEXT = "It's 22 degrees."


def openai():
    call = {"id": "call_1", "type": "function", "function": {"name": "weather", "arguments": ""}}
    parts = [
        {"role": "assistant", "tool_calls": [{"index": 0, **call}]},
        {"tool_calls": [{"index": 0, "function": {"arguments": '{"city":'}}]},
        {"tool_calls": [{"index": 0, "function": {"arguments": ' "Florence"}'}}]},
    ]
    words = [{"role": "assistant", "content": "It's "}, {"content": "22 degrees."}]
    return _chat(parts, "tool_calls"), _chat(words, "stop")


def _chat(deltas, reason):
    made = [{"index": 0, "delta": delta, "finish_reason": None} for delta in deltas]
    made.append({"index": 0, "delta": {}, "finish_reason": reason})
    shared = {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "gpt-4o-mini"}
    events = [f"data: {json.dumps({**shared, 'choices': [choice]})}\n\n" for choice in made]
    return Answer.sse([event.encode() for event in [*events, "data: [DONE]\n\n"]])


def anthropic():
    call = {"type": "tool_use", "id": "toolu_1", "name": "weather", "input": {}}
    pieces = [
        {"type": "input_json_delta", "partial_json": text} for text in ('{"city":', '"Florence"}')
    ]
    words = [{"type": "text_delta", "text": text} for text in ("It's ", "22 degrees.")]
    return (
        _messages(call, pieces, "tool_use"),
        _messages({"type": "text", "text": ""}, words, "end_turn"),
    )


def _messages(block, deltas, reason):
    usage = {"input_tokens": 9, "output_tokens": 5}
    message = {"id": "msg_1", "type": "message", "role": "assistant", "model": "claude-x",
               "content": [], "stop_reason": None, "stop_sequence": None}  # fmt: skip
    events = [
        {"type": "message_start", "message": {**message, "usage": usage}},
        {"type": "content_block_start", "index": 0, "content_block": block},
        *({"type": "content_block_delta", "index": 0, "delta": delta} for delta in deltas),
        {"type": "content_block_stop", "index": 0},
        {"type": "message_delta", "delta": {"stop_reason": reason, "stop_sequence": None},
         "usage": usage},
        {"type": "message_stop"},
    ]  # fmt: skip
    return Answer.sse(
        [f"event: {event['type']}\ndata: {json.dumps(event)}\n\n".encode() for event in events]
    )
