"""Bedrock's Converse."""

from __future__ import annotations

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
    Text,
    Tool,
    ToolCall,
    ToolResult,
    Usage,
    completion,
    conversation,
)
from llmcassette.streams import encode_message
from tests.providers.wires import FRAMES, frames, post, reply

URL = "https://bedrock-runtime.us-east-1.amazonaws.com/model/amazon.nova-lite-v1%3A0/converse"

USAGE = {
    "inputTokens": 3,
    "outputTokens": 7,
    "totalTokens": 16,
    "cacheReadInputTokens": 5,
    "cacheWriteInputTokens": 1,
}
STREAM: list[tuple[str, dict[str, Any]]] = [
    ("messageStart", {"role": "assistant"}),
    (
        "contentBlockDelta",
        {"contentBlockIndex": 0, "delta": {"reasoningContent": {"text": "Hm"}}},
    ),
    (
        "contentBlockDelta",
        {"contentBlockIndex": 0, "delta": {"reasoningContent": {"signature": "x"}}},
    ),
    ("contentBlockDelta", {"contentBlockIndex": 1, "delta": {"text": "Sun"}}),
    ("contentBlockDelta", {"contentBlockIndex": 1, "delta": {"text": "ny."}}),
    ("contentBlockStop", {"contentBlockIndex": 1}),
    (
        "contentBlockStart",
        {"contentBlockIndex": 2, "start": {"toolUse": {"toolUseId": "t1", "name": "f"}}},
    ),
    ("contentBlockDelta", {"contentBlockIndex": 2, "delta": {"toolUse": {"input": '{"x":'}}}),
    ("contentBlockDelta", {"contentBlockIndex": 2, "delta": {"toolUse": {"input": "1}"}}}),
    (
        "contentBlockStart",
        {"contentBlockIndex": 3, "start": {"toolUse": {"toolUseId": "t2", "name": "now"}}},
    ),
    ("messageStop", {"stopReason": "tool_use"}),
    ("metadata", {"usage": USAGE, "metrics": {"latencyMs": 9}}),
]
WHOLE = Completion(
    provider="bedrock",
    format="bedrock",
    model="amazon.nova-lite-v1:0",
    choices=(
        Choice(
            role="assistant",
            parts=(
                Reasoning("Hm"),
                Text("Sunny."),
                ToolCall("t1", "f", {"x": 1}, '{"x":1}'),
                ToolCall("t2", "now", {}),
            ),
            finish_reason="tool_use",
        ),
    ),
    usage=Usage(
        input_tokens=9, output_tokens=7, total=16, cached_tokens=5, cache_write_tokens=1, raw=USAGE
    ),
)
ASKED = {"messages": [{"role": "user", "content": [{"text": "Hi"}]}]}


def block(value: Any) -> Any:
    found = conversation(post(URL, {"messages": [{"role": "user", "content": [value]}]}))
    assert found is not None
    return found.messages[0].parts[0]


def test_a_request_is_read_whole() -> None:
    body = {
        "system": [{"text": "Be brief."}],
        "messages": [
            {"role": "user", "content": [{"text": "Hi"}]},
            {
                "role": "assistant",
                "content": [
                    {"reasoningContent": {"reasoningText": {"text": "Hm", "signature": "x"}}},
                    {"toolUse": {"toolUseId": "t1", "name": "f", "input": {"x": 1}}},
                ],
            },
            {
                "role": "user",
                "content": [
                    {
                        "toolResult": {
                            "toolUseId": "t1",
                            "content": [{"text": "2"}],
                            "status": "error",
                        }
                    }
                ],
            },
        ],
        "toolConfig": {
            "tools": [
                {
                    "toolSpec": {
                        "name": "f",
                        "description": "F.",
                        "inputSchema": {"json": {"type": "object"}},
                    }
                },
                {"cachePoint": {"type": "default"}},
            ],
            "toolChoice": {"auto": {}},
        },
        "inferenceConfig": {"maxTokens": 10},
        "additionalModelRequestFields": {"a": 1},
    }
    thought = "messages[1].content[0].reasoningContent.reasoningText.text"
    use, result = "messages[1].content[1].toolUse", "messages[2].content[0].toolResult"
    spec, mark = "toolConfig.tools[0].toolSpec", "toolConfig.tools[1].cachePoint"
    assert conversation(post(f"{URL}-stream", body)) == Conversation(
        provider="bedrock",
        format="bedrock",
        model="amazon.nova-lite-v1:0",
        system=(Text("Be brief.", "system[0].text"),),
        messages=(
            Message("user", (Text("Hi", "messages[0].content[0].text"),), "messages[0]"),
            Message(
                "assistant",
                (
                    Reasoning("Hm", thought),
                    ToolCall("t1", "f", {"x": 1}, "", use, f"{use}.input"),
                ),
                "messages[1]",
            ),
            Message(
                "user",
                (
                    ToolResult(
                        "t1",
                        (Text("2", f"{result}.content[0].text"),),
                        is_error=True,
                        path=result,
                    ),
                ),
                "messages[2]",
            ),
        ),
        tools=(
            Tool("f", "F.", {"type": "object"}, spec, f"{spec}.inputSchema.json"),
            Tool("cachePoint", path=mark, schema_path=mark, extra={"type": "default"}),
        ),
        parameters={
            "additionalModelRequestFields": {"a": 1},
            "inferenceConfig.maxTokens": 10,
            "toolConfig.toolChoice": {"auto": {}},
        },
        stream=True,
    )


