"""Every recorded answer of a model is decoded; exceptions are listed with the reason."""

from __future__ import annotations

import json
import random
import re
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest

from llmcassette import providers
from llmcassette.streams import kind
from tests.corpus import needs_corpus
from tests.providers.wires import Recorded, recorded

if TYPE_CHECKING:
    from collections.abc import Iterator

NO_COMPLETION = {
    r"/audio/translations$": "a transcript, not a model's answer",
    r"/embeddings$": "numbers, not a model's answer",
    r"/images/generations$": "a picture, not a model's answer",
    r"\.bfl\.ai/": "Black Forest Labs makes pictures",
    r"/(v1beta/)?files(/|\?|$)": "file upload of Gemini",
    r"/models(\?|$)": "a list of models",
    r"hyperliquid": "an exchange",
    r"scaleway|scw\.cloud|docker\.sock": "a cloud's API and docker's",
    r"//go-vcr/|httpbin\.org|go(lang|\.dev)|iana\.org": "go-vcr's own examples",
}

NO_USAGE = {
    "Qwen3-ASR-0.6B-GGUF/Qwen3-ASR-0.6B-Q8_0.gguf/GenStream-Citations-text-plain.yaml": (
        "llama.cpp was not asked for it"
    ),
}

NO_DONE = {"zai-org/GLM-5.2_thinking/GenStream-Stop.yaml": "Baseten sends no [DONE] here"}

NO_FINISH_REASON = {"providers/cloudflare/": "Workers AI gives none"}

SAYS_NOTHING = {
    "gpt-oss-120b_thinking/GenSync-Stop.yaml": "stopped at once, by the stop word asked for",
    "openai/gpt-oss-20b_thinking/GenSync-Stop.yaml": "stopped at once, by the stop word asked for",
    "gpt-5.6-luna_thinking/GenStream-MaxTokens.yaml": "the tokens allowed went into thinking",
}


def listed(reasons: dict[str, str], found: Recorded) -> bool:
    return any(name in found.id for name in reasons)


def carries_json(found: Recorded) -> bool:
    body = found.response.body
    return bool(body) and kind(body, found.response.headers.get("content-type")) != "other"


@cache
def answers() -> tuple[tuple[Recorded, providers.Completion], ...]:
    read = ((one, providers.completion(one.request, one.response)) for one in recorded())
    return tuple((one, completion) for one, completion in read if completion is not None)


@needs_corpus
def test_every_answer_of_a_model_decodes() -> None:
    undecoded = {
        one.id: one.request.url
        for one in recorded()
        if carries_json(one)
        and providers.completion(one.request, one.response) is None
        and not any(re.search(pattern, one.request.url) for pattern in NO_COMPLETION)
    }
    assert undecoded == {}


@needs_corpus
def test_nothing_listed_as_no_answer_is_taken_for_one() -> None:
    taken = [
        one.id
        for one, _ in answers()
        if any(re.search(pattern, one.request.url) for pattern in NO_COMPLETION)
    ]
    assert taken == []


def test_every_answer_has_a_model_and_what_it_came_to() -> None:
    for one, completion in answers():
        if completion.error:
            assert one.response.code >= 400, one.id
            assert completion.error.message, one.id
            continue
        assert completion.model, one.id
        assert completion.complete, one.id
        assert bool(completion.finish_reason) is not listed(NO_FINISH_REASON, one), one.id
        content = completion.text or completion.tool_calls or completion.reasoning
        assert content or listed(SAYS_NOTHING, one), one.id
        assert (completion.usage is not None) is not listed(NO_USAGE, one), one.id
        assert all(call.name for call in completion.tool_calls), one.id
        assert not any(isinstance(call.arguments, str) for call in completion.tool_calls), one.id


def test_every_request_of_an_answered_model_reads_as_a_conversation() -> None:
    for one, completion in answers():
        conversation = providers.conversation(one.request)
        assert conversation is not None, one.id
        assert conversation.format == completion.format, one.id
        assert conversation.messages, one.id


def test_every_stream_holds_the_event_that_ends_it() -> None:
    for one, completion in answers():
        framing = kind(one.response.body, one.response.headers.get("content-type"))
        ended = providers.ended(one.request, one.response.headers, one.response.body)
        if framing == "json":
            assert ended is None, one.id
        else:
            assert ended is not listed(NO_DONE, one), one.id
            assert completion.complete, one.id


def test_no_answer_cut_anywhere_raises_or_is_told_as_whole() -> None:
    draw = random.Random(7)
    for one, whole in answers():
        body = one.response.body
        for size in (0, 1, len(body) // 2, draw.randrange(len(body)), draw.randrange(len(body))):
            cut = replace(one.response, body=body[:size])
            completion = providers.completion(one.request, cut)
            if completion is None or completion.complete:
                assert completion is None or completion.text == whole.text, one.id
            else:
                assert whole.text.startswith(completion.text), one.id


def places(value: Any, container: Any = None, key: Any = None) -> Iterator[tuple[Any, Any]]:
    """Container and key of every member and element in a JSON value."""
    if container is not None:
        yield container, key
    if isinstance(value, dict | list):
        for inner in value if isinstance(value, dict) else range(len(value)):
            yield from places(value[inner], value, inner)


def test_no_request_with_a_part_of_another_type_raises() -> None:
    draw = random.Random(7)
    others = [None, 7, True, 1.5, "x", "\ud83d", [], {}, [None], [[]], {"type": []}]
    for one, _ in answers():
        for _ in range(8):
            body = json.loads(one.request.body)
            container, key = draw.choice(list(places(body)))
            container[key] = draw.choice(others)
            changed = replace(one.request, body=json.dumps(body).encode())
            found = providers.conversation(changed)
            assert found is None or isinstance(found.last_user_text, str), one.id


@pytest.mark.parametrize("tail", [300, 65_536])
def test_the_end_of_a_stream_is_seen_in_its_tail(tail: int) -> None:
    for one, _ in answers():
        framing = kind(one.response.body, one.response.headers.get("content-type"))
        small_end = framing == "ndjson" or b"[DONE]" in one.response.body[-tail:]
        if small_end and one.response.headers.get("content-type"):
            last = one.response.body[-tail:]
            assert providers.ended(one.request, one.response.headers, last) is True, one.id
