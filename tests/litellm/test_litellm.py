"""litellm: synchronous through httpx or openai's client, asynchronous through aiohttp inside httpx.

It pins openai below 3, so it lives in an environment of its own; elsewhere this file is skipped.
The samples' requests go out in the recorded words, without any rewording.
"""

from __future__ import annotations

import asyncio
import os

import pytest

from llmcassette import UnmatchedRequestError, load, use_cassette
from tests.corpus import SAMPLE_FILES, SAMPLES, corpus_id
from tests.sdks.answers import given_chat, recorded_chat
from tests.sdks.rewriting import asked

os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")  # or its import fetches a price list
litellm = pytest.importorskip("litellm", reason="litellm pins openai < 3: see `make sdk-matrix`")
pytest.importorskip("mcp", reason="litellm imports it for any request with tools")
pytest.importorskip("tenacity", reason="litellm imports it for retries")

# Not ours: what litellm's models say to pydantic, and the coroutines and sockets it leaves behind.
pytestmark = pytest.mark.filterwarnings("ignore")

OTHER = SAMPLES / "tool.yaml"  # holds nothing of what the misses ask
STREAMED = [path for path in SAMPLE_FILES if "streaming" in path.name]
WHOLE = [path for path in SAMPLE_FILES if "streaming" not in path.name]

MODELS = [
    "openai/gpt-4o-mini",
    "openrouter/moonshotai/kimi-k2-0905",
    "anthropic/claude-sonnet-4-5",
    "gemini/gemini-2.5-flash",
    "groq/llama-3.1-8b-instant",
    "mistral/mistral-small-latest",
    "cohere_chat/command-r7b-12-2024",
    "ollama_chat/gemma3",
]

each_stream = pytest.mark.parametrize("path", STREAMED, ids=corpus_id)
each_whole = pytest.mark.parametrize("path", WHOLE, ids=corpus_id)
each_model = pytest.mark.parametrize("model", MODELS)


def keywords(interaction):
    fields = asked(interaction.request, "usage", "provider")
    return fields | {"model": f"openrouter/{fields['model']}", "api_key": "none"}


def hi(model):
    return {
        "model": model,
        "messages": [{"role": "user", "content": "Hi there"}],
        "api_key": "none",
        "num_retries": 2,
    }


@each_whole
def test_a_whole_answer(path):
    interactions = load(path).interactions

    with use_cassette(path) as recorder:
        for interaction in interactions:
            completion = litellm.completion(**keywords(interaction))
            assert given_chat(completion) == recorded_chat(interaction.response)

    assert recorder.played == interactions


@each_whole
async def test_an_async_whole_answer(path):
    interactions = load(path).interactions

    with use_cassette(path) as recorder:
        for interaction in interactions:
            completion = await litellm.acompletion(**keywords(interaction))
            assert given_chat(completion) == recorded_chat(interaction.response)

    assert recorder.played == interactions


@each_stream
def test_a_stream(path):
    interactions = load(path).interactions

    with use_cassette(path) as recorder:
        for interaction in interactions:
            chunks = list(litellm.completion(**keywords(interaction)))
            assert given_chat(litellm.stream_chunk_builder(chunks)) == recorded_chat(
                interaction.response
            )

    assert recorder.played == interactions


@each_stream
async def test_an_async_stream(path):
    interactions = load(path).interactions

    with use_cassette(path) as recorder:
        for interaction in interactions:
            stream = await litellm.acompletion(**keywords(interaction))
            chunks = [chunk async for chunk in stream]
            assert given_chat(litellm.stream_chunk_builder(chunks)) == recorded_chat(
                interaction.response
            )

    assert recorder.played == interactions


def the_only_miss(recorder, raised):
    assert recorder.misses == (raised,)
    assert recorder.errors == (raised,)


@each_model
def test_a_miss_of_a_synchronous_call(model):
    with use_cassette(OTHER) as recorder, pytest.raises(UnmatchedRequestError) as caught:
        litellm.completion(**hi(model))

    the_only_miss(recorder, caught.value)


@each_model
def test_a_miss_of_a_synchronous_stream(model):
    with use_cassette(OTHER) as recorder, pytest.raises(UnmatchedRequestError) as caught:
        list(litellm.completion(**hi(model), stream=True))

    the_only_miss(recorder, caught.value)


@each_model
async def test_a_miss_of_an_asynchronous_call(model):
    with use_cassette(OTHER) as recorder, pytest.raises(UnmatchedRequestError) as caught:
        await litellm.acompletion(**hi(model))

    the_only_miss(recorder, caught.value)


@each_model
async def test_a_miss_of_an_asynchronous_stream(model):
    with use_cassette(OTHER) as recorder, pytest.raises(UnmatchedRequestError) as caught:
        async for _ in await litellm.acompletion(**hi(model), stream=True):
            pass

    the_only_miss(recorder, caught.value)


@each_model
async def test_a_miss_in_a_thread(model):
    with use_cassette(OTHER) as recorder, pytest.raises(UnmatchedRequestError) as caught:
        await asyncio.to_thread(litellm.completion, **hi(model))

    the_only_miss(recorder, caught.value)