WHERE = "messages[0].content[0]"


@pytest.mark.parametrize(
    ("value", "read"),
    [
        (
            {"image": {"format": "png", "source": {"bytes": "QUJD"}}},
            Media("image", "image/png", 3, "b5d4045c3f466fa9", path=f"{WHERE}.image"),
        ),
        (
            {"video": {"format": "mp4", "source": {"s3Location": {"uri": "s3://b/v"}}}},
            Media("video", "video/mp4", url="s3://b/v", path=f"{WHERE}.video"),
        ),
        (
            {"audio": {"format": "flurry", "source": {"bytes": "QUJD"}}},
            Media("audio", "audio/flurry", 3, "b5d4045c3f466fa9", path=f"{WHERE}.audio"),
        ),
        (
            {"document": {"format": "pdf", "name": "A", "source": {"bytes": "QUJD"}}},
            Media(
                "file",
                "application/pdf",
                3,
                "b5d4045c3f466fa9",
                name="A",
                path=f"{WHERE}.document",
            ),
        ),
        ({"guardContent": {"a": 1}}, Other("guardContent", {"guardContent": {"a": 1}}, WHERE)),
    ],
)
def test_a_block_is_told_by_the_member_it_has(value: Any, read: Any) -> None:
    assert block(value) == read


def test_messages_of_another_type_are_no_conversation() -> None:
    assert conversation(post(URL, {"messages": "Hi"})) is None


def test_a_stream_is_put_together() -> None:
    assert completion(post(f"{URL}-stream", ASKED), reply(frames(*STREAM), FRAMES)) == WHOLE


def test_an_answer_at_once() -> None:
    content = [
        {"reasoningContent": {"reasoningText": {"text": "Hm"}}},
        {"text": "Sunny."},
        {"toolUse": {"toolUseId": "t1", "name": "f", "input": {"x": 1}}},
    ]
    message = {"role": "assistant", "content": content}
    body = {"output": {"message": message}, "stopReason": "tool_use", "usage": USAGE}
    found = completion(post(URL, ASKED), reply(body))
    assert found is not None
    assert (found.text, found.reasoning, found.finish_reason) == ("Sunny.", "Hm", "tool_use")
    assert found.tool_calls == (ToolCall("t1", "f", {"x": 1}),)
    assert found.usage == WHOLE.usage
    assert found.complete


@pytest.mark.parametrize("missing", [1, 2])
def test_a_cut_stream_is_incomplete(missing: int) -> None:
    found = completion(post(f"{URL}-stream"), reply(frames(*STREAM[:-missing]), FRAMES))
    assert found is not None
    assert (found.text, found.complete) == ("Sunny.", False)


def test_a_frame_cut_in_the_middle_is_left_out() -> None:
    found = completion(post(f"{URL}-stream"), reply(frames(*STREAM)[:-5], FRAMES))
    assert found is not None
    assert found.finish_reason == "tool_use"
    assert found.usage is None
    assert not found.complete


def test_an_exceptions_frame_is_an_error_that_ends_the_stream() -> None:
    headers = {":message-type": "exception", ":exception-type": "modelStreamErrorException"}
    body = frames(*STREAM[:4]) + encode_message(headers, b'{"message": "Broke off."}')
    found = completion(post(f"{URL}-stream"), reply(body, FRAMES))
    assert found is not None
    assert found.text == "Sun"
    assert found.complete
    assert found.error is not None
    assert (found.error.message, found.error.type) == ("Broke off.", "modelStreamErrorException")
