"""We read recorded answers exactly as the providers' own SDKs do.

The SDKs are unmodified; their HTTP client answers with the recorded bytes. Where an SDK puts a
stream together itself (openai, anthropic), that is the oracle; google-genai, cohere and ollama
yield pieces, which are joined here.
"""

from __future__ import annotations

import base64
import json
import struct
from typing import TYPE_CHECKING, Any

import anthropic
import cohere
import httpx
import httpx2
import ollama
import openai
import pytest
from google import genai
from google.genai import types

from llmcassette import providers
from llmcassette.streams import kind
from tests.corpus import needs_corpus
from tests.providers.wires import Recorded, recorded

if TYPE_CHECKING:
    from collections.abc import Callable

USAGE_ELSEWHERE = {"openaicompatible/testdata/TestClient/GenStream_simple/groq.yaml": "x_groq"}

Facts = dict[str, Any]


def framing(one: Recorded) -> str:
    return kind(one.response.body, one.response.headers.get("content-type"))


def sent_again(one: Recorded, library: Any = httpx2) -> Any:
    """A client of httpx or httpx2 that answers every request with the recording."""
    body, content_type = one.response.body, one.response.headers.get("content-type")
    if framing(one) == "eventstream":
        body, content_type = unframed(body), "text/event-stream"
    headers = {"content-type": content_type or "text/event-stream"}

    def answer(_request: Any) -> Any:
        return library.Response(one.response.code, headers=headers, content=body)

    return library.Client(transport=library.MockTransport(answer))


def unframed(body: bytes) -> bytes:
    """Bedrock's frames as events of Anthropic's own API: the SDK needs botocore to read frames."""
    events, at = b"", 0
    while at < len(body):
        size, headers = struct.unpack_from(">II", body, at)
        data = base64.b64decode(json.loads(body[at + 12 + headers : at + size - 4])["bytes"])
        events += b"event: %b\ndata: %b\n\n" % (json.loads(data)["type"].encode(), data)
        at += size
    return events


def by_openai_chat(one: Recorded) -> Facts:
    client = openai.OpenAI(api_key="x", http_client=sent_again(one), max_retries=0)
    if framing(one) == "sse":
        try:
            with client.chat.completions.stream(model="m", messages=[]) as stream:
                answer: Any = stream.get_final_completion()
        except openai.LengthFinishReasonError as stopped:
            answer = stopped.completion
    else:
        answer = client.chat.completions.create(model="m", messages=[])
    usage = answer.usage
    return {
        "model": answer.model,
        "text": [choice.message.content or "" for choice in answer.choices],
        "refusal": [choice.message.refusal or "" for choice in answer.choices],
        "finish": [choice.finish_reason for choice in answer.choices],
        "calls": [
            [(call.id, call.function.name, call.function.arguments) for call in calls]
            for calls in [choice.message.tool_calls or [] for choice in answer.choices]
        ],
        "usage": usage and (usage.prompt_tokens, output_tokens(one, usage), usage.total_tokens),
    }


def output_tokens(one: Recorded, usage: Any) -> int:
    """xAI counts reasoning apart from the completion."""
    apart = (
        usage.completion_tokens_details.reasoning_tokens if "//api.x.ai/" in one.request.url else 0
    )
    return int(usage.completion_tokens + apart)


def of_openai_chat(completion: providers.Completion) -> Facts:
    usage = completion.usage
    return {
        "model": completion.model,
        "text": [choice.text for choice in completion.choices],
        "refusal": [choice.refusal for choice in completion.choices],
        "finish": [choice.finish_reason for choice in completion.choices],
        "calls": [
            [(call.id, call.name, call.raw) for call in choice.tool_calls]
            for choice in completion.choices
        ],
        "usage": usage and (usage.input_tokens, usage.output_tokens, usage.total),
    }


