"""OpenAI responses."""

from __future__ import annotations

from typing import Any

import pytest

from llmcassette.providers import (
    Completion,
    Conversation,
    Media,
    Message,
    Other,
    ProviderTool,
    Reasoning,
    Refusal,
    Text,
    Tool,
    ToolCall,
    ToolResult,
    completion,
    conversation,
)
from tests.providers.wires import SSE, post, reply, typed

URL = "https://api.openai.com/v1/responses"

ITEMS: list[dict[str, Any]] = [
    {"type": "reasoning", "id": "rs", "summary": [{"type": "summary_text", "text": "Hm."}]},
    {
        "type": "message",
        "role": "assistant",
        "content": [
            {"type": "output_text", "text": "Sunny."},
            {"type": "refusal", "refusal": "No."},
        ],
    },
    {"type": "function_call", "call_id": "c1", "name": "f", "arguments": '{"x": 1}'},
    {"type": "custom_tool_call", "call_id": "c2", "name": "sh", "input": "1"},
    {"type": "image_generation_call", "result": "QUJD", "output_format": "png"},
]
USAGE = {
    "input_tokens": 9,
    "output_tokens": 4,
    "total_tokens": 13,
    "input_tokens_details": {"cached_tokens": 8},
    "output_tokens_details": {"reasoning_tokens": 2},
}
WHOLE: dict[str, Any] = {
    "id": "resp_1",
    "object": "response",
    "status": "completed",
    "model": "gpt-5-1",
    "error": None,
    "output": ITEMS,
    "usage": USAGE,
}


def asked(**body: Any) -> Conversation:
    found = conversation(post(URL, {"model": "gpt-5", **body}))
    assert found is not None
    return found


def read_input(*items: Any) -> tuple[Message, ...]:
    return asked(input=list(items)).messages


def streamed(*events: dict[str, Any]) -> Completion:
    found = completion(post(URL, {"model": "gpt-5"}), reply(typed(*events), SSE))
    assert found is not None
    return found


def test_a_bare_text_is_the_users() -> None:
    assert asked(input="Hi", instructions="Be brief.", stream=True, store=False) == Conversation(
        provider="openai",
        format="openai_responses",
        model="gpt-5",
        system=(Text("Be brief.", "instructions"),),
        messages=(Message("user", (Text("Hi", "input"),), "input"),),
        parameters={"store": False},
        stream=True,
    )


def test_items_are_messages_of_their_own() -> None:
    assert read_input(
        {"role": "user", "content": "Hi"},
        {"type": "message", "id": "m", "role": "assistant", "content": ITEMS[1]["content"]},
        ITEMS[2],
        {"type": "function_call_output", "call_id": "c1", "output": "2"},
        ITEMS[0],
        {"type": "reasoning", "summary": [], "encrypted_content": "gAAA"},
        {"type": "item_reference", "id": "x"},
    ) == (
        Message("user", (Text("Hi", "input[0].content"),), "input[0]"),
        Message(
            "assistant",
            (
                Text("Sunny.", "input[1].content[0].text"),
                Refusal("No.", "input[1].content[1].refusal"),
            ),
            "input[1]",
            {"id": "m"},
        ),
        Message(
            "assistant",
            (ToolCall("c1", "f", {"x": 1}, '{"x": 1}', "input[2]", "input[2].arguments"),),
            "input[2]",
        ),
        Message(
            "tool",
            (ToolResult("c1", (Text("2", "input[3].output"),), path="input[3]"),),
            "input[3]",
        ),
        Message(
            "assistant", (Reasoning("Hm.", "input[4].summary[0].text"),), "input[4]", {"id": "rs"}
        ),
        Message(
            "assistant", (Reasoning("", "input[5]"),), "input[5]", {"encrypted_content": "gAAA"}
        ),
        Message(
            "",
            (Other("item_reference", {"type": "item_reference", "id": "x"}, "input[6]"),),
            "input[6]",
        ),
    )


def test_developer_items_that_come_first_are_instructions() -> None:
    found = asked(
        instructions="A",
        input=[{"role": "developer", "content": "B"}, {"role": "user", "content": "C"}],
    )
    assert found.system == (Text("A", "instructions"), Text("B", "input[0].content"))
    assert found.last_user_text == "C"


@pytest.mark.parametrize(
    ("part", "read"),
    [
        (
            {"type": "input_image", "image_url": "https://x.test/a.png"},
            Media("image", url="https://x.test/a.png", path="input[0].content[0]"),
        ),
        (
            {"type": "input_file", "file_id": "file-1", "filename": "a.pdf"},
            Media("file", url="file-1", name="a.pdf", path="input[0].content[0]"),
        ),
        (
            {"type": "new"},
            Other("new", {"type": "new"}, "input[0].content[0]"),
        ),
    ],
)
def test_a_content_part_is_told_by_its_kind(part: Any, read: Any) -> None:
    (message,) = read_input({"role": "user", "content": [part]})
    assert message.parts == (read,)


def test_tools_are_functions_or_the_providers_own() -> None:
    schema = {"type": "object"}
    tools = [
        {
            "type": "function",
            "name": "f",
            "description": "F.",
            "parameters": schema,
            "strict": True,
        },
        {"type": "web_search", "search_context_size": "low"},
    ]
    assert asked(input="", tools=tools).tools == (
        Tool("f", "F.", schema, "tools[0]", "tools[0].parameters", {"strict": True}),
        Tool(
            "web_search",
            path="tools[1]",
            schema_path="tools[1].parameters",
            extra={"search_context_size": "low"},
        ),
    )


