"""Replicate's predictions."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from llmcassette.providers import Media, Text, completion, conversation, counted_once
from tests.providers.wires import post, reply

URL = "https://api.replicate.com/v1/models/meta/llama-3/predictions"
GIVEN = {"prompt": "Hi", "system_prompt": "Be brief.", "top_k": 5}


def prediction(status: str, **more: Any) -> dict[str, Any]:
    shown = {"get": "https://api.replicate.com/v1/predictions/p1"}
    return {
        "id": "p1",
        "model": "meta/llama-3",
        "input": GIVEN,
        "urls": shown,
        "status": status,
    } | more


def test_a_request_is_the_prompt_in_its_input() -> None:
    found = conversation(post(URL, {"input": GIVEN, "stream": True}))
    assert found is not None
    assert (found.model, found.last_user_text, found.stream) == ("meta/llama-3", "Hi", True)
    assert found.system == (Text("Be brief.", "input.system_prompt"),)
    assert found.parameters == {"input.top_k": 5}


def test_a_prediction_and_its_polls_are_one_answer() -> None:
    poll = replace(post("https://api.replicate.com/v1/predictions/p1", b""), method="GET")
    metrics = {"input_token_count": 5, "output_token_count": 3}
    done = prediction("succeeded", output=["Sun", "ny."], metrics=metrics)
    started = completion(post(URL, {"input": GIVEN}), reply(prediction("starting")))
    polled = completion(poll, reply(done))
    assert started is not None
    assert polled is not None
    assert (started.text, started.finish_reason, started.retrieved) == ("", "", False)
    assert (polled.text, polled.finish_reason, polled.retrieved) == ("Sunny.", "succeeded", True)
    assert counted_once([started, polled]) == [polled]
    assert polled.usage is not None
    assert polled.usage.total == 8


def test_a_picture_is_media() -> None:
    done = prediction("succeeded", output=["https://replicate.delivery/x.png"])
    found = completion(post(URL, {"input": GIVEN}), reply(done))
    assert found is not None
    assert found.parts == (Media("file", url="https://replicate.delivery/x.png"),)
