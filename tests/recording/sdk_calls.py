"""The unmodified SDKs, asked for one thing in each of the ways an application does.

A call gives what the SDK made of the answer, in plain values that can be compared.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.recording import wires

if TYPE_CHECKING:
    from collections.abc import Callable

QUESTION = [{"role": "user", "content": "Wie ist das Wetter in Köln?"}]
KEY = "sk-test-Q8zWv3xN5bT1yHc7LmR2"


def plain(value: Any) -> Any:
    if hasattr(value, "model_dump"):
        fields = value.model_dump(mode="json")
        fields.pop("sdk_http_response", None)  # all headers, of which not all are kept
        return fields
    return [plain(item) for item in value] if isinstance(value, list) else value


@dataclass(frozen=True)
class Sdk:
    """``call(url, streamed)`` and ``error(status)``: what a provider answers when it fails."""

    name: str
    whole: Callable[..., Any]
    stream: Callable[..., list[bytes]]
    stream_type: str
    sync: Callable[[str, bool], Any]
    asynchronous: Callable[[str, bool], Any]
    error: Callable[[int, str], Any]
    text: Callable[[Any], str]
    retries: bool = True

    def call(self, url: str, *, streamed: bool, is_async: bool) -> Any:
        if is_async:
            return plain(asyncio.run(self.asynchronous(url, streamed)))
        return plain(self.sync(url, streamed))


def _openai_like(module_name: str, path: str) -> tuple[Any, Any]:
    import importlib

    module = importlib.import_module(module_name)
    sync_class, async_class = (getattr(module, n) for n in _CLASSES[module_name])
    words = {"model": "gpt-4o-mini", "messages": QUESTION}

    def sync(url: str, streamed: bool) -> Any:
        with sync_class(api_key=KEY, base_url=url + path) as client:
            if not streamed:
                return client.chat.completions.create(**words)
            return list(client.chat.completions.create(**words, stream=True))

    async def asynchronous(url: str, streamed: bool) -> Any:
        async with async_class(api_key=KEY, base_url=url + path) as client:
            if not streamed:
                return await client.chat.completions.create(**words)
            stream = await client.chat.completions.create(**words, stream=True)
            return [piece async for piece in stream]

    return sync, asynchronous


_CLASSES = {"openai": ("OpenAI", "AsyncOpenAI"), "groq": ("Groq", "AsyncGroq")}


def _openai_error(status: int, message: str) -> Any:
    return {"error": {"message": message, "type": "server_error", "param": None, "code": "x"}}


def _chat_text(answer: Any) -> str:
    if isinstance(answer, list):
        return "".join(c["choices"][0]["delta"]["content"] or "" for c in answer if c["choices"])
    return answer["choices"][0]["message"]["content"]


def openai_chat() -> Sdk:
    calls = _openai_like("openai", "/v1")
    return Sdk(
        "openai_chat", wires.openai_chat, wires.openai_chat_stream, "text/event-stream",
        *calls, _openai_error, _chat_text,
    )  # fmt: skip


def groq() -> Sdk:
    calls = _openai_like("groq", "")
    return Sdk(
        "groq", wires.openai_chat, wires.openai_chat_stream, "text/event-stream",
        *calls, _openai_error, _chat_text,
    )  # fmt: skip


def openai_responses() -> Sdk:
    import openai

    words: dict[str, Any] = {"model": "gpt-4o-mini", "input": "Wie ist das Wetter in Köln?"}

    def sync(url: str, streamed: bool) -> Any:
        with openai.OpenAI(api_key=KEY, base_url=url + "/v1") as client:
            if not streamed:
                return client.responses.create(**words)
            return list(client.responses.create(**words, stream=True))

    async def asynchronous(url: str, streamed: bool) -> Any:
        async with openai.AsyncOpenAI(api_key=KEY, base_url=url + "/v1") as client:
            if not streamed:
                return await client.responses.create(**words)
            return [piece async for piece in await client.responses.create(**words, stream=True)]

    def text(answer: Any) -> str:
        if isinstance(answer, list):
            return "".join(e["delta"] for e in answer if e["type"] == "response.output_text.delta")
        return answer["output"][0]["content"][0]["text"]

    return Sdk(
        "openai_responses", wires.openai_response, wires.openai_response_stream,
        "text/event-stream", sync, asynchronous, _openai_error, text,
    )  # fmt: skip


def anthropic() -> Sdk:
    import anthropic as module

    words: dict[str, Any] = {"model": "claude-next", "max_tokens": 99, "messages": QUESTION}

    def sync(url: str, streamed: bool) -> Any:
        with module.Anthropic(api_key=KEY, base_url=url) as client:
            if not streamed:
                return client.messages.create(**words)
            with client.messages.stream(**words) as stream:
                return [*stream, stream.get_final_message()]

    async def asynchronous(url: str, streamed: bool) -> Any:
        async with module.AsyncAnthropic(api_key=KEY, base_url=url) as client:
            if not streamed:
                return await client.messages.create(**words)
            async with client.messages.stream(**words) as stream:
                events = [event async for event in stream]
                return [*events, await stream.get_final_message()]

    def text(answer: Any) -> str:
        message = answer[-1] if isinstance(answer, list) else answer
        return message["content"][0]["text"]

    def error(status: int, message: str) -> Any:
        return {"type": "error", "error": {"type": "api_error", "message": message}}

    return Sdk(
        "anthropic", wires.anthropic_message, wires.anthropic_stream, "text/event-stream",
        sync, asynchronous, error, text,
    )  # fmt: skip


def gemini() -> Sdk:
    from google import genai

    words: dict[str, Any] = {"model": "gemini-2.5-flash", "contents": "Wie ist das Wetter?"}

    def client_of(url: str) -> Any:
        retries = {"attempts": 3, "initial_delay": 0.01, "max_delay": 0.02}
        return genai.Client(
            api_key=KEY,
            vertexai=False,
            http_options={"base_url": url, "retry_options": retries},
        )

    def sync(url: str, streamed: bool) -> Any:
        client = client_of(url)
        try:
            if not streamed:
                return client.models.generate_content(**words)
            return list(client.models.generate_content_stream(**words))
        finally:
            client.close()

    async def asynchronous(url: str, streamed: bool) -> Any:
        client = client_of(url)
        try:
            if not streamed:
                return await client.aio.models.generate_content(**words)
            stream = await client.aio.models.generate_content_stream(**words)
            return [piece async for piece in stream]
        finally:
            await client.aio.aclose()
            client.close()

    def text(answer: Any) -> str:
        parts = answer if isinstance(answer, list) else [answer]
        return "".join(p["candidates"][0]["content"]["parts"][0]["text"] for p in parts)

    def error(status: int, message: str) -> Any:
        return {"error": {"code": status, "message": message, "status": "UNAVAILABLE"}}

    return Sdk(
        "gemini", wires.gemini_answer, wires.gemini_stream, "text/event-stream",
        sync, asynchronous, error, text,
    )  # fmt: skip


def ollama() -> Sdk:
    import ollama as module

    words: dict[str, Any] = {"model": "gemma3", "messages": QUESTION}

    def sync(url: str, streamed: bool) -> Any:
        client = module.Client(host=url)
        try:
            if not streamed:
                return client.chat(**words)
            return list(client.chat(**words, stream=True))
        finally:
            client._client.close()

    async def asynchronous(url: str, streamed: bool) -> Any:
        client = module.AsyncClient(host=url)
        try:
            if not streamed:
                return await client.chat(**words)
            return [piece async for piece in await client.chat(**words, stream=True)]
        finally:
            await client._client.aclose()

    def text(answer: Any) -> str:
        parts = answer if isinstance(answer, list) else [answer]
        return "".join(part["message"]["content"] for part in parts)

    return Sdk(
        "ollama", wires.ollama_answer, wires.ollama_stream, "application/x-ndjson",
        sync, asynchronous, lambda status, message: {"error": message}, text, retries=False,
    )  # fmt: skip


SDKS = [openai_chat, openai_responses, anthropic, gemini, groq, ollama]
