"""A request that passes two served libraries is served and recorded once, by the upper one."""

from __future__ import annotations

import asyncio

import httpx
import httpx_aiohttp
import pytest
import requests
from google import genai
from google.genai import types

from llmcassette import UnmatchedRequestError, load, use_cassette
from tests.recording import wires
from tests.recording.provider_server import Answer

SERVED = {"serve_hosts": ["127.0.0.1"]}
PIECES = wires.openai_chat_stream()


async def over_aiohttp(url):
    async with httpx_aiohttp.HttpxAiohttpClient() as client, client.stream("GET", url) as response:
        return [piece async for piece in response.aiter_bytes()]


class OverRequests(httpx.BaseTransport):
    """A transport of the user's own."""

    def handle_request(self, request):
        answer = requests.request(request.method, str(request.url), timeout=5)
        return httpx.Response(answer.status_code, content=answer.content)


def over_requests(url):
    with httpx.Client(transport=OverRequests()) as client:
        return [client.get(url).content]


@pytest.mark.parametrize("library", ["aiohttp", "requests"])
def test_httpx_over_another_library(library, provider, path):
    def ask():
        call = over_requests if library == "requests" else over_aiohttp
        return asyncio.run(call(provider.url)) if library == "aiohttp" else call(provider.url)

    provider.will_answer(Answer.sse(PIECES))
    with use_cassette(path, mode="rewrite", **SERVED):
        assert b"".join(ask()) == b"".join(PIECES)
    provider.gone()
    (interaction,) = load(path).interactions
    assert interaction.response.body == b"".join(PIECES)
    with use_cassette(path, **SERVED) as recorder:
        assert b"".join(ask()) == b"".join(PIECES)
    assert len(recorder.played) == 1


def chat(url):
    options = types.HttpOptions(base_url=url)
    return genai.Client(api_key="made-up-key-of-a-test", http_options=options)


async def stream_genai(url):
    client = chat(url)
    try:
        stream = await client.aio.models.generate_content_stream(model="gemini", contents="hi")
        return "".join([chunk.text or "" async for chunk in stream])
    finally:
        await client.aio.aclose()


@pytest.mark.filterwarnings("ignore:Inheritance class AiohttpClientSession")  # its own
def test_the_asynchronous_client_of_google_genai_goes_through_aiohttp(provider, path):
    provider.will_answer(Answer.sse(wires.gemini_stream()))
    with use_cassette(path, mode="rewrite", **SERVED):
        live = asyncio.run(stream_genai(provider.url))
    provider.gone()
    assert live == wires.TEXT
    (interaction,) = load(path).interactions
    assert "made-up-key" not in path.read_text()
    assert interaction.response.ended == ""
    with use_cassette(path, **SERVED):
        assert asyncio.run(stream_genai(provider.url)) == wires.TEXT
    with use_cassette(path, **SERVED) as recorder, pytest.raises(UnmatchedRequestError):
        asyncio.run(chat(provider.url).aio.models.generate_content(model="other", contents="hi"))
    assert len(recorder.errors) == 1
