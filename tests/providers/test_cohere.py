"""Cohere's chat, version 2."""

from __future__ import annotations

from typing import Any

from llmcassette.providers import (
    Choice,
    Completion,
    Reasoning,
    Text,
    ToolCall,
    ToolResult,
    Usage,
    completion,
    conversation,
)
from tests.providers.wires import SSE, post, reply, sse, typed

URL = "https://api.cohere.com/v2/chat"
USAGE: dict[str, Any] = {
    "billed_units": {"input_tokens": 9, "output_tokens": 15},
    "tokens": {"input_tokens": 504.0, "output_tokens": 16},
    "cached_tokens": 100,
}


def event(kind: str, index: int | None = None, **message: Any) -> dict[str, Any]:
    at = {} if index is None else {"index": index}
    return {"type": kind, **at, "delta": {"message": message}}


STREAM: list[dict[str, Any]] = [
    {"id": "m1"}
    | event("message-start", role="assistant", content=[], tool_plan="", tool_calls=[]),
    event("tool-plan-delta", tool_plan="Look it up."),
    event("tool-call-start", 0, tool_calls={"id": "a", "function": {"name": "f", "arguments": ""}}),
    event("tool-call-delta", 0, tool_calls={"function": {"arguments": '{"x":'}}),
    event("tool-call-delta", 0, tool_calls={"function": {"arguments": "1}"}}),
    {"type": "tool-call-end", "index": 0},
    event(
        "tool-call-start", 1, tool_calls={"id": "b", "function": {"name": "g", "arguments": "{}"}}
    ),
    event("content-start", 0, content={"type": "thinking", "thinking": ""}),
    event("content-delta", 0, content={"thinking": " Hm"}),
    event("content-start", 1, content={"type": "text", "text": ""}),
    event("content-delta", 1, content={"text": "Sunny."}),
    {"type": "content-end", "index": 1},
    {"type": "message-end", "delta": {"finish_reason": "COMPLETE", "usage": USAGE}},
]


def test_a_request_has_its_plan_as_what_was_thought() -> None:
    calls = [{"id": "a", "function": {"name": "f", "arguments": "{}"}}]
    found = conversation(
        post(
            URL,
            {
                "model": "command-a",
                "messages": [
                    {"role": "user", "content": "Hi"},
                    {"role": "assistant", "tool_plan": "Look it up.", "tool_calls": calls},
                    {
                        "role": "tool",
                        "tool_call_id": "a",
                        "content": [{"type": "text", "text": "2"}],
                    },
                ],
            },
        )
    )
    assert found is not None
    assert (found.provider, found.format, found.model) == ("cohere", "cohere", "command-a")
    where = "messages[1].tool_calls[0]"
    assert [message.parts for message in found.messages] == [
        (Text("Hi", "messages[0].content"),),
        (
            Reasoning("Look it up.", "messages[1].tool_plan"),
            ToolCall("a", "f", {}, "{}", where, f"{where}.function.arguments"),
        ),
        (ToolResult("a", (Text("2", "messages[2].content[0].text"),), path="messages[2]"),),
    ]
    assert found.messages[1].extra == {}


def test_a_request_without_messages_is_no_conversation() -> None:
    assert conversation(post(URL, {"model": "command-a"})) is None


def test_a_stream_is_put_together() -> None:
    body = typed(*STREAM) + sse("[DONE]")
    assert completion(post(URL, {"model": "command-a", "messages": []}), reply(body, SSE)) == (
        Completion(
            provider="cohere",
            format="cohere",
            model="command-a",
            id="m1",
            choices=(
                Choice(
                    role="assistant",
                    parts=(
                        Reasoning("Look it up."),
                        ToolCall("a", "f", {"x": 1}, '{"x":1}'),
                        ToolCall("b", "g", {}, "{}"),
                        Reasoning(" Hm"),
                        Text("Sunny."),
                    ),
                    finish_reason="COMPLETE",
                ),
            ),
            usage=Usage(
                input_tokens=504, output_tokens=16, total=520, cached_tokens=100, raw=USAGE
            ),
        )
    )


def test_a_cut_stream_is_incomplete() -> None:
    found = completion(post(URL), reply(typed(*STREAM[:-1]), SSE))
    assert found is not None
    assert (found.text, found.usage, found.complete) == ("Sunny.", None, False)


def test_an_answer_at_once() -> None:
    message = {
        "role": "assistant",
        "content": [{"type": "thinking", "thinking": "Hm"}, {"type": "text", "text": "Sunny."}],
        "tool_calls": [
            {"id": "a", "function": {"name": "f", "arguments": "{}"}},
            {"id": "b", "function": {"name": "g", "arguments": "{}"}},
        ],
    }
    billed = {"billed_units": {"input_tokens": 1, "output_tokens": 2}}
    body = {"id": "m1", "finish_reason": "COMPLETE", "message": message, "usage": billed}
    found = completion(post(URL), reply(body))
    assert found is not None
    assert (found.id, found.text, found.reasoning) == ("m1", "Sunny.", "Hm")
    assert [call.id for call in found.tool_calls] == ["a", "b"]
    assert found.usage is not None
    assert found.usage.total == 3


def test_an_end_with_an_error_tells_it() -> None:
    end = {"type": "message-end", "delta": {"finish_reason": "ERROR", "error": "Sorry."}}
    found = completion(post(URL), reply(typed(*STREAM[:1], end), SSE))
    assert found is not None
    assert (found.finish_reason, found.complete) == ("ERROR", True)
    assert found.error is not None
    assert found.error.message == "Sorry."


def test_a_bare_message_is_an_error_where_the_status_says_so() -> None:
    found = completion(post(URL), reply({"id": "x", "message": "no such model"}, code=404))
    assert found is not None
    assert found.choices == ()
    assert found.error is not None
    assert (found.error.message, found.error.status) == ("no such model", 404)
