"""One streamed answer in each provider's format: some text, and a call of a tool."""

from __future__ import annotations

import json

from llmcassette import Cassette, Headers, Interaction, Request, Response, dump
from llmcassette.streams import encode_message

WORDS = ["Let", " me", " look", "."]
ARGUMENTS = ['{"city":', '"Florence"}']


def sse(*events, named=False, done=False):
    lines = []
    for event in events:
        lines += [f"event: {event['type']}"] if named else []
        lines += [f"data: {json.dumps(event)}", ""]
    lines += ["data: [DONE]", ""] if done else []
    return "\n".join([*lines, ""]).encode()


def chat_stream():
    def delta(finish=None, **given):
        return {
            "id": "chatcmpl-1",
            "object": "chat.completion.chunk",
            "created": 1,
            "model": "m",
            "choices": [{"index": 0, "delta": given, "finish_reason": finish}],
        }

    def call(arguments, **first):
        function = {"arguments": arguments, **({"name": "weather"} if first else {})}
        return delta(tool_calls=[{"index": 0, **first, "function": function}])

    return sse(
        delta(role="assistant", content=""),
        *(delta(content=word) for word in WORDS),
        call("", id="call_1", type="function"),
        *map(call, ARGUMENTS),
        delta("tool_calls"),
        done=True,
    )


def responses_stream():
    text, arguments = "".join(WORDS), "".join(ARGUMENTS)
    part = {"type": "output_text", "text": text, "annotations": []}
    said = {
        "type": "message",
        "id": "msg_1",
        "status": "completed",
        "role": "assistant",
        "content": [part],
    }
    call = {
        "type": "function_call",
        "id": "fc_1",
        "call_id": "call_1",
        "name": "weather",
        "arguments": arguments,
        "status": "completed",
    }

    def response(status, output):
        return {
            "object": "response",
            "id": "resp_1",
            "created_at": 1,
            "model": "m",
            "status": status,
            "output": output,
            "incomplete_details": None,
            "parallel_tool_calls": True,
            "tool_choice": "auto",
            "tools": [],
        }

    where = {"item_id": "msg_1", "output_index": 0, "content_index": 0}
    events = [
        {"type": "response.created", "response": response("in_progress", [])},
        {
            "type": "response.output_item.added",
            "output_index": 0,
            "item": {**said, "status": "in_progress", "content": []},
        },
        {"type": "response.content_part.added", **where, "part": {**part, "text": ""}},
        *(
            {"type": "response.output_text.delta", **where, "delta": word, "logprobs": []}
            for word in WORDS
        ),
        {"type": "response.output_text.done", **where, "text": text, "logprobs": []},
        {"type": "response.content_part.done", **where, "part": part},
        {"type": "response.output_item.done", "output_index": 0, "item": said},
        {
            "type": "response.output_item.added",
            "output_index": 1,
            "item": {**call, "arguments": "", "status": "in_progress"},
        },
        *(
            {
                "type": "response.function_call_arguments.delta",
                "item_id": "fc_1",
                "output_index": 1,
                "delta": piece,
            }
            for piece in ARGUMENTS
        ),
        {
            "type": "response.function_call_arguments.done",
            "item_id": "fc_1",
            "output_index": 1,
            "name": "weather",
            "arguments": arguments,
        },
        {"type": "response.output_item.done", "output_index": 1, "item": call},
        {"type": "response.completed", "response": response("completed", [said, call])},
    ]
    return sse(*({**e, "sequence_number": i} for i, e in enumerate(events)), named=True)


def anthropic_stream():
    message = {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "m",
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
        "usage": {"input_tokens": 5, "output_tokens": 1},
    }

    def start(index, block):
        return {"type": "content_block_start", "index": index, "content_block": block}

    def delta(index, **given):
        return {"type": "content_block_delta", "index": index, "delta": given}

    return sse(
        {"type": "message_start", "message": message},
        start(0, {"type": "text", "text": ""}),
        *(delta(0, type="text_delta", text=word) for word in WORDS),
        {"type": "content_block_stop", "index": 0},
        start(1, {"type": "tool_use", "id": "toolu_1", "name": "weather", "input": {}}),
        *(delta(1, type="input_json_delta", partial_json=piece) for piece in ARGUMENTS),
        {"type": "content_block_stop", "index": 1},
        {
            "type": "message_delta",
            "delta": {"stop_reason": "tool_use", "stop_sequence": None},
            "usage": {"output_tokens": 9},
        },
        {"type": "message_stop"},
        named=True,
    )


