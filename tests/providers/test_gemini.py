"""Gemini on AI Studio and on Vertex."""

from __future__ import annotations

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
    Part,
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
from tests.providers.wires import JSON, SSE, post, reply, sse

STUDIO = "https://generativelanguage.googleapis.com/v1beta/models/gemini-3-pro:"
VERTEX = (
    "https://us-east5-aiplatform.googleapis.com/v1/projects/p/locations/us-east5"
    "/publishers/google/models/gemini-3-pro:"
)

CHUNKS: list[dict[str, Any]] = [
    {
        "candidates": [
            {"content": {"role": "model", "parts": [{"text": "Hm", "thought": True}]}, "index": 0}
        ],
        "modelVersion": "gemini-3-pro-001",
        "responseId": "r1",
    },
    {"candidates": [{"content": {"role": "model", "parts": [{"text": "Sun"}, {"text": "ny."}]}}]},
    {
        "candidates": [
            {
                "content": {
                    "role": "model",
                    "parts": [
                        {"functionCall": {"name": "f", "args": {"x": 1}}, "thoughtSignature": "x"},
                        {"functionCall": {"id": "c", "name": "now"}},
                        {"inlineData": {"mimeType": "image/png", "data": "QUJD"}},
                        {"executableCode": {"code": "1"}},
                    ],
                },
                "finishReason": "STOP",
            }
        ],
        "usageMetadata": {
            "promptTokenCount": 5,
            "toolUsePromptTokenCount": 1,
            "candidatesTokenCount": 2,
            "thoughtsTokenCount": 3,
            "cachedContentTokenCount": 4,
            "totalTokenCount": 11,
        },
    },
]
WHOLE = Completion(
    provider="google",
    format="gemini",
    model="gemini-3-pro-001",
    id="r1",
    choices=(
        Choice(
            role="model",
            parts=(
                Reasoning("Hm"),
                Text("Sunny."),
                ToolCall("", "f", {"x": 1}, extra={"thoughtSignature": "x"}),
                ToolCall("c", "now", {}),
                Media("image", "image/png", 3, "b5d4045c3f466fa9"),
                ProviderTool("code_execution", {"code": "1"}),
            ),
            finish_reason="STOP",
        ),
    ),
    usage=Usage(
        input_tokens=6,
        output_tokens=5,
        total=11,
        cached_tokens=4,
        reasoning_tokens=3,
        raw=CHUNKS[-1]["usageMetadata"],
    ),
)


def asked(**body: Any) -> Conversation:
    found = conversation(post(f"{STUDIO}generateContent", {"contents": [], **body}))
    assert found is not None
    return found


def part(value: Any) -> Any:
    (message,) = asked(contents=[{"role": "user", "parts": [value]}]).messages
    (read,) = message.parts
    return read


def test_a_request_is_read_whole() -> None:
    body = {
        "systemInstruction": {"parts": [{"text": "Be brief."}]},
        "contents": [
            {"parts": [{"text": "Hi"}]},
            {"role": "model", "parts": [{"functionCall": {"name": "f", "args": {"x": 1}}}]},
            {
                "role": "user",
                "parts": [{"functionResponse": {"name": "f", "response": {"output": "2"}}}],
            },
        ],
        "generationConfig": {"topP": 0.5, "odd key": 1},
        "tools": [
            {"functionDeclarations": [{"name": "f", "description": "F.", "parameters": {"a": 1}}]},
            {"googleSearch": {}},
        ],
        "toolConfig": {"x": 1},
    }
    call, result = "contents[1].parts[0].functionCall", "contents[2].parts[0].functionResponse"
    assert conversation(post(f"{VERTEX}streamGenerateContent?alt=sse", body)) == Conversation(
        provider="vertex",
        format="gemini",
        model="gemini-3-pro",
        system=(Text("Be brief.", "systemInstruction.parts[0].text"),),
        messages=(
            Message("user", (Text("Hi", "contents[0].parts[0].text"),), "contents[0]"),
            Message(
                "model", (ToolCall("", "f", {"x": 1}, "", call, f"{call}.args"),), "contents[1]"
            ),
            Message(
                "user",
                (ToolResult("", (Text("2", f"{result}.response.output"),), "f", path=result),),
                "contents[2]",
            ),
        ),
        tools=(
            Tool(
                "f",
                "F.",
                {"a": 1},
                "tools[0].functionDeclarations[0]",
                "tools[0].functionDeclarations[0].parameters",
            ),
            Tool("googleSearch", path="tools[1].googleSearch", schema_path="tools[1].googleSearch"),
        ),
        parameters={
            "toolConfig": {"x": 1},
            "generationConfig.topP": 0.5,
            'generationConfig["odd key"]': 1,
        },
        stream=True,
    )


def test_snake_case_is_read_as_well() -> None:
    found = asked(
        system_instruction="Be brief.",
        generation_config={"top_p": 1},
        contents={"parts": [{"function_call": {"name": "f"}}]},
        tools=[{"function_declarations": [{"name": "f", "parameters_json_schema": {"a": 1}}]}],
    )
    assert found.system == (Text("Be brief.", "system_instruction"),)
    assert found.parameters == {"generation_config.top_p": 1}
    where = "contents.parts[0].function_call"
    assert found.messages[0].parts == (ToolCall("", "f", {}, "", where, f"{where}.args"),)
    assert found.tools[0].schema == {"a": 1}
    assert found.tools[0].schema_path.endswith("function_declarations[0].parameters_json_schema")


