"""OpenAI chat completions, also by other providers."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

import pytest

from llmcassette.providers import (
    Choice,
    Completion,
    Conversation,
    Media,
    Message,
    Other,
    Reasoning,
    Refusal,
    Text,
    Tool,
    ToolCall,
    ToolResult,
    Usage,
    completion,
    conversation,
)
from tests.providers.wires import SSE, post, reply, sse

URL = "https://api.openai.com/v1/chat/completions"
PIXEL = b"\x89PNG pixel"
PIXEL_URL = "data:image/png;base64," + base64.b64encode(PIXEL).decode()
PIXEL_DIGEST = hashlib.sha256(PIXEL).hexdigest()[:16]


def asked(**body: Any) -> Conversation:
    found = conversation(post(URL, {"model": "gpt-5", "messages": [], **body}))
    assert found is not None
    return found


def parts(content: Any, role: str = "user", **message: Any) -> tuple[Any, ...]:
    (found,) = asked(messages=[{"role": role, "content": content, **message}]).messages
    return found.parts


def answered(*events: Any, **request: Any) -> Completion:
    found = completion(post(URL, {"model": "gpt-5", **request}), reply(sse(*events), SSE))
    assert found is not None
    return found


def delta(index: int = 0, finish_reason: str | None = None, **delta: Any) -> dict[str, Any]:
    choice = {"index": index, "delta": delta, "finish_reason": finish_reason}
    return {"id": "c1", "object": "chat.completion.chunk", "model": "gpt-5-1", "choices": [choice]}


def test_a_request_is_read_whole() -> None:
    request = post(
        URL,
        {
            "model": "gpt-5",
            "stream": True,
            "temperature": 0.5,
            "tool_choice": "auto",
            "messages": [
                {"role": "system", "content": "Be brief."},
                {"role": "developer", "content": "No markdown."},
                {"role": "user", "name": "ann", "content": "Weather in Bern?"},
                {
                    "role": "assistant",
                    "content": None,
                    "tool_calls": [
                        {
                            "id": "call_1",
                            "type": "function",
                            "function": {"name": "weather", "arguments": '{"city": "Bern"}'},
                        }
                    ],
                },
                {"role": "tool", "tool_call_id": "call_1", "content": "sunny"},
            ],
            "tools": [
                {
                    "type": "function",
                    "function": {
                        "name": "weather",
                        "description": "Looks it up.",
                        "parameters": {"type": "object"},
                        "strict": True,
                    },
                }
            ],
        },
    )
    assert conversation(request) == Conversation(
        provider="openai",
        format="openai_chat",
        model="gpt-5",
        system=(
            Text("Be brief.", "messages[0].content"),
            Text("No markdown.", "messages[1].content"),
        ),
        messages=(
            Message(
                "user",
                (Text("Weather in Bern?", "messages[2].content"),),
                "messages[2]",
                {"name": "ann"},
            ),
            Message(
                "assistant",
                (
                    ToolCall(
                        "call_1",
                        "weather",
                        {"city": "Bern"},
                        '{"city": "Bern"}',
                        "messages[3].tool_calls[0]",
                        "messages[3].tool_calls[0].function.arguments",
                    ),
                ),
                "messages[3]",
            ),
            Message(
                "tool",
                (
                    ToolResult(
                        "call_1", (Text("sunny", "messages[4].content"),), path="messages[4]"
                    ),
                ),
                "messages[4]",
            ),
        ),
        tools=(
            Tool(
                "weather",
                "Looks it up.",
                {"type": "object"},
                "tools[0].function",
                "tools[0].function.parameters",
                {"strict": True},
            ),
        ),
        parameters={"temperature": 0.5, "tool_choice": "auto"},
        stream=True,
    )


def test_a_later_system_message_stays_in_its_place() -> None:
    found = asked(
        messages=[{"role": "user", "content": "Hi"}, {"role": "system", "content": "Now in rhyme."}]
    )
    assert found.system == ()
    assert [message.role for message in found.messages] == ["user", "system"]


@pytest.mark.parametrize(
    ("part", "read"),
    [
        (
            {"type": "image_url", "image_url": {"url": PIXEL_URL}},
            Media("image", "image/png", len(PIXEL), PIXEL_DIGEST, path="messages[0].content[0]"),
        ),
        (
            {"type": "image_url", "image_url": "https://x.test/cat.png"},
            Media("image", url="https://x.test/cat.png", path="messages[0].content[0]"),
        ),
        (
            {"type": "video_url", "video_url": {"url": "https://x.test/cat.mp4"}},
            Media("video", url="https://x.test/cat.mp4", path="messages[0].content[0]"),
        ),
        (
            {
                "type": "document_url",
                "document_url": "https://x.test/a.pdf",
                "document_name": "a.pdf",
            },
            Media("file", url="https://x.test/a.pdf", name="a.pdf", path="messages[0].content[0]"),
        ),
        (
            {
                "type": "input_audio",
                "input_audio": {"data": base64.b64encode(PIXEL).decode(), "format": "mp3"},
            },
            Media("audio", "audio/mpeg", len(PIXEL), PIXEL_DIGEST, path="messages[0].content[0]"),
        ),
        (
            {"type": "file", "file": {"file_data": PIXEL_URL, "filename": "p.png"}},
            Media(
                "image",
                "image/png",
                len(PIXEL),
                PIXEL_DIGEST,
                name="p.png",
                path="messages[0].content[0]",
            ),
        ),
        (
            {"type": "file", "file": {"file_id": "file-1"}},
            Media("file", url="file-1", path="messages[0].content[0]"),
        ),
        (
            {"type": "refusal", "refusal": "No."},
            Refusal("No.", "messages[0].content[0].refusal"),
        ),
        (
            {"type": "thinking", "thinking": [{"type": "text", "text": "Hm"}]},
            Reasoning("Hm", "messages[0].content[0].thinking"),
        ),
        (
            {"type": "hologram", "hologram": 3},
            Other("hologram", {"type": "hologram", "hologram": 3}, "messages[0].content[0]"),
        ),
        (7, Other("", 7, "messages[0].content[0]")),
    ],
)
def test_a_content_part_is_told_by_its_kind(part: Any, read: Any) -> None:
    assert parts([part]) == (read,)


def test_an_assistant_message_keeps_what_it_thought_and_refused() -> None:
    assert parts(None, "assistant", reasoning_content="Hm", refusal="No.") == (
        Reasoning("Hm", "messages[0].reasoning_content"),
        Refusal("No.", "messages[0].refusal"),
    )


def test_older_functions_are_tools_too() -> None:
    found = asked(
        functions=[{"name": "now"}],
        messages=[
            {
                "role": "assistant",
                "content": None,
                "function_call": {"name": "now", "arguments": "{"},
            },
            {"role": "function", "name": "now", "content": "noon"},
        ],
    )
    assert found.tools == (Tool("now", path="functions[0]", schema_path="functions[0].parameters"),)
    call, result = (part for message in found.messages for part in message.parts)
    where = "messages[0].function_call"
    assert call == ToolCall("", "now", "{", "{", where, f"{where}.arguments")
    assert result == ToolResult(
        "", (Text("noon", "messages[1].content"),), "now", path="messages[1]"
    )


def test_a_custom_tool_takes_free_text() -> None:
    found = asked(
        tools=[{"type": "custom", "custom": {"name": "sh", "format": {"type": "text"}}}],
        messages=[
            {
                "role": "assistant",
                "tool_calls": [
                    {"id": "c", "type": "custom", "custom": {"name": "sh", "input": "1"}}
                ],
            }
        ],
    )
    assert found.tools[0].name == "sh"
    assert found.tools[0].extra == {"format": {"type": "text"}}
    where = "messages[0].tool_calls[0]"
    assert found.messages[0].parts == (
        ToolCall("c", "sh", "1", "1", where, f"{where}.custom.input"),
    )


def test_the_providers_own_tool_is_named_by_its_type() -> None:
    (tool,) = asked(tools=[{"type": "web_search", "depth": 2}]).tools
    assert tool == Tool("web_search", path="tools[0]", schema_path="tools[0]", extra={"depth": 2})


def test_an_azure_deployment_in_the_path_is_the_model() -> None:
    url = "https://us.openai.azure.com/openai/deployments/my-gpt/chat/completions?api-version=1"
    found = conversation(post(url, {"messages": [{"role": "user", "content": "Hi"}]}))
    assert found is not None
    assert (found.provider, found.model) == ("azure", "my-gpt")


def test_messages_of_another_type_are_no_conversation() -> None:
    assert conversation(post(URL, {"model": "gpt-5", "messages": "Hi"})) is None
    assert conversation(post(URL, b"not json")) is None


def test_an_answer_at_once() -> None:
    body = {
        "id": "c1",
        "object": "chat.completion",
        "model": "gpt-5-1",
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": "Sunny.", "reasoning": "Hm."},
                "finish_reason": "stop",
            }
        ],
        "usage": {
            "prompt_tokens": 9,
            "completion_tokens": 4,
            "total_tokens": 13,
            "prompt_tokens_details": {"cached_tokens": 8},
            "completion_tokens_details": {"reasoning_tokens": 2},
        },
    }
    assert completion(post(URL), reply(body)) == Completion(
        provider="openai",
        format="openai_chat",
        model="gpt-5-1",
        id="c1",
        choices=(
            Choice(
                role="assistant", parts=(Reasoning("Hm."), Text("Sunny.")), finish_reason="stop"
            ),
        ),
        usage=Usage(
            input_tokens=9,
            output_tokens=4,
            total=13,
            cached_tokens=8,
            reasoning_tokens=2,
            raw=body["usage"],
        ),
    )


def test_a_stream_is_put_together() -> None:
    found = answered(
        delta(role="assistant", content=""),
        delta(reasoning_content="Hm"),
        delta(content="Sun"),
        delta(content="ny."),
        delta(tool_calls=[{"index": 0, "id": "a", "function": {"name": "f", "arguments": ""}}]),
        delta(tool_calls=[{"index": 0, "function": {"arguments": '{"x":'}}]),
        delta(tool_calls=[{"index": 1, "id": "b", "function": {"name": "g", "arguments": "{}"}}]),
        delta(tool_calls=[{"index": 0, "function": {"arguments": "1}"}}]),
        delta(finish_reason="tool_calls"),
        {"choices": [], "usage": {"prompt_tokens": 1, "completion_tokens": 2}},
        "[DONE]",
    )
    assert (found.role, found.text, found.reasoning) == ("assistant", "Sunny.", "Hm")
    assert found.tool_calls == (
        ToolCall("a", "f", {"x": 1}, '{"x":1}'),
        ToolCall("b", "g", {}, "{}"),
    )
    assert found.finish_reason == "tool_calls"
    assert found.usage is not None
    assert found.usage.total == 3
    assert found.complete


def test_a_cut_stream_is_incomplete_and_its_arguments_are_text() -> None:
    found = answered(
        delta(role="assistant", content="Let me"),
        delta(tool_calls=[{"index": 0, "id": "a", "function": {"name": "f", "arguments": '{"x'}}]),
    )
    assert not found.complete
    assert found.text == "Let me"
    assert found.tool_calls == (ToolCall("a", "f", '{"x', '{"x'),)
    assert found.finish_reason == ""


def test_a_stream_without_done_is_complete_once_usage_came() -> None:
    usage = {"usage": {"prompt_tokens": 1, "completion_tokens": 1}}
    assert answered(delta(content="Hi", finish_reason="stop") | usage).complete
    assert not answered(delta(content="Hi", finish_reason="stop")).complete


def test_several_choices_are_kept_apart() -> None:
    found = answered(delta(1, content="B"), delta(0, content="A"), delta(1, "stop"), "[DONE]")
    assert [choice.text for choice in found.choices] == ["A", "B"]
    assert found.text == "A"


def test_calls_under_one_index_are_told_apart_by_their_ids() -> None:
    function = {"name": "f", "arguments": "{}"}
    calls = [{"index": 0, "id": "a", "function": function}, {"index": 0, "id": "b"}]
    more = [{"index": 0, "function": {"name": "g", "arguments": "{}"}}]
    found = answered(delta(tool_calls=calls), delta(tool_calls=more), "[DONE]")
    assert [(call.id, call.name) for call in found.tool_calls] == [("a", "f"), ("b", "g")]


def test_a_message_that_repeats_itself_beside_the_deltas_counts_once() -> None:
    """Perplexity's."""
    choice = {"index": 0, "delta": {"content": "Hi"}, "message": {"content": "Hi"}}
    assert answered({"choices": [choice]}, "[DONE]").text == "Hi"
    whole = {"choices": [{"delta": {"content": ""}, "message": {"content": "Hi"}}]}
    found = completion(post(URL), reply(whole))
    assert found is not None
    assert found.text == "Hi"


