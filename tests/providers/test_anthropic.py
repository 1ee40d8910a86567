"""Anthropic messages: its own API, Bedrock's invoke, Vertex."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from llmcassette.providers import (
    Choice,
    Completion,
    Conversation,
    Media,
    Message,
    Other,
    ProviderTool,
    Reasoning,
    Text,
    Tool,
    ToolCall,
    ToolResult,
    Usage,
    completion,
    conversation,
)
from llmcassette.streams import encode_message
from tests.providers.wires import FRAMES, SSE, frames, post, reply, typed

URL = "https://api.anthropic.com/v1/messages"
BEDROCK = "https://bedrock-runtime.us-east-1.amazonaws.com/model/us.anthropic.claude-4-v1%3A0/"
VERTEX = (
    "https://us-east5-aiplatform.googleapis.com/v1/projects/p/locations/us-east5"
    "/publishers/anthropic/models/claude-4@2026:streamRawPredict"
)

START: dict[str, Any] = {
    "type": "message_start",
    "message": {
        "type": "message",
        "id": "msg_1",
        "role": "assistant",
        "model": "claude-4-1",
        "content": [],
        "stop_reason": None,
        "usage": {"input_tokens": 3, "cache_read_input_tokens": 5, "output_tokens": 1},
    },
}
THINKING: list[dict[str, Any]] = [
    {
        "type": "content_block_start",
        "index": 0,
        "content_block": {"type": "thinking", "thinking": ""},
    },
    {
        "type": "content_block_delta",
        "index": 0,
        "delta": {"type": "thinking_delta", "thinking": "Hm"},
    },
    {
        "type": "content_block_delta",
        "index": 0,
        "delta": {"type": "signature_delta", "signature": "x"},
    },
    {"type": "content_block_stop", "index": 0},
]
TEXT: list[dict[str, Any]] = [
    {"type": "content_block_start", "index": 1, "content_block": {"type": "text", "text": ""}},
    {"type": "ping"},
    {"type": "content_block_delta", "index": 1, "delta": {"type": "text_delta", "text": "Sun"}},
    {"type": "content_block_delta", "index": 1, "delta": {"type": "text_delta", "text": "ny."}},
    {"type": "content_block_stop", "index": 1},
]
CALL: list[dict[str, Any]] = [
    {
        "type": "content_block_start",
        "index": 2,
        "content_block": {"type": "tool_use", "id": "toolu_1", "name": "f", "input": {}},
    },
    {
        "type": "content_block_delta",
        "index": 2,
        "delta": {"type": "input_json_delta", "partial_json": '{"x":'},
    },
    {
        "type": "content_block_delta",
        "index": 2,
        "delta": {"type": "input_json_delta", "partial_json": "1}"},
    },
    {"type": "content_block_stop", "index": 2},
    {
        "type": "content_block_start",
        "index": 3,
        "content_block": {"type": "tool_use", "id": "toolu_2", "name": "now", "input": {}},
    },
    {"type": "content_block_stop", "index": 3},
]
STOP: list[dict[str, Any]] = [
    {"type": "message_delta", "delta": {"stop_reason": "tool_use"}, "usage": {"output_tokens": 7}},
    {"type": "message_stop"},
]
STREAM = [START, *THINKING, *TEXT, *CALL, *STOP]

WHOLE = Completion(
    provider="anthropic",
    format="anthropic",
    model="claude-4-1",
    id="msg_1",
    choices=(
        Choice(
            role="assistant",
            parts=(
                Reasoning("Hm", extra={"signature": "x"}),
                Text("Sunny."),
                ToolCall("toolu_1", "f", {"x": 1}, '{"x":1}'),
                ToolCall("toolu_2", "now", {}),
            ),
            finish_reason="tool_use",
        ),
    ),
    usage=Usage(
        input_tokens=8,
        output_tokens=7,
        total=15,
        cached_tokens=5,
        raw={"input_tokens": 3, "cache_read_input_tokens": 5, "output_tokens": 7},
    ),
)


def asked(url: str = URL, **body: Any) -> Conversation:
    found = conversation(post(url, {"model": "claude-4", "messages": [], **body}))
    assert found is not None
    return found


def block(value: Any) -> Any:
    (message,) = asked(messages=[{"role": "user", "content": [value]}]).messages
    (part,) = message.parts
    return part


def test_a_request_is_read_whole() -> None:
    tools = [
        {"name": "f", "description": "F.", "input_schema": {"type": "object"}, "cache_control": {}},
        {"type": "bash_20250124", "name": "bash"},
    ]
    found = asked(
        system=[{"type": "text", "text": "Be brief."}],
        messages=[
            {"role": "user", "content": "Hi"},
            {
                "role": "assistant",
                "content": [
                    {"type": "thinking", "thinking": "Hm", "signature": "x"},
                    {"type": "redacted_thinking", "data": "x"},
                    {"type": "tool_use", "id": "toolu_1", "name": "f", "input": {"x": 1}},
                ],
            },
            {
                "role": "user",
                "content": [
                    {
                        "type": "tool_result",
                        "tool_use_id": "toolu_1",
                        "content": "2",
                        "is_error": True,
                    },
                    {
                        "type": "tool_result",
                        "tool_use_id": "toolu_2",
                        "content": [{"type": "text", "text": "3"}],
                    },
                ],
            },
        ],
        tools=tools,
        max_tokens=10,
        stream=True,
    )
    use, results = "messages[1].content[2]", "messages[2].content"
    assert found == Conversation(
        provider="anthropic",
        format="anthropic",
        model="claude-4",
        system=(Text("Be brief.", "system[0].text"),),
        messages=(
            Message("user", (Text("Hi", "messages[0].content"),), "messages[0]"),
            Message(
                "assistant",
                (
                    Reasoning("Hm", "messages[1].content[0].thinking", {"signature": "x"}),
                    Reasoning("", "messages[1].content[1]", {"data": "x"}),
                    ToolCall("toolu_1", "f", {"x": 1}, "", use, f"{use}.input"),
                ),
                "messages[1]",
            ),
            Message(
                "user",
                (
                    ToolResult(
                        "toolu_1",
                        (Text("2", f"{results}[0].content"),),
                        is_error=True,
                        path=f"{results}[0]",
                    ),
                    ToolResult(
                        "toolu_2",
                        (Text("3", f"{results}[1].content[0].text"),),
                        path=f"{results}[1]",
                    ),
                ),
                "messages[2]",
            ),
        ),
        tools=(
            Tool(
                "f",
                "F.",
                {"type": "object"},
                "tools[0]",
                "tools[0].input_schema",
                {"cache_control": {}},
            ),
            Tool(
                "bash",
                path="tools[1]",
                schema_path="tools[1].input_schema",
                extra={"type": "bash_20250124"},
            ),
        ),
        parameters={"max_tokens": 10},
        stream=True,
    )


def test_a_system_prompt_may_be_a_text() -> None:
    assert asked(system="Be brief.").system == (Text("Be brief.", "system"),)


@pytest.mark.parametrize(
    ("value", "read"),
    [
        (
            {
                "type": "image",
                "source": {"type": "base64", "media_type": "image/png", "data": "QUJD"},
            },
            Media("image", "image/png", 3, "b5d4045c3f466fa9", path="messages[0].content[0]"),
        ),
        (
            {"type": "image", "source": {"type": "url", "url": "https://x.test/a.png"}},
            Media("image", url="https://x.test/a.png", path="messages[0].content[0]"),
        ),
        (
            {"type": "document", "title": "A", "source": {"type": "file", "file_id": "file_1"}},
            Media("file", url="file_1", name="A", path="messages[0].content[0]"),
        ),
        (
            {
                "type": "document",
                "source": {"type": "text", "media_type": "text/plain", "data": "A"},
            },
            Text("A", "messages[0].content[0].source.data"),
        ),
        (
            {"type": "server_tool_use", "id": "s", "name": "web_search", "input": {"query": "x"}},
            ProviderTool("web_search", {"query": "x"}, None, "s", "messages[0].content[0]"),
        ),
        (
            {"type": "web_search_tool_result", "tool_use_id": "s", "content": [{"url": "u"}]},
            ProviderTool("web_search", None, [{"url": "u"}], "s", "messages[0].content[0]"),
        ),
        (
            {"type": "new_kind", "x": 1},
            Other("new_kind", {"type": "new_kind", "x": 1}, "messages[0].content[0]"),
        ),
    ],
)
def test_a_block_is_told_by_its_kind(value: Any, read: Any) -> None:
    assert block(value) == read


@pytest.mark.parametrize(
    ("url", "provider", "model", "stream"),
    [
        (f"{BEDROCK}invoke", "bedrock", "us.anthropic.claude-4-v1:0", False),
        (f"{BEDROCK}invoke-with-response-stream", "bedrock", "us.anthropic.claude-4-v1:0", True),
        (VERTEX, "vertex", "claude-4@2026", True),
    ],
)
def test_platforms_name_the_model_in_the_path(
    url: str, provider: str, model: str, stream: bool
) -> None:
    found = conversation(post(url, {"messages": [], "anthropic_version": "x"}))
    assert found is not None
    assert (found.provider, found.model, found.stream) == (provider, model, stream)


def test_messages_of_another_type_are_no_conversation() -> None:
    assert conversation(post(URL, {"model": "claude-4", "messages": None})) is None


def test_a_stream_is_put_together() -> None:
    assert completion(post(URL), reply(typed(*STREAM), SSE)) == WHOLE


def test_a_stream_in_bedrocks_frames_is_the_same() -> None:
    wrapped = [
        ("chunk", {"bytes": base64.b64encode(json.dumps(event).encode()).decode(), "p": "abc"})
        for event in STREAM
    ]
    found = completion(
        post(f"{BEDROCK}invoke-with-response-stream"), reply(frames(*wrapped), FRAMES)
    )
    assert found is not None
    assert found.provider == "bedrock"
    assert found.choices == WHOLE.choices
    assert found.usage == WHOLE.usage
    assert found.complete


def test_an_exceptions_frame_is_an_error_that_ends_the_stream() -> None:
    headers = {":message-type": "exception", ":exception-type": "throttlingException"}
    body = encode_message(headers, b'{"message": "Slow down."}')
    found = completion(post(f"{BEDROCK}invoke-with-response-stream"), reply(body, FRAMES))
    assert found is not None
    assert found.error is not None
    assert (found.error.message, found.error.type) == ("Slow down.", "throttlingException")
    assert found.complete


def test_an_answer_at_once() -> None:
    content = [
        {"type": "thinking", "thinking": "Hm", "signature": "x"},
        {"type": "text", "text": "Sunny."},
        {"type": "tool_use", "id": "toolu_1", "name": "f", "input": {"x": 1}},
    ]
    message = START["message"] | {"content": content, "stop_reason": "tool_use"}
    found = completion(post(URL), reply(message))
    assert found is not None
    assert (found.id, found.text, found.reasoning) == ("msg_1", "Sunny.", "Hm")
    assert found.tool_calls == (ToolCall("toolu_1", "f", {"x": 1}),)
    assert found.finish_reason == "tool_use"
    assert found.complete


def test_a_cut_stream_is_incomplete() -> None:
    found = completion(post(URL), reply(typed(START, *TEXT, *CALL[:2]), SSE))
    assert found is not None
    assert not found.complete
    assert found.text == "Sunny."
    assert found.tool_calls == (ToolCall("toolu_1", "f", '{"x":', '{"x":'),)


def test_an_error_event_ends_the_stream() -> None:
    error = {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}
    found = completion(post(URL), reply(typed(START, error), SSE))
    assert found is not None
    assert found.complete
    assert found.error is not None
    assert (found.error.type, found.error.message) == ("overloaded_error", "Overloaded")


def test_an_answer_without_counts_has_no_usage() -> None:
    found = completion(post(URL), reply(typed(*TEXT), SSE))
    assert found is not None
    assert found.usage is None


@pytest.mark.parametrize(
    "request_",
    [
        post("https://gate.test/any", {"messages": []}, anthropic_version="2023-06-01"),
        post("https://gate.test/any", {"messages": [], "anthropic_version": "x"}),
        post("https://gate.test/any", {"messages": [], "tools": [{"input_schema": {}}]}),
    ],
    ids=["header", "version", "tool"],
)
def test_at_an_unknown_address_its_own_marks_tell_it(request_: Any) -> None:
    found = conversation(request_)
    assert found is not None
    assert (found.provider, found.format) == ("anthropic", "anthropic")


def test_parts_keep_their_order() -> None:
    use = {"type": "tool_use", "id": "t", "name": "f", "input": {}}
    content = [{"type": "text", "text": "Before."}, use, {"type": "text", "text": "After."}]
    found = completion(
        post(URL), reply({"type": "message", "stop_reason": "tool_use", "content": content})
    )
    assert found is not None
    assert found.parts == (Text("Before."), ToolCall("t", "f", {}), Text("After."))
    assert found.text == "Before.After."


def test_a_tool_that_the_provider_runs_is_no_call_for_the_client() -> None:
    use = {"type": "server_tool_use", "id": "s", "name": "web_search", "input": {}}
    result = {"type": "web_search_tool_result", "tool_use_id": "s", "content": [{"url": "u"}]}
    streamed = typed(
        {"type": "message_start", "message": {"role": "assistant"}},
        {"type": "content_block_start", "index": 0, "content_block": use},
        {
            "type": "content_block_delta",
            "index": 0,
            "delta": {"type": "input_json_delta", "partial_json": '{"query":"x"}'},
        },
        {"type": "content_block_start", "index": 1, "content_block": result},
        {"type": "message_stop"},
    )
    found = completion(post(URL), reply(streamed, SSE))
    assert found is not None
    assert found.tool_calls == ()
    assert found.provider_tools == (
        ProviderTool("web_search", {"query": "x"}, None, "s"),
        ProviderTool("web_search", None, [{"url": "u"}], "s"),
    )


def test_citations_of_a_text_are_kept() -> None:
    streamed = typed(
        {"type": "message_start", "message": {"role": "assistant"}},
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
        *(
            {
                "type": "content_block_delta",
                "index": 0,
                "delta": {"type": "citations_delta", "citation": {"url": url}},
            }
            for url in ("a", "b")
        ),
        {
            "type": "content_block_delta",
            "index": 0,
            "delta": {"type": "text_delta", "text": "Sunny."},
        },
        {"type": "message_stop"},
    )
    found = completion(post(URL), reply(streamed, SSE))
    assert found is not None
    assert found.parts == (Text("Sunny.", extra={"citations": [{"url": "a"}, {"url": "b"}]}),)
