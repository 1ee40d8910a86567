"""openai (httpx2), responses, recorded from OpenAI by Go programs in the wire's own words."""

from __future__ import annotations

import json

import openai
import pytest

from llmcassette import load, use_cassette
from tests.corpus import CORPUS, needs_corpus
from tests.sdks.answers import Answer, data_lines
from tests.sdks.rewriting import asked

pytestmark = needs_corpus

FANTASY = CORPUS / "go-vcr-v2/fantasy/providertests/testdata"
WHOLE = FANTASY / "TestOpenAIResponsesCommon/openai-o4-mini/tool.yaml"
STREAMED = FANTASY / "TestOpenAIResponsesWithSummaryThinking/openai-o4-mini/thinking-streaming.yaml"
WITHOUT_HEADERS = (
    CORPUS / "go-vcr-v2/cagent/e2e/testdata/cassettes/TestExec_OpenAI_WithThinkingBudget.yaml"
)


def recorded(response):
    """Of a stream, its pieces; their sum stands in its last event too, and is not looked at."""
    if b"data:" not in response.body:
        answer = json.loads(response.body)
        text = "".join(
            part["text"]
            for item in answer["output"]
            if item["type"] == "message"
            for part in item["content"]
        )
        items, usage = answer["output"], answer["usage"]
    else:
        events = data_lines(response)
        text = "".join(e["delta"] for e in events if e["type"] == "response.output_text.delta")
        items = [e["item"] for e in events if e["type"] == "response.output_item.done"]
        [usage] = [e["response"]["usage"] for e in events if e["type"] == "response.completed"]
    calls = [
        (item["call_id"], item["name"], json.loads(item["arguments"]))
        for item in items
        if item["type"] == "function_call"
    ]
    return Answer(text, calls, (usage["input_tokens"], usage["output_tokens"]))


def given(response):
    return Answer(
        response.output_text,
        [
            (item.call_id, item.name, json.loads(item.arguments))
            for item in response.output
            if item.type == "function_call"
        ],
        (response.usage.input_tokens, response.usage.output_tokens),
    )


def given_stream(events):
    text, calls, usage = "", [], (None, None)
    for event in events:
        if event.type == "response.output_text.delta":
            text += event.delta
        elif event.type == "response.output_item.done" and event.item.type == "function_call":
            calls.append((event.item.call_id, event.item.name, json.loads(event.item.arguments)))
        elif event.type == "response.completed":
            usage = (event.response.usage.input_tokens, event.response.usage.output_tokens)
    return Answer(text, calls, usage)


def test_a_whole_answer():
    interactions = load(WHOLE).interactions
    client = openai.OpenAI(api_key="none")

    with use_cassette(WHOLE) as recorder:
        answers = [given(client.responses.create(**asked(it.request))) for it in interactions]

    assert answers == [recorded(interaction.response) for interaction in interactions]
    assert [call[1:] for call in answers[0].calls] == [("weather", {"location": "Florence, Italy"})]
    assert recorder.played == interactions


async def test_an_async_whole_answer():
    interactions = load(WHOLE).interactions
    client = openai.AsyncOpenAI(api_key="none")

    with use_cassette(WHOLE):
        for interaction in interactions:
            response = await client.responses.create(**asked(interaction.request))
            assert given(response) == recorded(interaction.response)


@pytest.mark.parametrize("path", [STREAMED, WITHOUT_HEADERS], ids=["headers", "no headers"])
def test_a_stream(path):
    interactions = load(path).interactions
    client = openai.OpenAI(api_key="none")

    with use_cassette(path) as recorder:
        for interaction in interactions:
            stream = client.responses.create(**asked(interaction.request))
            assert given_stream(stream) == recorded(interaction.response)

    assert recorder.played == interactions


async def test_an_async_stream():
    interactions = load(STREAMED).interactions
    client = openai.AsyncOpenAI(api_key="none")

    with use_cassette(STREAMED):
        for interaction in interactions:
            stream = await client.responses.create(**asked(interaction.request))
            events = [event async for event in stream]
            assert given_stream(events) == recorded(interaction.response)
