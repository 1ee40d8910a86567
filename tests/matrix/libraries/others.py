"""SDKs of providers with wire formats of their own: Gemini, Cohere, Ollama, Voyage."""

from __future__ import annotations

from typing import Any

from tests.matrix import wires
from tests.matrix.libraries.openai_like import CITY, TOOL, chat
from tests.matrix.library import KEY, Library


def google_genai() -> Library:
    from google import genai

    declared = {"name": "weather", "description": "The weather", "parameters_json_schema": CITY}

    def words(prompt: str, tools: bool) -> dict[str, Any]:
        asked: dict[str, Any] = {"model": "gemini-2.5-flash", "contents": prompt}
        config = {"tools": [{"function_declarations": [declared]}]}
        return {**asked, "config": config} if tools else asked

    def client_of(url: str) -> Any:
        retries = {"attempts": 3, "initial_delay": 0.01, "max_delay": 0.02}
        options = {"base_url": url, "retry_options": retries}
        return genai.Client(api_key=KEY, vertexai=False, http_options=options)

    def sync(url: str, prompt: str, tools: bool) -> Any:
        with client_of(url) as client:
            return client.models.generate_content(**words(prompt, tools))

    def stream(url: str, prompt: str, tools: bool) -> Any:
        with client_of(url) as client:
            yield from client.models.generate_content_stream(**words(prompt, tools))

    async def async_(url: str, prompt: str, tools: bool) -> Any:
        async with client_of(url).aio as client:
            return await client.models.generate_content(**words(prompt, tools))

    async def async_stream(url: str, prompt: str, tools: bool) -> Any:
        async with client_of(url).aio as client:
            pieces = await client.models.generate_content_stream(**words(prompt, tools))
            async for piece in pieces:
                yield piece

    ways = {"sync": sync, "stream": stream, "async": async_, "async stream": async_stream}
    return Library("Google Gen AI", "google-genai", wires.GEMINI, ways)


def cohere() -> Library:
    import cohere as module

    def words(prompt: str, tools: bool) -> dict[str, Any]:
        return {**chat(prompt, tools), "model": "command-r7b-12-2024"}

    def sync(url: str, prompt: str, tools: bool) -> Any:
        with module.ClientV2(api_key=KEY, base_url=url) as client:
            return client.chat(**words(prompt, tools))

    def stream(url: str, prompt: str, tools: bool) -> Any:
        with module.ClientV2(api_key=KEY, base_url=url) as client:
            yield from client.chat_stream(**words(prompt, tools))

    async def async_(url: str, prompt: str, tools: bool) -> Any:
        async with module.AsyncClientV2(api_key=KEY, base_url=url) as client:
            return await client.chat(**words(prompt, tools))

    async def async_stream(url: str, prompt: str, tools: bool) -> Any:
        async with module.AsyncClientV2(api_key=KEY, base_url=url) as client:
            async for piece in client.chat_stream(**words(prompt, tools)):
                yield piece

    ways = {"sync": sync, "stream": stream, "async": async_, "async stream": async_stream}
    return Library("Cohere", "cohere", wires.COHERE, ways)


def ollama() -> Library:
    import ollama as module

    def words(prompt: str, tools: bool) -> dict[str, Any]:
        asked = {"model": "gemma3", "messages": [{"role": "user", "content": prompt}]}
        return {**asked, "tools": [TOOL]} if tools else asked

    def sync(url: str, prompt: str, tools: bool) -> Any:
        with module.Client(host=url) as client:
            return client.chat(**words(prompt, tools))

    def stream(url: str, prompt: str, tools: bool) -> Any:
        with module.Client(host=url) as client:
            yield from client.chat(**words(prompt, tools), stream=True)

    async def async_(url: str, prompt: str, tools: bool) -> Any:
        async with module.AsyncClient(host=url) as client:
            return await client.chat(**words(prompt, tools))

    async def async_stream(url: str, prompt: str, tools: bool) -> Any:
        async with module.AsyncClient(host=url) as client:
            async for piece in await client.chat(**words(prompt, tools), stream=True):
                yield piece

    ways = {"sync": sync, "stream": stream, "async": async_, "async stream": async_stream}
    return Library("Ollama", "ollama", wires.OLLAMA, ways)


def voyage() -> Library:
    import voyageai

    def client_of(kind: Any, url: str) -> Any:
        return kind(api_key=KEY, base_url=url + "/v1", max_retries=0)

    def sync(url: str, prompt: str, tools: bool) -> Any:
        return vars(client_of(voyageai.Client, url).embed([prompt], model="voyage-3.5"))

    async def async_(url: str, prompt: str, tools: bool) -> Any:
        return vars(await client_of(voyageai.AsyncClient, url).embed([prompt], model="voyage-3.5"))

    ways = {"sync": sync, "async": async_}
    return Library("Voyage", "voyageai", wires.VOYAGE, ways, has_tools=False)
