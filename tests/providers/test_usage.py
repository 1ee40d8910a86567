"""Tokens and prices as the provider states them, each counted once."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from llmcassette.model import Headers, Request, Response
from llmcassette.providers import api_call, completion, counted_once
from llmcassette.recorder.pricing import price
from tests.providers.wires import post, reply

if TYPE_CHECKING:
    from llmcassette.providers import ApiCall, Completion

CHAT = {"model": "m", "messages": [{"role": "user", "content": "Hi"}]}
RESPONSES = "https://api.openai.com/v1/responses"


def chat(url: str, usage: dict[str, Any]) -> Completion:
    message = {"message": {"role": "assistant", "content": "Hi"}, "finish_reason": "stop"}
    found = completion(post(url, CHAT), reply({"model": "m", "choices": [message], "usage": usage}))
    assert found is not None
    return found


def test_xai_counts_reasoning_apart_and_states_its_price_in_ticks() -> None:
    found = chat(
        "https://api.x.ai/v1/chat/completions",
        {
            "prompt_tokens": 100,
            "completion_tokens": 2,
            "total_tokens": 1102,
            "completion_tokens_details": {"reasoning_tokens": 1000},
            "cost_in_usd_ticks": 15_230_000,
        },
    )
    assert found.usage is not None
    assert (found.usage.output_tokens, found.usage.reasoning_tokens) == (1002, 1000)
    paid = price(found)
    assert paid is not None
    assert (paid.amount, paid.said_by) == (0.001523, "provider")


def test_reasoning_inside_the_completion_tokens_is_not_added() -> None:
    found = chat(
        "https://api.openai.com/v1/chat/completions",
        {
            "prompt_tokens": 100,
            "completion_tokens": 1002,
            "total_tokens": 1102,
            "completion_tokens_details": {"reasoning_tokens": 1000},
        },
    )
    assert found.usage is not None
    assert (found.usage.output_tokens, found.usage.cost) == (1002, None)


@pytest.mark.parametrize(
    ("stated", "cost"),
    [
        ({"cost": 0.25}, 0.25),
        ({"cost": 0}, 0.0),
        ({"cost": {"total_cost": 0.006, "request_cost": 0.005}}, 0.006),
        ({"estimated_cost": 0.5}, 0.5),
        ({"cost": None}, None),
        ({"cost": True}, None),
    ],
)
def test_a_price_that_the_provider_states(stated: Any, cost: float | None) -> None:
    usage = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}
    found = chat("https://openrouter.ai/api/v1/chat/completions", usage | stated)
    assert found.usage is not None
    assert found.usage.cost == cost


def test_bedrock_may_state_tokens_in_headers_alone() -> None:
    url = "https://bedrock-runtime.us-east-1.amazonaws.com/model/us.amazon.nova-v1:0/converse"
    answer = reply({"stopReason": "end_turn", "output": {"message": {"content": [{"text": "Hi"}]}}})
    counted = Headers(
        {
            "Content-Type": "application/json",
            "X-Amzn-Bedrock-Input-Token-Count": "7",
            "X-Amzn-Bedrock-Output-Token-Count": "3",
        }
    )
    found = completion(post(url, {"messages": []}), replace(answer, headers=counted))
    assert found is not None
    assert found.usage is not None
    assert (found.usage.input_tokens, found.usage.output_tokens) == (7, 3)


def background() -> list[tuple[Request, Response]]:
    poll = replace(post(f"{RESPONSES}/resp_1", b""), method="GET")
    started = {"id": "resp_1", "object": "response", "model": "m", "status": "queued"}
    usage = {"input_tokens": 9, "output_tokens": 4, "total_tokens": 13}
    return [
        (post(RESPONSES, {"model": "m", "input": "Hi", "background": True}), reply(started)),
        (poll, reply(started | {"status": "in_progress"})),
        (poll, reply(started | {"status": "completed", "usage": usage})),
        (poll, reply(started | {"status": "completed", "usage": usage})),
    ]


def test_a_background_answer_and_its_polls_count_once() -> None:
    answers = [found for each in background() if (found := completion(*each)) is not None]
    assert [found.retrieved for found in answers] == [False, True, True, True]
    once = counted_once(answers)
    assert [found.usage.total for found in once if found.usage] == [13]


def test_an_answer_that_is_replayed_twice_counts_twice() -> None:
    usage = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}
    one = replace(chat("https://api.openai.com/v1/chat/completions", usage), id="chatcmpl-1")
    assert counted_once([one, one]) == [one, one]


def test_a_long_running_operation_is_no_answer_of_ollama() -> None:
    url = "https://generativelanguage.googleapis.com/v1beta/models/veo/operations/x"
    request = replace(post(url, b""), method="GET")
    answer = reply(
        {"name": "models/veo/operations/x", "done": True, "response": {"@type": "t/a.V"}}
    )
    assert completion(request, answer) is None
    found: ApiCall | None = api_call(request, answer)
    assert found is not None
    assert (found.kind, found.answered, found.retrieved) == ("operation", "done (V)", True)
