"""cohere (httpx), chat version 2, recorded from Cohere by a Go program.

Reworded: the Python SDK's tool choice is in capitals.
"""

from __future__ import annotations

import json

import cohere

from llmcassette import load, use_cassette
from tests.corpus import CORPUS, needs_corpus
from tests.sdks.answers import Answer, data_lines
from tests.sdks.rewriting import asked, reworded

pytestmark = needs_corpus

SCOREBOARD = CORPUS / "go-vcr-v2/genai/providers/cohere/testdata/TestClient/Scoreboard"
WHOLE = SCOREBOARD / "command-a-reasoning-08-2025_thinking/GenSync-Tools-ToolBias-Canada.yaml"
STREAMED = SCOREBOARD / "command-r7b-12-2024_thinking/GenStream-MaxTokens.yaml"


def in_python(path, folder):
    return reworded(
        path, folder, body=lambda fields: fields | {"tool_choice": fields["tool_choice"].upper()}
    )


def keywords(path):
    """``chat`` and ``chat_stream`` say ``stream`` themselves."""
    [interaction] = load(path).interactions
    fields = asked(interaction.request)
    del fields["stream"]
    return fields


def recorded(path):
    [interaction] = load(path).interactions
    if b"data:" not in interaction.response.body:
        answer = json.loads(interaction.response.body)
        calls = [
            (call["id"], call["function"]["name"], json.loads(call["function"]["arguments"]))
            for call in answer["message"]["tool_calls"]
        ]
        text = "".join(part.get("text", "") for part in answer["message"]["content"])
        tokens = answer["usage"]["tokens"]
    else:
        events, calls = data_lines(interaction.response), []
        text = "".join(
            event["delta"]["message"]["content"]["text"]
            for event in events
            if event["type"] == "content-delta"
        )
        tokens = events[-1]["delta"]["usage"]["tokens"]
    return Answer(text, calls, (tokens["input_tokens"], tokens["output_tokens"]))


def given(response):
    return Answer(
        "".join(part.text for part in response.message.content if part.type == "text"),
        [
            (call.id, call.function.name, json.loads(call.function.arguments))
            for call in response.message.tool_calls
        ],
        (response.usage.tokens.input_tokens, response.usage.tokens.output_tokens),
    )


def given_stream(events):
    text, tokens = "", None
    for event in events:
        if event.type == "content-delta":
            text += event.delta.message.content.text
        elif event.type == "message-end":
            tokens = event.delta.usage.tokens
    return Answer(text, [], (tokens.input_tokens, tokens.output_tokens))


def test_a_whole_answer(tmp_path):
    path = in_python(WHOLE, tmp_path)

    with use_cassette(path) as recorder:
        answer = given(cohere.ClientV2(api_key="none").chat(**keywords(path)))

    assert answer == recorded(WHOLE)
    assert [arguments["country"] for _, _, arguments in answer.calls] == ["Canada", "USA"]
    assert not recorder.unplayed


async def test_an_async_whole_answer(tmp_path):
    path = in_python(WHOLE, tmp_path)

    with use_cassette(path):
        response = await cohere.AsyncClientV2(api_key="none").chat(**keywords(path))

    assert given(response) == recorded(WHOLE)


def test_a_stream():
    with use_cassette(STREAMED):
        client = cohere.ClientV2(api_key="none")
        answer = given_stream(client.chat_stream(**keywords(STREAMED)))

    assert answer == recorded(STREAMED)
    assert answer.text.startswith("The Theory of Relativity")


async def test_an_async_stream():
    with use_cassette(STREAMED):
        stream = cohere.AsyncClientV2(api_key="none").chat_stream(**keywords(STREAMED))
        answer = given_stream([event async for event in stream])

    assert answer == recorded(STREAMED)
