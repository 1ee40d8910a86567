"""Cohere's chat, version 1."""

from __future__ import annotations

from llmcassette.providers import Other, Text, ToolCall, ToolResult, completion, conversation
from tests.providers.wires import NDJSON, ndjson, post, reply

URL = "https://api.cohere.com/v1/chat"
META = {"tokens": {"input_tokens": 5, "output_tokens": 3}}


def test_a_request_has_its_history_before_the_message() -> None:
    call = {"name": "f", "parameters": {"x": 1}}
    found = conversation(
        post(
            URL,
            {
                "model": "command-r",
                "preamble": "Be brief.",
                "message": "And now?",
                "chat_history": [
                    {"role": "USER", "message": "Hi"},
                    {"role": "CHATBOT", "message": "Hello.", "tool_calls": [call]},
                ],
                "tool_results": [{"call": call, "outputs": [{"y": 2}]}],
                "tools": [{"name": "f", "description": "F", "parameter_definitions": {"x": {}}}],
                "temperature": 0.5,
            },
        )
    )
    assert found is not None
    assert (found.model, found.system) == ("command-r", (Text("Be brief.", "preamble"),))
    assert [message.role for message in found.messages] == ["user", "assistant", "user"]
    at = "chat_history[1]"
    where = f"{at}.tool_calls[0]"
    assert found.messages[1].parts == (
        Text("Hello.", f"{at}.message"),
        ToolCall("", "f", {"x": 1}, "", where, f"{where}.parameters"),
    )
    outputs = Other("json", [{"y": 2}], "tool_results[0].outputs")
    assert found.messages[2].parts == (
        ToolResult("", (outputs,), "f", path="tool_results[0]"),
        Text("And now?", "message"),
    )
    assert [tool.name for tool in found.tools] == ["f"]
    assert found.parameters == {"temperature": 0.5}


def test_an_answer_at_once() -> None:
    answer = {
        "response_id": "r",
        "generation_id": "g",
        "text": "Sunny.",
        "finish_reason": "COMPLETE",
        "tool_calls": [{"name": "f", "parameters": {"x": 1}}],
        "meta": META,
    }
    found = completion(post(URL, {"message": "Hi", "model": "m"}), reply(answer))
    assert found is not None
    assert (found.format, found.id, found.finish_reason) == ("cohere_v1", "r", "COMPLETE")
    assert found.parts == (Text("Sunny."), ToolCall("", "f", {"x": 1}))
    assert found.usage is not None
    assert found.usage.total == 8


def test_a_stream_is_put_together() -> None:
    response = {"response_id": "r", "text": "Sunny.", "finish_reason": "COMPLETE", "meta": META}
    lines = [
        {"is_finished": False, "event_type": "stream-start", "generation_id": "g"},
        {"is_finished": False, "event_type": "text-generation", "text": "Sun"},
        {"is_finished": False, "event_type": "text-generation", "text": "ny."},
        {
            "is_finished": True,
            "event_type": "stream-end",
            "finish_reason": "COMPLETE",
            "response": response,
        },
    ]
    request = post(URL, {"message": "Hi", "stream": True})
    found = completion(request, reply(ndjson(*lines), NDJSON))
    assert found is not None
    assert (found.parts, found.complete) == ((Text("Sunny."),), True)
    assert found.usage is not None
    cut = completion(request, reply(ndjson(*lines[:-1]), NDJSON))
    assert cut is not None
    assert (cut.text, cut.complete) == ("Sunny.", False)
