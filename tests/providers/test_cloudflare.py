"""Cloudflare Workers AI."""

from __future__ import annotations

from typing import Any

from llmcassette.providers import (
    Choice,
    Completion,
    Text,
    ToolCall,
    Usage,
    completion,
    conversation,
)
from tests.providers.wires import SSE, post, reply, sse

URL = "https://api.cloudflare.com/client/v4/accounts/A/ai/run/@cf/meta/llama-4"
ASKED = post(URL, {"messages": [{"role": "user", "content": "Hi"}]})
USAGE = {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5}


def at_once(result: Any) -> Any:
    return {"result": result, "success": True, "errors": [], "messages": []}


def test_the_path_names_the_model() -> None:
    found = conversation(ASKED)
    assert found is not None
    assert (found.provider, found.format) == ("cloudflare", "cloudflare")
    assert found.model == "@cf/meta/llama-4"
    assert found.last_user_text == "Hi"


def test_a_prompt_alone_is_no_conversation() -> None:
    assert conversation(post(URL, {"prompt": "Hi"})) is None


def test_a_stream_is_put_together() -> None:
    body = sse(
        {"response": "Sun"}, {}, {"response": "ny."}, {"response": "", "usage": USAGE}, "[DONE]"
    )
    assert completion(ASKED, reply(body, SSE)) == Completion(
        provider="cloudflare",
        format="cloudflare",
        model="@cf/meta/llama-4",
        choices=(Choice(role="assistant", parts=(Text("Sunny."),)),),
        usage=Usage(input_tokens=3, output_tokens=2, total=5, raw=USAGE),
    )


def test_an_answer_at_once_may_be_calls() -> None:
    function = {"name": "f", "arguments": '{"x": 1}'}
    calls = [{"id": "a", "type": "function", "function": function}, {"name": "g", "arguments": {}}]
    found = completion(ASKED, reply(at_once({"tool_calls": calls})))
    assert found is not None
    assert found.tool_calls == (
        ToolCall("a", "f", {"x": 1}, '{"x": 1}'),
        ToolCall("", "g", {}),
    )


def test_a_picture_is_no_completion() -> None:
    assert completion(ASKED, reply(at_once({"image": "QUJD"}))) is None


def test_what_might_be_anybodys_answer_is_read_only_where_it_was_asked_for() -> None:
    assert completion(post("https://x.test/any"), reply(at_once({"response": "Hi"}))) is None


def test_its_listed_errors_are_told() -> None:
    body = {
        "result": None,
        "success": False,
        "errors": [{"code": 7009, "message": "No such model"}],
    }
    found = completion(ASKED, reply(body, code=400))
    assert found is not None
    assert found.error is not None
    assert (found.error.message, found.error.code) == ("No such model", "7009")
