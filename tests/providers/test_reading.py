"""Detection of provider and format, bodies in unknown formats, and the ends of streams."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from llmcassette import providers
from llmcassette.model import Headers, Interaction, Request
from llmcassette.providers import Identity
from tests.providers import (
    test_anthropic,
    test_bedrock,
    test_cohere,
    test_gemini,
    test_ollama,
    test_openai_responses,
)
from tests.providers.wires import FRAMES, NDJSON, SSE, frames, ndjson, post, reply, sse, typed

if TYPE_CHECKING:
    from collections.abc import Iterator

CHAT = "https://api.openai.com/v1/chat/completions"
HI = {"model": "m", "messages": [{"role": "user", "content": "Hi"}]}
ANSWER = {"choices": [{"message": {"content": "Hi"}, "finish_reason": "stop"}]}


@pytest.mark.parametrize(
    ("url", "provider", "format"),
    [
        (CHAT, "openai", "openai_chat"),
        ("https://eu.api.openai.com/v1/responses", "openai", "openai_responses"),
        ("https://r.openai.azure.com/openai/v1/responses", "azure", "openai_responses"),
        ("https://openrouter.ai/api/v1/chat/completions", "openrouter", "openai_chat"),
        ("https://api.groq.com/openai/v1/chat/completions", "groq", "openai_chat"),
        ("https://api.x.ai/v1/chat/completions", "xai", "openai_chat"),
        ("https://api.mistral.ai/v1/chat/completions", "mistral", "openai_chat"),
        ("https://api.deepseek.com/chat/completions", "deepseek", "openai_chat"),
        ("https://api.together.xyz/v1/chat/completions", "together", "openai_chat"),
        ("https://notgroq.com/v1/chat/completions", "openai-compatible", "openai_chat"),
        ("http://localhost:8000/v1/chat/completions", "openai-compatible", "openai_chat"),
        ("https://api.anthropic.com/v1/messages", "anthropic", "anthropic"),
        ("http://localhost:11434/api/chat", "ollama", "ollama"),
    ],
)
def test_a_request_is_identified_by_its_address(url: str, provider: str, format: str) -> None:
    assert providers.identify(post(url, HI)) == Identity(provider, format)


def test_at_an_unknown_address_the_body_tells_the_format() -> None:
    assert providers.identify(post("https://gate.test/llm", HI)) == Identity(
        "openai-compatible", "openai_chat"
    )


@pytest.mark.parametrize(
    "request_",
    [
        Request(method="GET", url="https://api.openai.com/v1/models"),
        post("https://api.openai.com/v1/embeddings", {"model": "m", "input": "Hi"}),
        post("https://gate.test/llm", {"model": "m", "messages": []}),
        post("https://gate.test/llm", {"model": "m", "messages": ["Hi"]}),
        post("https://gate.test/llm", {"model": "m", "contents": ["Hi"]}),
        post("https://gate.test/llm", b"\xff\xfe"),
        post("http://[broken", {"a": 1}),
    ],
    ids=lambda request: request.url,
)
def test_what_is_not_known_is_not_guessed(request_: Request) -> None:
    assert providers.identify(request_) is None
    assert providers.conversation(request_) is None
    answer = reply({"message": "no", "output": {"message": 1}})
    assert providers.completion(request_, answer) is None
    assert providers.ended(request_, Headers(), b"data: [DONE]\n\n") is None


def test_an_interaction_is_taken_as_well_as_its_two_halves() -> None:
    request, response = post(CHAT, HI), reply(ANSWER)
    whole = providers.completion(Interaction(0, request, response))
    assert whole is not None
    assert whole == providers.completion(request, response)
    with pytest.raises(TypeError, match="needs a response, too"):
        providers.completion(request)


def test_the_answers_shape_tells_the_format_where_the_request_does_not() -> None:
    found = providers.completion(post("https://gate.test/llm", b"?"), reply(ANSWER))
    assert found is not None
    assert (found.format, found.provider, found.model) == ("openai_chat", "openai-compatible", "")


def test_the_answers_shape_overrules_the_requests() -> None:
    """A gateway that answers in another format."""
    message = {"type": "message", "content": [{"type": "text", "text": "Hi"}], "stop_reason": "end"}
    found = providers.completion(post("https://gate.test/llm", HI), reply(message))
    assert found is not None
    assert (found.format, found.text, found.model) == ("anthropic", "Hi", "m")


@pytest.mark.parametrize("body", [b"", b'{"choices": [{"mess', b"[1", b"[" * 100_000])
def test_json_that_is_cut_is_an_incomplete_answer(body: bytes) -> None:
    found = providers.completion(post(CHAT, HI), reply(body))
    assert found is not None
    assert (found.choices, found.model, found.complete) == ((), "m", False)


def test_without_a_content_type_a_cut_answer_is_no_completion() -> None:
    assert providers.completion(post(CHAT, HI), reply(b'{"choices": [{"mess', "")) is None


def test_a_request_nested_too_deep_is_no_conversation() -> None:
    body = b'{"model": "m", "messages": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"
    assert providers.conversation(post(CHAT, body)) is None


@pytest.mark.parametrize(
    "value", [None, 7, True, "x", [], [None], {}, {"": 0}, [[{}]], {"type": [], "text": {}}]
)
def test_values_of_the_wrong_type_are_left_empty_and_never_raise(value: Any) -> None:
    routes = {
        CHAT: ("messages", "tools", "functions"),
        "https://api.openai.com/v1/responses": ("input", "tools", "instructions"),
        "https://api.anthropic.com/v1/messages": ("messages", "system", "tools"),
        "https://g.test/v1/models/m:generateContent": ("contents", "tools", "generationConfig"),
        "https://b.test/model/m/converse": ("messages", "system", "toolConfig"),
        "https://api.cohere.com/v2/chat": ("messages", "tools", "documents"),
        "http://localhost/api/chat": ("messages", "tools", "options"),
        "http://localhost/ai/run/m": ("messages", "tools", "model"),
    }
    for url, keys in routes.items():
        for shape in (value, [value], [{"role": "user", "content": value}], [{"content": [value]}]):
            providers.conversation(post(url, dict.fromkeys(keys, shape)))
            for key in ("choices", "output", "candidates", "content", "message", "delta", "usage"):
                answer = {key: shape, "type": "message", "object": "response", "done": True}
                providers.completion(post(url), reply(answer))
                providers.completion(post(url), reply(sse(answer), SSE))


STREAMS: dict[str, tuple[str, list[Any]]] = {
    "https://api.openai.com/v1/responses": (
        SSE,
        [{"type": "response.completed", "response": test_openai_responses.WHOLE}],
    ),
    "https://api.anthropic.com/v1/messages": (SSE, test_anthropic.STREAM),
    "https://g.test/v1/models/m:streamGenerateContent": (SSE, test_gemini.CHUNKS),
    "https://b.test/model/m/converse-stream": (FRAMES, test_bedrock.STREAM),
    "https://api.cohere.com/v2/chat": (SSE, test_cohere.STREAM),
    "http://localhost/api/chat": (NDJSON, test_ollama.LINES),
}


def spoilt(value: Any) -> Iterator[Any]:
    """Copies of the value, in each of which one part has another type."""
    yield from (None, 7, "x", [], {}, [None])
    if isinstance(value, (dict, list)):
        for key in value if isinstance(value, dict) else range(len(value)):
            for other in spoilt(value[key]):
                copy = value.copy()
                copy[key] = other
                yield copy


@pytest.mark.parametrize("url", STREAMS)
def test_a_stream_with_any_part_of_another_type_never_raises(url: str) -> None:
    content_type, events = STREAMS[url]
    for i, event in enumerate(events):
        name, whole = event if isinstance(event, tuple) else ("", event)
        for other in spoilt(whole):
            changed: list[Any] = [*events[:i], (name, other) if name else other, *events[i + 1 :]]
            make = {SSE: sse, NDJSON: ndjson, FRAMES: frames}[content_type]
            found = providers.completion(post(url), reply(make(*changed), content_type))
            assert found is None or all(isinstance(one.text, str) for one in found.choices)


def test_in_a_stream_what_is_no_json_is_left_out() -> None:
    chunk = {"choices": [{"delta": {"content": "Hi"}}]}
    body = sse("{broken", chunk, "[DONE]") + b": comment\n\n"
    found = providers.completion(post(CHAT), reply(body, SSE))
    assert found is not None
    assert (found.text, found.complete) == ("Hi", True)


def test_a_frame_whose_inside_is_broken_is_left_out() -> None:
    url = "https://b.test/model/anthropic.claude/invoke-with-response-stream"
    body = frames(("chunk", {"bytes": "A"}), ("chunk", {"bytes": "QUJD"}))
    found = providers.completion(post(url), reply(body, FRAMES))
    assert found is None


TERMINAL: dict[str, tuple[str, str, bytes, bytes]] = {
    "openai_chat": (CHAT, SSE, sse(ANSWER), sse("[DONE]")),
    "openai_responses": (
        "https://api.openai.com/v1/responses",
        SSE,
        typed({"type": "response.created"}),
        typed({"type": "response.completed", "response": {"output": ["x" * 70_000]}}),
    ),
    "openai_responses incomplete": (
        "https://api.openai.com/v1/responses",
        SSE,
        typed({"type": "response.created"}),
        typed({"type": "response.incomplete", "response": {}}),
    ),
    "anthropic": (
        "https://api.anthropic.com/v1/messages",
        SSE,
        typed({"type": "message_delta"}),
        typed({"type": "message_stop"}),
    ),
    "gemini": (
        "https://g.test/v1/models/m:streamGenerateContent",
        SSE,
        sse({"candidates": [{"content": {}}]}),
        sse({"candidates": [{"content": {}, "finishReason": "STOP"}]}),
    ),
    "bedrock": (
        "https://b.test/model/m/converse-stream",
        FRAMES,
        frames(("messageStop", {"stopReason": "end_turn"})),
        frames(("metadata", {})),
    ),
    "cohere": (
        "https://api.cohere.com/v2/chat",
        SSE,
        typed({"type": "content-end"}),
        typed({"type": "message-end"}),
    ),
    "ollama": (
        "http://localhost/api/chat",
        NDJSON,
        ndjson({"done": False}),
        ndjson({"done": True}),
    ),
}


@pytest.mark.parametrize("name", TERMINAL)
def test_a_stream_is_over_with_its_terminal_event(name: str) -> None:
    url, content_type, before, end = TERMINAL[name]
    request, headers = post(url), Headers({"Content-Type": content_type})
    assert providers.ended(request, headers, before) is False
    assert providers.ended(request, headers, before + end[:-4]) is False
    assert providers.ended(request, headers, before + end) is True
    assert providers.ended(request, Headers(), before * 3 + end) is True


def test_the_terminal_event_of_a_big_stream_is_found_wherever_it_is() -> None:
    request, headers = post(CHAT), Headers({"Content-Type": SSE})
    assert providers.ended(request, headers, sse("[DONE]") + b": wait\n\n" * 10_000) is True


def test_a_terminal_event_without_its_blank_line_counts() -> None:
    """Some writers of cassettes strip the end of a body."""
    assert providers.ended(post(CHAT), Headers({"Content-Type": SSE}), b"data: [DONE]") is True


def test_text_that_speaks_of_a_terminal_event_ends_nothing() -> None:
    text = {"type": "content_block_delta", "delta": {"text": 'event: message_stop\n"message_stop"'}}
    request = post("https://api.anthropic.com/v1/messages")
    assert providers.ended(request, Headers({"Content-Type": SSE}), typed(text)) is False


def test_an_array_in_a_stream_of_elements_is_over_with_its_last() -> None:
    request = post("https://g.test/v1/models/m:streamGenerateContent")
    last = {"candidates": [{"content": {}, "finishReason": "STOP"}]}
    headers = Headers({"Content-Type": "application/json"})
    assert providers.ended(request, headers, b"[" + json.dumps(last).encode()) is True
    assert providers.ended(request, headers, b"[{}") is False


def test_an_answer_that_is_no_stream_has_no_end_to_see() -> None:
    headers = Headers({"Content-Type": "application/json"})
    assert providers.ended(post(CHAT), headers, json.dumps(ANSWER).encode()) is None