def gemini_stream():
    def candidate(*parts, **more):
        return {
            "candidates": [{"index": 0, "content": {"role": "model", "parts": [*parts]}, **more}],
            "modelVersion": "m",
        }

    call = {"functionCall": {"name": "weather", "args": json.loads("".join(ARGUMENTS))}}
    return sse(
        *(candidate({"text": word}) for word in WORDS),
        candidate(call),
        candidate({"text": ""}, finishReason="STOP"),
    )


def frames(*events):
    return b"".join(
        encode_message({":event-type": name, ":message-type": "event"}, json.dumps(data).encode())
        for name, data in events
    )


def converse_stream():
    def delta(index, **given):
        return ("contentBlockDelta", {"contentBlockIndex": index, "delta": given})

    use = {"toolUseId": "tooluse_1", "name": "weather"}
    return frames(
        ("messageStart", {"role": "assistant"}),
        *(delta(0, text=word) for word in WORDS),
        ("contentBlockStop", {"contentBlockIndex": 0}),
        ("contentBlockStart", {"contentBlockIndex": 1, "start": {"toolUse": use}}),
        *(delta(1, toolUse={"input": piece}) for piece in ARGUMENTS),
        ("contentBlockStop", {"contentBlockIndex": 1}),
        ("messageStop", {"stopReason": "tool_use"}),
        ("metadata", {"usage": {"inputTokens": 5, "outputTokens": 9, "totalTokens": 14}}),
    )


def cohere_stream():
    def call(arguments, **more):
        return {"tool_calls": {"function": {"arguments": arguments, **more}}}

    return sse(
        {"type": "message-start", "id": "1", "delta": {"message": {"role": "assistant"}}},
        {
            "type": "content-start",
            "index": 0,
            "delta": {"message": {"content": {"type": "text", "text": ""}}},
        },
        *(
            {
                "type": "content-delta",
                "index": 0,
                "delta": {"message": {"content": {"text": word}}},
            }
            for word in WORDS
        ),
        {"type": "content-end", "index": 0},
        {
            "type": "tool-call-start",
            "index": 0,
            "delta": {"message": call("", name="weather")},
        },
        *(
            {"type": "tool-call-delta", "index": 0, "delta": {"message": call(piece)}}
            for piece in ARGUMENTS
        ),
        {"type": "tool-call-end", "index": 0},
        {"type": "message-end", "delta": {"finish_reason": "TOOL_CALL", "usage": {}}},
        named=True,
    )


def ollama_stream():
    def line(done=False, **message):
        more = {"done_reason": "stop"} if done else {}
        whole = {"role": "assistant", "content": "", **message}
        return {"model": "m", "message": whole, "done": done, **more}

    call = {"function": {"name": "weather", "arguments": json.loads("".join(ARGUMENTS))}}
    lines = [*(line(content=word) for word in WORDS), line(tool_calls=[call]), line(done=True)]
    return b"".join(json.dumps(each).encode() + b"\n" for each in lines)


SSE = "text/event-stream"
STREAMS = {
    "openai_chat": ("https://api.openai.com/v1/chat/completions", SSE, chat_stream()),
    "openai_responses": ("https://api.openai.com/v1/responses", SSE, responses_stream()),
    "anthropic": ("https://api.anthropic.com/v1/messages", SSE, anthropic_stream()),
    "gemini": (
        "https://generativelanguage.googleapis.com/v1/models/m:streamGenerateContent?alt=sse",
        SSE,
        gemini_stream(),
    ),
    "bedrock": (
        "https://bedrock-runtime.us-east-1.amazonaws.com/model/m/converse-stream",
        "application/vnd.amazon.eventstream",
        converse_stream(),
    ),
    "cohere": ("https://api.cohere.com/v2/chat", SSE, cohere_stream()),
    "ollama": ("http://localhost:11434/api/chat", "application/x-ndjson", ollama_stream()),
    "groq": ("https://api.groq.com/openai/v1/chat/completions", SSE, chat_stream()),
}
"""By wire format, and Groq's: URL, content type and body."""


def interaction(name, *, number=0, model="m", **response):
    """A recorded conversation with one of the streams; what is given besides is the response's."""
    url, content_type, body = STREAMS[name]
    asked = {"model": model, "messages": [{"role": "user", "content": f"Question {number}"}]}
    given = {
        "code": 200,
        "status": "200 OK",
        "headers": Headers({"Content-Type": content_type}),
        "body": body,
        **response,
    }
    request = Request(method="POST", url=url, body=json.dumps(asked).encode())
    return Interaction(number, request, Response(**given))


def cassette(path, *interactions):
    dump(Cassette(interactions=interactions), path)
    return path
