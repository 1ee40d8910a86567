"""openai (httpx2), chat completions: the five samples, recorded from OpenRouter by a Go program.

Its requests are in the wire's own words, and the SDK takes them as keyword arguments unchanged;
``usage`` and ``provider`` are OpenRouter's own.
"""

from __future__ import annotations

from contextlib import closing

import httpx2
import openai
import pytest

from llmcassette import CassetteTransport, load, use_cassette
from tests.corpus import CORPUS, SAMPLE_FILES, SAMPLES, corpus_id, needs_corpus
from tests.sdks.answers import given_chat, given_chat_stream, recorded_chat
from tests.sdks.rewriting import asked

OPENROUTER = {"api_key": "none", "base_url": "https://openrouter.ai/api/v1"}
OF_OPENROUTER = ("usage", "provider")
STREAMED = [path for path in SAMPLE_FILES if "streaming" in path.name]
WHOLE = SAMPLES / "tool.yaml"

each_stream = pytest.mark.parametrize("path", STREAMED, ids=corpus_id)


def test_the_samples_are_four_streams_and_a_whole_answer():
    assert {path.name for path in SAMPLE_FILES} == {
        *(path.name for path in STREAMED),
        WHOLE.name,
    }
    assert len(STREAMED) == 4


def test_the_weather_conversation_word_for_word():
    with use_cassette(SAMPLES / "tool_streaming.yaml") as recorder:
        client = openai.OpenAI(**OPENROUTER)
        first, second = (
            given_chat_stream(client.chat.completions.create(**asked(it.request, *OF_OPENROUTER)))
            for it in recorder.unplayed
        )

    assert [call[1:] for call in first.calls] == [("weather", {"location": "Florence, Italy"})]
    assert "40" in second.text
    assert second.calls == []


@each_stream
def test_a_stream_gives_the_text_tool_calls_and_usage_of_its_data_lines(path):
    interactions = load(path).interactions
    client = openai.OpenAI(**OPENROUTER)

    with use_cassette(path) as recorder:
        for interaction in interactions:
            stream = client.chat.completions.create(**asked(interaction.request, *OF_OPENROUTER))
            assert given_chat_stream(stream) == recorded_chat(interaction.response)

    assert recorder.played == interactions


@each_stream
async def test_an_async_stream_gives_the_same(path):
    interactions = load(path).interactions
    client = openai.AsyncOpenAI(**OPENROUTER)

    with use_cassette(path) as recorder:
        for interaction in interactions:
            stream = await client.chat.completions.create(
                **asked(interaction.request, *OF_OPENROUTER)
            )
            chunks = [chunk async for chunk in stream]
            assert given_chat_stream(chunks) == recorded_chat(interaction.response)

    assert recorder.played == interactions


@each_stream
def test_the_sdks_own_accumulator_gives_the_same(path):
    interactions = load(path).interactions
    client = openai.OpenAI(**OPENROUTER)

    with use_cassette(path):
        for interaction in interactions:
            keywords = asked(interaction.request, *OF_OPENROUTER)
            del keywords["stream"]  # .stream() says it itself
            with client.chat.completions.stream(**keywords) as stream:
                completion = stream.get_final_completion()
            assert given_chat(completion) == recorded_chat(interaction.response)


def test_a_whole_answer_gives_the_text_tool_calls_and_usage_of_its_json():
    interactions = load(WHOLE).interactions
    client = openai.OpenAI(**OPENROUTER)

    with use_cassette(WHOLE) as recorder:
        for interaction in interactions:
            completion = client.chat.completions.create(
                **asked(interaction.request, *OF_OPENROUTER)
            )
            assert given_chat(completion) == recorded_chat(interaction.response)

    assert recorder.played == interactions


async def test_an_async_whole_answer_gives_the_same():
    interactions = load(WHOLE).interactions
    client = openai.AsyncOpenAI(**OPENROUTER)

    with use_cassette(WHOLE):
        for interaction in interactions:
            completion = await client.chat.completions.create(
                **asked(interaction.request, *OF_OPENROUTER)
            )
            assert given_chat(completion) == recorded_chat(interaction.response)


def test_a_client_with_a_cassette_transport_of_its_own_gives_the_same():
    interactions = load(WHOLE).interactions

    with closing(CassetteTransport(WHOLE)) as transport:
        client = openai.OpenAI(**OPENROUTER, http_client=httpx2.Client(transport=transport))
        completion = client.chat.completions.create(
            **asked(interactions[0].request, *OF_OPENROUTER)
        )

    assert given_chat(completion) == recorded_chat(interactions[0].response)


@needs_corpus
@pytest.mark.parametrize(
    "name",
    [
        "openai-gpt-4o-mini/multi_tool.yaml",
        "openai-gpt-4o-mini/simple_streaming.yaml",
        "openai-o4-mini/tool_streaming.yaml",
    ],
)
def test_openais_own_answers_give_their_text_tool_calls_and_usage(name):
    path = CORPUS / "go-vcr-v2/fantasy/providertests/testdata/TestOpenAICommon" / name
    interactions = load(path).interactions
    client = openai.OpenAI(api_key="none")

    with use_cassette(path) as recorder:
        for interaction in interactions:
            keywords = asked(interaction.request)
            answer = client.chat.completions.create(**keywords)
            read = given_chat_stream if keywords.get("stream") else given_chat
            assert read(answer) == recorded_chat(interaction.response)

    assert recorder.played == interactions


@needs_corpus
def test_a_recorded_error_answer_is_the_sdks_own_error_at_once():
    path = CORPUS / (
        "go-vcr-v2/genai/providers/openaichat/testdata/TestClient/Scoreboard/gpt-audio/"
        "GenStream-JSONSchema.yaml"
    )
    [interaction] = load(path).interactions
    client = openai.OpenAI(api_key="none")

    with (
        use_cassette(path) as recorder,
        pytest.raises(openai.BadRequestError) as caught,
    ):
        client.chat.completions.create(**asked(interaction.request))

    assert caught.value.status_code == 400
    assert caught.value.message.startswith("Error code: 400 - ")
    assert recorder.played == (interaction,)