def test_what_servers_add_is_read() -> None:
    found = answered(
        delta(reasoning_details=[{"type": "reasoning.text", "text": "Hm"}]),
        delta(content=[{"type": "thinking", "thinking": "ha"}, {"type": "text", "text": "A"}]),
        delta(refusal="No."),
        delta(function_call={"name": "f", "arguments": "{}"}),
        delta(images=[{"type": "image_url", "image_url": {"url": PIXEL_URL}}]),
        delta(content=[{"type": "image_url", "image_url": {"url": PIXEL_URL}}]),
        delta(content=[{"type": "reference", "reference_ids": [1]}]),
        delta(audio={"transcript": " said"}),
        {"choices": [], "x_groq": {"usage": {"prompt_tokens": 1}}},
        "[DONE]",
    )
    assert found.reasoning == "Hmha"
    assert found.text == "A said"
    assert found.refusal == "No."
    assert found.tool_calls == (ToolCall("", "f", {}, "{}"),)
    assert found.media == (Media("image", "image/png", len(PIXEL), PIXEL_DIGEST),) * 2
    assert found.usage is not None
    assert (found.usage.input_tokens, found.usage.output_tokens) == (1, 0)


def test_a_custom_tools_input_is_text_even_if_it_looks_like_json() -> None:
    found = answered(delta(tool_calls=[{"id": "c", "custom": {"name": "sh", "input": "1"}}]))
    assert found.tool_calls == (ToolCall("c", "sh", "1", "1"),)


def test_arguments_that_are_a_value_already_are_taken_as_they_are() -> None:
    found = answered(delta(tool_calls=[{"function": {"name": "f", "arguments": {"x": 1}}}]))
    assert found.tool_calls == (ToolCall("", "f", {"x": 1}),)


def test_an_error_in_the_stream_ends_it() -> None:
    error = {"error": {"message": "overloaded", "type": "server_error", "code": 502}}
    found = answered(delta(content="Hi"), error)
    assert found.text == "Hi"
    assert found.error is not None
    assert (found.error.message, found.error.type, found.error.code) == (
        "overloaded",
        "server_error",
        "502",
    )
    assert found.error.status is None


def test_blank_lines_that_kept_the_connection_open_are_ignored() -> None:
    body = b"\n   \n\n" + b'{"choices": [{"message": {"content": "Hi"}}]}'
    found = completion(post(URL), reply(body))
    assert found is not None
    assert found.text == "Hi"