def test_a_request_without_a_body_is_no_conversation() -> None:
    assert conversation(post(URL, b"")) is None
    assert conversation(post(URL, {})) is None


def check_whole(found: Completion | None) -> None:
    assert found is not None
    assert (found.id, found.model, found.role) == ("resp_1", "gpt-5-1", "assistant")
    assert (found.text, found.reasoning, found.refusal) == ("Sunny.", "Hm.", "No.")
    assert found.tool_calls == (
        ToolCall("c1", "f", {"x": 1}, '{"x": 1}'),
        ToolCall("c2", "sh", "1", "1"),
    )
    assert [(image.kind, image.media_type, image.size) for image in found.media] == [
        ("image", "image/png", 3)
    ]
    assert found.finish_reason == "completed"
    assert found.usage is not None
    assert (found.usage.total, found.usage.cached_tokens, found.usage.reasoning_tokens) == (
        13,
        8,
        2,
    )
    assert found.error is None
    assert found.complete


def test_an_answer_at_once() -> None:
    check_whole(completion(post(URL), reply(WHOLE)))


def test_a_stream_that_ends_with_the_whole_response() -> None:
    started = {"type": "response.created", "response": WHOLE | {"output": [], "status": "queued"}}
    text = {"type": "response.output_text.delta", "output_index": 1, "delta": "Sun"}
    check_whole(streamed(started, text, {"type": "response.completed", "response": WHOLE}))


def test_a_last_response_without_its_items_has_those_the_stream_told_of() -> None:
    done = [
        {"type": "response.output_item.done", "output_index": i, "item": item}
        for i, item in enumerate(ITEMS)
    ]
    check_whole(streamed(*done, {"type": "response.completed", "response": WHOLE | {"output": []}}))


def test_a_cut_stream_has_what_the_deltas_told() -> None:
    call = {"type": "function_call", "call_id": "c1", "name": "f", "arguments": ""}
    found = streamed(
        {"type": "response.created", "response": {"id": "resp_1", "model": "gpt-5-1"}},
        {"type": "response.reasoning_summary_text.delta", "output_index": 0, "delta": "H"},
        {"type": "response.reasoning_text.delta", "output_index": 0, "delta": "m"},
        {"type": "response.output_text.delta", "output_index": 1, "delta": "Sun"},
        {"type": "response.output_text.delta", "output_index": 1, "delta": "ny"},
        {"type": "response.refusal.delta", "output_index": 1, "delta": "No"},
        {"type": "response.output_item.added", "output_index": 2, "item": call},
        {"type": "response.function_call_arguments.delta", "output_index": 2, "delta": '{"x"'},
    )
    assert not found.complete
    assert (found.text, found.reasoning, found.refusal) == ("Sunny", "Hm", "No")
    assert found.tool_calls == (ToolCall("c1", "f", '{"x"', '{"x"'),)
    assert found.finish_reason == ""


def test_an_incomplete_response_says_why() -> None:
    response = WHOLE | {
        "status": "incomplete",
        "incomplete_details": {"reason": "max_output_tokens"},
    }
    found = streamed({"type": "response.incomplete", "response": response})
    assert found.complete
    assert found.finish_reason == "max_output_tokens"


def test_a_failed_response_has_its_error() -> None:
    error = {"code": "server_error", "message": "Sorry."}
    response = {"object": "response", "status": "failed", "error": error, "output": []}
    found = streamed({"type": "response.failed", "response": response})
    assert found.complete
    assert found.finish_reason == "failed"
    assert found.error is not None
    assert (found.error.message, found.error.code) == ("Sorry.", "server_error")


def test_an_error_event_ends_the_stream() -> None:
    found = streamed(
        {"type": "response.output_text.delta", "output_index": 0, "delta": "Hi"},
        {"type": "error", "code": "rate_limit_exceeded", "message": "Slow down.", "param": None},
    )
    assert found.complete
    assert found.text == "Hi"
    assert found.error is not None
    assert (found.error.message, found.error.code) == ("Slow down.", "rate_limit_exceeded")


def test_calls_that_the_client_runs_are_apart_from_those_of_the_provider() -> None:
    search = {"type": "search", "query": "x"}
    found = completion(
        post(URL),
        reply(
            WHOLE
            | {
                "output": [
                    {"type": "web_search_call", "id": "ws", "status": "done", "action": search},
                    {"type": "local_shell_call", "call_id": "l", "action": {"command": ["ls"]}},
                    {"type": "computer_call", "call_id": "c", "action": {"type": "click"}},
                    {
                        "type": "mcp_call",
                        "id": "m",
                        "server_label": "wiki",
                        "name": "ask",
                        "arguments": '{"q":1}',
                        "output": "yes",
                    },
                ]
            }
        ),
    )
    assert found is not None
    assert found.parts == (
        ProviderTool("web_search", {"action": search}, None, "ws"),
        ToolCall("l", "local_shell", {"command": ["ls"]}),
        ToolCall("c", "computer", {"type": "click"}),
        ProviderTool("wiki.ask", {"q": 1}, "yes", "m"),
    )
    assert [call.name for call in found.tool_calls] == ["local_shell", "computer"]
    assert [tool.name for tool in found.provider_tools] == ["web_search", "wiki.ask"]
