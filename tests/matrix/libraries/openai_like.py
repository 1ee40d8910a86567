"""SDKs that have the shape of OpenAI's, and those that speak its chat completions."""

from __future__ import annotations

import os
from typing import Any

from tests.matrix import wires
from tests.matrix.library import KEY, Library

CITY = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
FUNCTION = {"name": "weather", "description": "The weather", "parameters": CITY}
TOOL = {"type": "function", "function": FUNCTION}


def chat(prompt: str, tools: bool) -> dict[str, Any]:
    words = {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": prompt}]}
    return {**words, "tools": [TOOL]} if tools else words


def _completions(name: str, module: Any, classes: tuple[Any, Any], path: str) -> Library:
    sync_class, async_class = classes

    def sync(url: str, prompt: str, tools: bool) -> Any:
        with sync_class(api_key=KEY, base_url=url + path) as client:
            return client.chat.completions.create(**chat(prompt, tools))

    def stream(url: str, prompt: str, tools: bool) -> Any:
        with (
            sync_class(api_key=KEY, base_url=url + path) as client,
            client.chat.completions.create(**chat(prompt, tools), stream=True) as pieces,
        ):
            yield from pieces

    async def async_(url: str, prompt: str, tools: bool) -> Any:
        async with async_class(api_key=KEY, base_url=url + path) as client:
            return await client.chat.completions.create(**chat(prompt, tools))

    async def async_stream(url: str, prompt: str, tools: bool) -> Any:
        async with (
            async_class(api_key=KEY, base_url=url + path) as client,
            await client.chat.completions.create(**chat(prompt, tools), stream=True) as pieces,
        ):
            async for piece in pieces:
                yield piece

    ways = {"sync": sync, "stream": stream, "async": async_, "async stream": async_stream}
    return Library(name, module.__name__, wires.CHAT, ways)


def openai_chat() -> Library:
    import openai

    return _completions(
        "OpenAI, chat completions", openai, (openai.OpenAI, openai.AsyncOpenAI), "/v1"
    )


def groq() -> Library:
    import groq

    return _completions("Groq", groq, (groq.Groq, groq.AsyncGroq), "")


def openai_responses() -> Library:
    import openai

    def words(prompt: str, tools: bool) -> dict[str, Any]:
        tool = {"type": "function", **FUNCTION, "strict": False}
        words: dict[str, Any] = {"model": "gpt-4o-mini", "input": prompt}
        return {**words, "tools": [tool]} if tools else words

    def sync(url: str, prompt: str, tools: bool) -> Any:
        with openai.OpenAI(api_key=KEY, base_url=url + "/v1") as client:
            return client.responses.create(**words(prompt, tools))

    def stream(url: str, prompt: str, tools: bool) -> Any:
        with (
            openai.OpenAI(api_key=KEY, base_url=url + "/v1") as client,
            client.responses.create(**words(prompt, tools), stream=True) as pieces,
        ):
            yield from pieces

    async def async_(url: str, prompt: str, tools: bool) -> Any:
        async with openai.AsyncOpenAI(api_key=KEY, base_url=url + "/v1") as client:
            return await client.responses.create(**words(prompt, tools))

    async def async_stream(url: str, prompt: str, tools: bool) -> Any:
        async with (
            openai.AsyncOpenAI(api_key=KEY, base_url=url + "/v1") as client,
            await client.responses.create(**words(prompt, tools), stream=True) as pieces,
        ):
            async for piece in pieces:
                yield piece

    ways = {"sync": sync, "stream": stream, "async": async_, "async stream": async_stream}
    return Library("OpenAI, responses", "openai", wires.RESPONSES, ways)


def mistral() -> Library:
    from mistralai.client import Mistral

    def words(prompt: str, tools: bool) -> dict[str, Any]:
        return {**chat(prompt, tools), "model": "mistral-small-latest"}

    def sync(url: str, prompt: str, tools: bool) -> Any:
        with Mistral(api_key=KEY, server_url=url) as client:
            return client.chat.complete(**words(prompt, tools))

    def stream(url: str, prompt: str, tools: bool) -> Any:
        with (
            Mistral(api_key=KEY, server_url=url) as client,
            client.chat.stream(**words(prompt, tools)) as pieces,
        ):
            yield from pieces

    async def async_(url: str, prompt: str, tools: bool) -> Any:
        async with Mistral(api_key=KEY, server_url=url) as client:
            return await client.chat.complete_async(**words(prompt, tools))

    async def async_stream(url: str, prompt: str, tools: bool) -> Any:
        async with (
            Mistral(api_key=KEY, server_url=url) as client,
            await client.chat.stream_async(**words(prompt, tools)) as pieces,
        ):
            async for piece in pieces:
                yield piece

    ways = {"sync": sync, "stream": stream, "async": async_, "async stream": async_stream}
    return Library("Mistral", "mistralai", wires.MISTRAL, ways)


def huggingface_hub() -> Library:
    # It asks the hub once a process who is calling: docs/how-to/side-requests.md.
    os.environ["HF_ENDPOINT"] = "http://localhost:9"
    from huggingface_hub import AsyncInferenceClient, InferenceClient

    def sync(url: str, prompt: str, tools: bool) -> Any:
        with InferenceClient(base_url=url + "/v1", api_key=KEY) as client:
            return client.chat.completions.create(**chat(prompt, tools))

    def stream(url: str, prompt: str, tools: bool) -> Any:
        with InferenceClient(base_url=url + "/v1", api_key=KEY) as client:
            yield from client.chat.completions.create(**chat(prompt, tools), stream=True)

    async def async_(url: str, prompt: str, tools: bool) -> Any:
        async with AsyncInferenceClient(base_url=url + "/v1", api_key=KEY) as client:
            return await client.chat.completions.create(**chat(prompt, tools))

    async def async_stream(url: str, prompt: str, tools: bool) -> Any:
        async with AsyncInferenceClient(base_url=url + "/v1", api_key=KEY) as client:
            pieces = await client.chat.completions.create(**chat(prompt, tools), stream=True)
            async for piece in pieces:
                yield piece

    ways = {"sync": sync, "stream": stream, "async": async_, "async stream": async_stream}
    return Library("Hugging Face", "huggingface-hub", wires.CHAT, ways)
