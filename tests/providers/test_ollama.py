"""Ollama's own API."""

from __future__ import annotations

from typing import Any

import pytest

from llmcassette.providers import (
    Choice,
    Completion,
    Conversation,
    Media,
    Message,
    Reasoning,
    Text,
    Tool,
    ToolCall,
    ToolResult,
    Usage,
    completion,
    conversation,
)
from tests.providers.wires import NDJSON, ndjson, post, reply

CHAT = "http://localhost:11434/api/chat"
GENERATE = "http://localhost:11434/api/generate"
COUNTS = {"total_duration": 9, "prompt_eval_count": 5, "eval_count": 7}


def line(done: bool = False, **message: Any) -> dict[str, Any]:
    return {"model": "gemma", "done": done, "message": {"role": "assistant", **message}}


LINES: list[dict[str, Any]] = [
    line(content="", thinking="Hm"),
    line(content="Sun"),
    line(content="ny."),
    line(content="", tool_calls=[{"function": {"name": "f", "arguments": {"x": 1}}}]),
    line(content="", tool_calls=[{"id": "b", "function": {"name": "now"}}]),
    line(True, content="") | {"done_reason": "stop"} | COUNTS,
]


def test_a_chat_is_read_whole() -> None:
    body = {
        "model": "gemma",
        "messages": [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": "Hi", "images": ["QUJD"]},
            {
                "role": "assistant",
                "content": "",
                "thinking": "Hm",
                "tool_calls": [{"function": {"name": "f", "arguments": {"x": 1}}}],
            },
            {"role": "tool", "tool_name": "f", "content": "2"},
        ],
        "tools": [{"type": "function", "function": {"name": "f", "parameters": {"a": 1}}}],
        "options": {"temperature": 0},
        "keep_alive": "5m",
    }
    call = "messages[2].tool_calls[0]"
    assert conversation(post(CHAT, body)) == Conversation(
        provider="ollama",
        format="ollama",
        model="gemma",
        system=(Text("Be brief.", "messages[0].content"),),
        messages=(
            Message(
                "user",
                (
                    Text("Hi", "messages[1].content"),
                    Media("image", "", 3, "b5d4045c3f466fa9", path="messages[1].images[0]"),
                ),
                "messages[1]",
            ),
            Message(
                "assistant",
                (
                    Reasoning("Hm", "messages[2].thinking"),
                    Text("", "messages[2].content"),
                    ToolCall("", "f", {"x": 1}, "", call, f"{call}.function.arguments"),
                ),
                "messages[2]",
            ),
            Message(
                "tool",
                (ToolResult("", (Text("2", "messages[3].content"),), "f", path="messages[3]"),),
                "messages[3]",
            ),
        ),
        tools=(
            Tool(
                "f",
                schema={"a": 1},
                path="tools[0].function",
                schema_path="tools[0].function.parameters",
            ),
        ),
        parameters={"keep_alive": "5m", "options.temperature": 0},
        stream=True,
    )


def test_a_prompt_is_the_users_message() -> None:
    body = {
        "model": "gemma",
        "prompt": "Hi",
        "system": "Be brief.",
        "images": ["QUJD"],
        "stream": False,
    }
    found = conversation(post(GENERATE, body))
    assert found is not None
    assert found.system == (Text("Be brief.", "system"),)
    assert found.messages[0].parts == (
        Text("Hi", "prompt"),
        Media("image", "", 3, "b5d4045c3f466fa9", path="images[0]"),
    )
    assert not found.stream
    plain = conversation(post(GENERATE, {"model": "gemma", "prompt": "Hi"}))
    assert plain is not None
    assert plain.system == ()


def test_neither_messages_nor_a_prompt_is_no_conversation() -> None:
    assert conversation(post(CHAT, {"model": "gemma"})) is None


@pytest.mark.parametrize("content_type", [NDJSON, ""])
def test_a_stream_is_put_together(content_type: str) -> None:
    assert completion(post(CHAT), reply(ndjson(*LINES), content_type)) == Completion(
        provider="ollama",
        format="ollama",
        model="gemma",
        choices=(
            Choice(
                role="assistant",
                parts=(
                    Reasoning("Hm"),
                    Text("Sunny."),
                    ToolCall("", "f", {"x": 1}),
                    ToolCall("b", "now", {}),
                ),
                finish_reason="stop",
            ),
        ),
        usage=Usage(input_tokens=5, output_tokens=7, total=12, raw=COUNTS),
    )


@pytest.mark.parametrize("content_type", [NDJSON, "application/json", ""])
def test_a_cut_stream_is_incomplete(content_type: str) -> None:
    body = ndjson(*LINES)[: -len(ndjson(LINES[-1])) + 10]
    found = completion(post(CHAT), reply(body, content_type))
    assert found is not None
    assert (found.text, found.finish_reason, found.complete) == ("Sunny.", "", False)


def test_an_answer_at_once() -> None:
    body = {
        "model": "gemma",
        "done": True,
        "done_reason": "stop",
        "response": "Hi",
        "thinking": "Hm",
    }
    found = completion(post(GENERATE), reply(body))
    assert found is not None
    assert (found.text, found.reasoning, found.role) == ("Hi", "Hm", "assistant")
    assert found.usage is None
    assert found.complete


def test_an_error_line_ends_the_stream() -> None:
    found = completion(post(CHAT), reply(ndjson(LINES[1], {"error": "out of memory"}), NDJSON))
    assert found is not None
    assert (found.text, found.complete) == ("Sun", True)
    assert found.error is not None
    assert found.error.message == "out of memory"