@pytest.mark.parametrize(
    ("value", "read"),
    [
        (
            {"text": "Hm", "thought": True},
            Reasoning("Hm", "contents[0].parts[0].text"),
        ),
        (
            {"inline_data": {"mime_type": "audio/mp3", "data": "QUJD"}},
            Media("audio", "audio/mp3", 3, "b5d4045c3f466fa9", path="contents[0].parts[0]"),
        ),
        (
            {"fileData": {"mimeType": "video/mp4", "fileUri": "https://x.test/v"}},
            Media("video", "video/mp4", url="https://x.test/v", path="contents[0].parts[0]"),
        ),
        (
            {"executableCode": {"code": "1"}},
            ProviderTool("code_execution", {"code": "1"}, path="contents[0].parts[0]"),
        ),
        ({}, Other("", {}, "contents[0].parts[0]")),
    ],
)
def test_a_part_is_told_by_the_member_it_has(value: Any, read: Any) -> None:
    assert part(value) == read


RESULT = "contents[0].parts[0].functionResponse"


@pytest.mark.parametrize(
    ("response", "content", "failed"),
    [
        ({"error": "no"}, Text("no", f"{RESULT}.response.error"), True),
        ({"a": 1}, Other("json", {"a": 1}, f"{RESULT}.response"), False),
        ({"result": 3}, Other("json", {"result": 3}, f"{RESULT}.response"), False),
    ],
)
def test_a_tools_result_is_its_text_or_its_object(
    response: Any, content: Part, failed: bool
) -> None:
    found = part({"functionResponse": {"id": "c", "name": "f", "response": response}})
    assert found == ToolResult("c", (content,), "f", is_error=failed, path=RESULT)


def test_a_request_without_contents_is_no_conversation() -> None:
    assert conversation(post(f"{STUDIO}generateContent", {"model": "x"})) is None


def test_at_an_unknown_address_its_contents_tell_it() -> None:
    body = {"model": "gemini-3", "contents": [{"parts": [{"text": "Hi"}]}]}
    found = conversation(post("https://gate.test/any", body))
    assert found is not None
    assert (found.format, found.model, found.stream) == ("gemini", "gemini-3", False)


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (sse(*CHUNKS), SSE),
        (sse(*CHUNKS, newline="\r\n"), SSE),
        (json.dumps(CHUNKS).encode(), JSON),
        (b"[" + b"\n,\r\n".join(json.dumps(chunk).encode() for chunk in CHUNKS) + b"\n]\n", JSON),
    ],
    ids=["sse", "sse with CRLF", "array", "array as it is streamed"],
)
def test_a_stream_is_put_together(body: bytes, content_type: str) -> None:
    url = f"{STUDIO}streamGenerateContent"
    assert completion(post(url), reply(body, content_type)) == WHOLE


@pytest.mark.parametrize("end", [b"", b",", b',{"candidates": [{"con'])
def test_an_array_cut_short_is_incomplete(end: bytes) -> None:
    body = b"[" + b",".join(json.dumps(chunk).encode() for chunk in CHUNKS[:2]) + end
    found = completion(post(f"{STUDIO}streamGenerateContent"), reply(body))
    assert found is not None
    assert (found.text, found.finish_reason, found.complete) == ("Sunny.", "", False)


def test_an_answer_at_once_has_its_candidates() -> None:
    candidates = [
        {"index": 1, "content": {"parts": [{"text": "B"}]}, "finishReason": "STOP"},
        {"index": 0, "content": {"parts": [{"text": "A"}]}, "finishReason": "MAX_TOKENS"},
    ]
    found = completion(post(f"{STUDIO}generateContent"), reply({"candidates": candidates}))
    assert found is not None
    assert [choice.text for choice in found.choices] == ["A", "B"]
    assert (found.finish_reason, found.usage) == ("MAX_TOKENS", None)
    assert found.complete


def test_a_blocked_prompt_has_that_for_its_finish() -> None:
    body = sse(
        {"promptFeedback": {"blockReason": "SAFETY"}, "usageMetadata": {"totalTokenCount": 2}}
    )
    found = completion(post(f"{STUDIO}streamGenerateContent?alt=sse"), reply(body, SSE))
    assert found is not None
    assert (found.text, found.finish_reason, found.complete) == ("", "SAFETY", True)


def test_an_error_in_the_stream_ends_it() -> None:
    error = {"error": {"code": 503, "message": "Overloaded", "status": "UNAVAILABLE"}}
    found = completion(
        post(f"{STUDIO}streamGenerateContent?alt=sse"), reply(sse(CHUNKS[1], error), SSE)
    )
    assert found is not None
    assert found.complete
    assert found.error is not None
    assert (found.error.message, found.error.type) == ("Overloaded", "UNAVAILABLE")


@pytest.mark.parametrize(("number", "name"), [(1, "STOP"), (2, "MAX_TOKENS"), (77, "77")])
def test_a_finish_reason_may_be_a_number(number: int, name: str) -> None:
    candidate = {"content": {"parts": [{"text": "Hi"}]}, "finishReason": number}
    body = sse({"candidates": [candidate]})
    found = completion(post(f"{STUDIO}streamGenerateContent"), reply(body, SSE))
    assert found is not None
    assert (found.finish_reason, found.complete) == (name, True)