def by_openai_responses(one: Recorded) -> Facts:
    client = openai.OpenAI(api_key="x", http_client=sent_again(one), max_retries=0)
    if framing(one) == "sse":
        with client.responses.stream(model="m", input="") as stream:
            answer: Any = stream.get_final_response()
    else:
        answer = client.responses.create(model="m", input="")
    usage, output = answer.usage, answer.output
    return {
        "id": answer.id,
        "model": answer.model,
        "text": answer.output_text,
        "reasoning": "".join(
            part.text for item in output if item.type == "reasoning" for part in item.summary
        ),
        "calls": [
            (item.call_id, item.name, json.loads(item.arguments))
            for item in output
            if item.type == "function_call"
        ],
        "usage": (usage.input_tokens, usage.output_tokens, usage.total_tokens),
        "cached": usage.input_tokens_details.cached_tokens,
        "reasoned": usage.output_tokens_details.reasoning_tokens,
    }


def of_openai_responses(completion: providers.Completion) -> Facts:
    usage = completion.usage
    assert usage is not None
    return {
        "id": completion.id,
        "model": completion.model,
        "text": completion.text,
        "reasoning": completion.reasoning,
        "calls": [(call.id, call.name, call.arguments) for call in completion.tool_calls],
        "usage": (usage.input_tokens, usage.output_tokens, usage.total),
        "cached": usage.cached_tokens,
        "reasoned": usage.reasoning_tokens,
    }


def by_anthropic(one: Recorded) -> Facts:
    client = anthropic.Anthropic(api_key="x", http_client=sent_again(one), max_retries=0)
    if framing(one) == "json":
        answer: Any = client.messages.create(model="m", max_tokens=1, messages=[])
    else:
        with client.messages.stream(model="m", max_tokens=1, messages=[]) as stream:
            answer = stream.get_final_message()
    usage = answer.usage
    cached = usage.cache_read_input_tokens or 0
    written = usage.cache_creation_input_tokens or 0
    return {
        "id": answer.id,
        "model": answer.model,
        "text": "".join(block.text for block in answer.content if block.type == "text"),
        "reasoning": "".join(
            block.thinking for block in answer.content if block.type == "thinking"
        ),
        "calls": [
            (block.id, block.name, block.input)
            for block in answer.content
            if block.type == "tool_use"
        ],
        "finish": answer.stop_reason,
        "usage": (usage.input_tokens + cached + written, usage.output_tokens, cached, written),
    }


def of_anthropic(completion: providers.Completion) -> Facts:
    usage = completion.usage
    assert usage is not None
    return {
        "id": completion.id,
        "model": completion.model,
        "text": completion.text,
        "reasoning": completion.reasoning,
        "calls": [(call.id, call.name, call.arguments) for call in completion.tool_calls],
        "finish": completion.finish_reason,
        "usage": (
            usage.input_tokens,
            usage.output_tokens,
            usage.cached_tokens,
            usage.cache_write_tokens,
        ),
    }


def by_gemini(one: Recorded) -> Facts:
    options = types.HttpOptions(httpx_client=sent_again(one))
    client = genai.Client(api_key="x", http_options=options)
    if framing(one) == "sse":
        chunks = list(client.models.generate_content_stream(model="m", contents="x"))
    else:
        chunks = [client.models.generate_content(model="m", contents="x")]
    candidates = [candidate for chunk in chunks for candidate in chunk.candidates or []]
    contents = [candidate.content for candidate in candidates if candidate.content]
    parts = [part for content in contents for part in content.parts or []]
    counts = [chunk.usage_metadata for chunk in chunks if chunk.usage_metadata][-1]
    prompt = (counts.prompt_token_count or 0) + (counts.tool_use_prompt_token_count or 0)
    thought = counts.thoughts_token_count or 0
    return {
        "model": chunks[-1].model_version,
        "text": "".join(part.text for part in parts if part.text and not part.thought),
        "reasoning": "".join(part.text for part in parts if part.text and part.thought),
        "calls": [
            (call.name, call.args) for chunk in chunks for call in chunk.function_calls or []
        ],
        "finish": [c.finish_reason.value for c in candidates if c.finish_reason][-1],
        "usage": (prompt, (counts.candidates_token_count or 0) + thought),
        "total": counts.total_token_count,
        "cached": counts.cached_content_token_count or 0,
    }


def calls_in(chunk: types.GenerateContentResponse) -> list[types.FunctionCall]:
    return chunk.function_calls or []


