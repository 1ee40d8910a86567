"""groq (httpx), chat completions."""

from __future__ import annotations

import groq
import pytest

from llmcassette import load, use_cassette
from tests.corpus import CORPUS, SAMPLES, needs_corpus
from tests.sdks.answers import given_chat, given_chat_stream, recorded_chat
from tests.sdks.rewriting import asked, reworded

NOT_GROQS = ("usage", "stream_options")
WHOLE = (
    CORPUS / "go-vcr-v2/fantasy/providertests/testdata/TestOpenAICompatibleCommon/groq-kimi-k2"
    "/multi_tool.yaml"
)
STREAMED = (
    CORPUS / "go-vcr-v2/genai/providers/groq/testdata/TestClient/Scoreboard/openai"
    "/gpt-oss-120b_thinking/GenStream-JSON.yaml"
)


@pytest.fixture
def tool_stream(tmp_path):
    """A streamed tool call, for which the corpus has no answer of Groq's.

    Reworded: the sample was recorded from OpenRouter, which speaks the same format elsewhere.
    """
    return reworded(
        SAMPLES / "multi_tool_streaming.yaml",
        tmp_path,
        url=lambda _: "https://api.groq.com/openai/v1/chat/completions",
    )


@needs_corpus
def test_a_whole_answer():
    interactions = load(WHOLE).interactions
    client = groq.Groq(api_key="none")

    with use_cassette(WHOLE) as recorder:
        for interaction in interactions:
            completion = client.chat.completions.create(**asked(interaction.request))
            assert given_chat(completion) == recorded_chat(interaction.response)

    assert recorder.played == interactions


@needs_corpus
async def test_an_async_whole_answer():
    interactions = load(WHOLE).interactions
    client = groq.AsyncGroq(api_key="none")

    with use_cassette(WHOLE) as recorder:
        for interaction in interactions:
            completion = await client.chat.completions.create(**asked(interaction.request))
            assert given_chat(completion) == recorded_chat(interaction.response)

    assert recorder.played == interactions


@needs_corpus
def test_a_stream():
    [interaction] = load(STREAMED).interactions

    with use_cassette(STREAMED):
        stream = groq.Groq(api_key="none").chat.completions.create(**asked(interaction.request))
        answer = given_chat_stream(stream)

    assert answer == recorded_chat(interaction.response)
    assert answer.text == '{"is_fruit":true}'


@needs_corpus
async def test_an_async_stream():
    [interaction] = load(STREAMED).interactions
    client = groq.AsyncGroq(api_key="none")

    with use_cassette(STREAMED):
        stream = await client.chat.completions.create(**asked(interaction.request))
        answer = given_chat_stream([chunk async for chunk in stream])

    assert answer == recorded_chat(interaction.response)


def test_a_stream_of_tool_calls(tool_stream):
    interactions = load(tool_stream).interactions
    client = groq.Groq(api_key="none")

    with use_cassette(tool_stream):
        answers = [
            given_chat_stream(
                client.chat.completions.create(**asked(interaction.request, *NOT_GROQS))
            )
            for interaction in interactions
        ]

    assert answers == [recorded_chat(interaction.response) for interaction in interactions]
    assert [name for _, name, _ in answers[0].calls] == ["add", "multiply"]


async def test_an_async_stream_of_tool_calls(tool_stream):
    interactions = load(tool_stream).interactions
    client = groq.AsyncGroq(api_key="none")

    with use_cassette(tool_stream):
        for interaction in interactions:
            stream = await client.chat.completions.create(**asked(interaction.request, *NOT_GROQS))
            chunks = [chunk async for chunk in stream]
            assert given_chat_stream(chunks) == recorded_chat(interaction.response)
