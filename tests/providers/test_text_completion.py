"""Text completions, in the spellings of all who have them."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from llmcassette.providers import Text, completion, conversation
from llmcassette.streams import encode_message
from tests.providers.wires import FRAMES, SSE, post, reply, sse

OPENAI = "https://api.openai.com/v1/completions"
BEDROCK = "https://bedrock-runtime.us-east-1.amazonaws.com/model/"
CASES: dict[str, tuple[str, dict[str, Any], dict[str, Any]]] = {
    "openai": (
        OPENAI,
        {"model": "m", "prompt": "Hi"},
        {
            "object": "text_completion",
            "model": "m",
            "choices": [{"text": "Sunny.", "index": 0, "finish_reason": "stop"}],
            "usage": {"prompt_tokens": 5, "completion_tokens": 3, "total_tokens": 8},
        },
    ),
    "anthropic": (
        "https://api.anthropic.com/v1/complete",
        {"model": "m", "prompt": "Hi"},
        {"type": "completion", "completion": "Sunny.", "stop_reason": "stop", "model": "m"},
    ),
    "cohere": (
        "https://api.cohere.com/v1/generate",
        {"model": "m", "prompt": "Hi"},
        {
            "generations": [{"text": "Sunny.", "finish_reason": "stop"}],
            "meta": {"billed_units": {"input_tokens": 5, "output_tokens": 3}},
        },
    ),
    "watsonx": (
        "https://us-south.ml.cloud.ibm.com/ml/v1/text/generation?version=1",
        {"model_id": "m", "input": "Hi"},
        {
            "model_id": "m",
            "results": [
                {
                    "generated_text": "Sunny.",
                    "generated_token_count": 3,
                    "input_token_count": 5,
                    "stop_reason": "stop",
                }
            ],
        },
    ),
    "titan": (
        f"{BEDROCK}amazon.titan-text-express-v1/invoke",
        {"inputText": "Hi"},
        {
            "inputTextTokenCount": 5,
            "results": [{"tokenCount": 3, "outputText": "Sunny.", "completionReason": "stop"}],
        },
    ),
    "llama": (
        f"{BEDROCK}meta.llama3-8b-instruct-v1:0/invoke",
        {"prompt": "Hi"},
        {
            "generation": "Sunny.",
            "prompt_token_count": 5,
            "generation_token_count": 3,
            "stop_reason": "stop",
        },
    ),
    "cohere on bedrock": (
        f"{BEDROCK}cohere.command-text-v14/invoke",
        {"prompt": "Hi"},
        {"generations": [{"text": "Sunny.", "finish_reason": "stop"}]},
    ),
    "ai21": (
        f"{BEDROCK}ai21.j2-mid-v1/invoke",
        {"prompt": "Hi"},
        {"completions": [{"data": {"text": "Sunny."}, "finishReason": {"reason": "stop"}}]},
    ),
    "claude 2": (
        f"{BEDROCK}anthropic.claude-v2/invoke",
        {"prompt": "Hi"},
        {"completion": "Sunny.", "stop_reason": "stop"},
    ),
    "mistral on bedrock": (
        f"{BEDROCK}mistral.mistral-7b-instruct-v0:2/invoke",
        {"prompt": "Hi"},
        {"outputs": [{"text": "Sunny.", "stop_reason": "stop"}]},
    ),
}
COUNTED = {"openai", "cohere", "watsonx", "titan", "llama"}


@pytest.mark.parametrize("name", CASES)
def test_a_prompt_and_its_text(name: str) -> None:
    url, body, answer = CASES[name]
    asked, found = conversation(post(url, body)), completion(post(url, body), reply(answer))
    assert asked is not None
    assert found is not None
    assert (asked.format, asked.last_user_text) == ("text_completion", "Hi")
    assert asked.model
    assert (found.format, found.text, found.finish_reason, found.complete) == (
        ("text_completion", "Sunny.", "stop", True)
    )
    counts = found.usage and (found.usage.input_tokens, found.usage.output_tokens)
    assert counts == ((5, 3) if name in COUNTED else None)


def test_messages_for_claude_2_are_a_conversation() -> None:
    request = post(
        f"{BEDROCK}anthropic.claude-v2/invoke", {"messages": [{"role": "user", "content": "Hi"}]}
    )
    asked = conversation(request)
    assert asked is not None
    assert (asked.format, asked.model) == ("anthropic", "anthropic.claude-v2")


def test_a_stream_whose_last_chunk_has_a_delta_is_no_chat() -> None:
    chunk = {"object": "text_completion", "model": "m"}
    usage = {"prompt_tokens": 5, "completion_tokens": 3, "total_tokens": 8}
    body = sse(
        chunk | {"choices": [{"index": 0, "text": "Sun"}]},
        chunk | {"choices": [{"index": 0, "text": "ny.", "finish_reason": "stop"}]},
        {"model": "m", "choices": [{"delta": {}, "index": 0}], "usage": usage},
        "[DONE]",
    )
    found = completion(post(OPENAI, {"model": "m", "prompt": "Hi"}), reply(body, SSE))
    assert found is not None
    assert (found.format, found.parts) == ("text_completion", (Text("Sunny."),))
    assert found.usage is not None
    assert found.usage.total == 8


def test_each_prompt_of_a_list_is_a_message_and_each_answer_a_choice() -> None:
    request = post(OPENAI, {"model": "m", "prompt": ["a", "b"]})
    answer = {"object": "text_completion", "choices": [{"text": "A"}, {"text": "B"}]}
    asked, found = conversation(request), completion(request, reply(answer))
    assert asked is not None
    assert found is not None
    assert [message.text for message in asked.messages] == ["a", "b"]
    assert [choice.text for choice in found.choices] == ["A", "B"]


def wrapped(*documents: dict[str, Any]) -> bytes:
    """Bedrock's frames around the model's own documents."""
    return b"".join(
        encode_message(
            {":event-type": "chunk", ":message-type": "event"},
            json.dumps({"bytes": base64.b64encode(json.dumps(one).encode()).decode()}).encode(),
        )
        for one in documents
    )


def test_a_stream_on_bedrock_ends_with_its_metrics() -> None:
    metrics = {"inputTokenCount": 5, "outputTokenCount": 3}
    body = wrapped(
        {"generation": "Sun"},
        {
            "generation": "ny.",
            "stop_reason": "stop",
            "amazon-bedrock-invocationMetrics": metrics,
        },
    )
    url = f"{BEDROCK}meta.llama3-8b/invoke-with-response-stream"
    found = completion(post(url, {"prompt": "Hi"}), reply(body, FRAMES))
    assert found is not None
    assert (found.text, found.finish_reason, found.complete) == ("Sunny.", "stop", True)
    assert found.usage is not None
    assert found.usage.total == 8


def test_nova_by_invoke_is_read_as_converse_is() -> None:
    url = f"{BEDROCK}us.amazon.nova-lite-v1:0/invoke-with-response-stream"
    request = post(
        url,
        {
            "system": [{"text": "Be brief."}],
            "messages": [{"role": "user", "content": [{"text": "Hi"}]}],
            "inferenceConfig": {"maxTokens": 9},
        },
    )
    body = wrapped(
        {"messageStart": {"role": "assistant"}},
        {"contentBlockDelta": {"delta": {"text": "Sunny."}, "contentBlockIndex": 0}},
        {"messageStop": {"stopReason": "end_turn"}},
        {"metadata": {"usage": {"inputTokens": 5, "outputTokens": 3}}},
    )
    asked, found = conversation(request), completion(request, reply(body, FRAMES))
    assert asked is not None
    assert (asked.model, asked.last_user_text, asked.stream) == (
        ("us.amazon.nova-lite-v1:0", "Hi", True)
    )
    assert found is not None
    assert (found.text, found.finish_reason, found.complete) == ("Sunny.", "end_turn", True)
    assert found.usage is not None
    assert found.usage.total == 8