def of_gemini(completion: providers.Completion) -> Facts:
    usage = completion.usage
    assert usage is not None
    return {
        "model": completion.model,
        "text": completion.text,
        "reasoning": completion.reasoning,
        "calls": [(call.name, call.arguments) for call in completion.tool_calls],
        "finish": completion.finish_reason,
        "usage": (usage.input_tokens, usage.output_tokens),
        "total": usage.total,
        "cached": usage.cached_tokens,
    }


def by_cohere(one: Recorded) -> Facts:
    client = cohere.ClientV2("x", httpx_client=sent_again(one, httpx))
    if framing(one) == "json":
        answer: Any = client.chat(model="m", messages=[])
        text = "".join(part.text for part in answer.message.content or [] if part.type == "text")
        calls = [
            (c.id, c.function.name, c.function.arguments) for c in answer.message.tool_calls or []
        ]
        finish, usage = answer.finish_reason, answer.usage
    else:
        events: Any = list(client.chat_stream(model="m", messages=[]))
        deltas = [event.delta.message for event in events if event.type == "content-delta"]
        text = "".join(message.content.text or "" for message in deltas)
        calls = []
        finish, usage = events[-1].delta.finish_reason, events[-1].delta.usage
    return {
        "text": text,
        "calls": calls,
        "finish": finish,
        "usage": (usage.tokens.input_tokens, usage.tokens.output_tokens),
    }


def of_cohere(completion: providers.Completion) -> Facts:
    usage = completion.usage
    assert usage is not None
    return {
        "text": completion.text,
        "calls": [(call.id, call.name, call.raw) for call in completion.tool_calls],
        "finish": completion.finish_reason,
        "usage": (usage.input_tokens, usage.output_tokens),
    }


def by_ollama(one: Recorded) -> Facts:
    client = ollama.Client()
    client._client = sent_again(one, httpx)
    client._client.base_url = "http://localhost"
    if framing(one) == "json":
        chunks: Any = [client.chat(model="m", messages=[])]
    else:
        chunks = list(client.chat(model="m", messages=[], stream=True))
    messages = [chunk.message for chunk in chunks]
    calls = [call.function for message in messages for call in message.tool_calls or []]
    return {
        "model": chunks[-1].model,
        "text": "".join(message.content or "" for message in messages),
        "reasoning": "".join(message.thinking or "" for message in messages),
        "calls": [(call.name, call.arguments) for call in calls],
        "finish": chunks[-1].done_reason,
        "usage": (chunks[-1].prompt_eval_count, chunks[-1].eval_count),
    }


def of_ollama(completion: providers.Completion) -> Facts:
    usage = completion.usage
    assert usage is not None
    return {
        "model": completion.model,
        "text": completion.text,
        "reasoning": completion.reasoning,
        "calls": [(call.name, call.arguments) for call in completion.tool_calls],
        "finish": completion.finish_reason,
        "usage": (usage.input_tokens, usage.output_tokens),
    }


ORACLES: dict[str, tuple[Callable[[Recorded], Facts], Callable[[providers.Completion], Facts]]] = {
    "openai_chat": (by_openai_chat, of_openai_chat),
    "openai_responses": (by_openai_responses, of_openai_responses),
    "anthropic": (by_anthropic, of_anthropic),
    "gemini": (by_gemini, of_gemini),
    "cohere": (by_cohere, of_cohere),
    "ollama": (by_ollama, of_ollama),
}


@needs_corpus
@pytest.mark.parametrize("format", ORACLES)
def test_a_recorded_answer_is_what_the_sdk_makes_of_it(format: str) -> None:
    by_sdk, by_us = ORACLES[format]
    compared = 0
    for one in recorded():
        completion = providers.completion(one.request, one.response)
        if completion is None or completion.format != format or completion.error:
            continue
        expected, found = by_sdk(one), by_us(completion)
        if any(name in one.id for name in USAGE_ELSEWHERE):
            assert expected.pop("usage") is None, one.id
            assert found.pop("usage") is not None, one.id
        assert found == expected, one.id
        compared += 1
    assert compared
