"""One call of each SDK, in each of the ways an application makes it.

``sync`` and ``sync_stream`` are functions; ``async_`` and ``async_stream`` coroutine functions.
Clients retry as they do by default; the two that don't are told to.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

HI = [{"role": "user", "content": "Hi there"}]


@dataclass(frozen=True)
class Caller:
    """An SDK's four ways, and the URL that they all ask."""

    url: str
    sync: Callable[[], Any]
    sync_stream: Callable[[], Any]
    async_: Callable[[], Awaitable[Any]]
    async_stream: Callable[[], Awaitable[Any]]


async def everything(stream: Any) -> list[Any]:
    return [piece async for piece in stream]


def openai_chat() -> Caller:
    import openai

    sync = openai.OpenAI(api_key="none").chat.completions
    async_ = openai.AsyncOpenAI(api_key="none").chat.completions
    words = {"model": "gpt-4o-mini", "messages": HI}
    return Caller(
        "https://api.openai.com/v1/chat/completions",
        lambda: sync.create(**words),
        lambda: list(sync.create(**words, stream=True)),
        lambda: async_.create(**words),
        _async_streaming(lambda: async_.create(**words, stream=True)),
    )


def openai_responses() -> Caller:
    import openai

    sync = openai.OpenAI(api_key="none").responses
    async_ = openai.AsyncOpenAI(api_key="none").responses
    words = {"model": "gpt-4o-mini", "input": "Hi there"}
    return Caller(
        "https://api.openai.com/v1/responses",
        lambda: sync.create(**words),
        lambda: list(sync.create(**words, stream=True)),
        lambda: async_.create(**words),
        _async_streaming(lambda: async_.create(**words, stream=True)),
    )


def anthropic_messages() -> Caller:
    import anthropic

    sync = anthropic.Anthropic(api_key="none").messages
    async_ = anthropic.AsyncAnthropic(api_key="none").messages
    words = {"model": "claude-next", "max_tokens": 10, "messages": HI}

    def stream() -> None:
        with sync.stream(**words) as events:
            events.until_done()

    async def stream_async() -> None:
        async with async_.stream(**words) as events:
            await events.until_done()

    return Caller(
        "https://api.anthropic.com/v1/messages",
        lambda: sync.create(**words),
        stream,
        lambda: async_.create(**words),
        stream_async,
    )


def groq_chat() -> Caller:
    import groq

    sync = groq.Groq(api_key="none").chat.completions
    async_ = groq.AsyncGroq(api_key="none").chat.completions
    words = {"model": "openai/gpt-oss-20b", "messages": HI}
    return Caller(
        "https://api.groq.com/openai/v1/chat/completions",
        lambda: sync.create(**words),
        lambda: list(sync.create(**words, stream=True)),
        lambda: async_.create(**words),
        _async_streaming(lambda: async_.create(**words, stream=True)),
    )


def google_genai() -> Caller:
    from google import genai

    client = genai.Client(
        api_key="none",
        # It retries only when told to.
        http_options={"retry_options": {"attempts": 3, "initial_delay": 0.01}},
    )
    words = {"model": "gemini-2.5-flash", "contents": "Hi there"}
    return Caller(
        "https://generativelanguage.googleapis.com/",
        lambda: client.models.generate_content(**words),
        lambda: list(client.models.generate_content_stream(**words)),
        lambda: client.aio.models.generate_content(**words),
        _async_streaming(lambda: client.aio.models.generate_content_stream(**words)),
    )


def mistral_chat() -> Caller:
    from mistralai.client import Mistral
    from mistralai.client.utils import BackoffStrategy, RetryConfig

    # It retries connection errors only when told to.
    retries = RetryConfig("backoff", BackoffStrategy(1, 10, 1.1, 1000), True)
    chat = Mistral(api_key="none", retry_config=retries).chat
    words = {"model": "mistral-small-latest", "messages": HI}
    return Caller(
        "https://api.mistral.ai/v1/chat/completions",
        lambda: chat.complete(**words),
        lambda: list(chat.stream(**words)),
        lambda: chat.complete_async(**words),
        _async_streaming(lambda: chat.stream_async(**words)),
    )


def cohere_chat() -> Caller:
    import cohere

    sync = cohere.ClientV2(api_key="none")
    async_ = cohere.AsyncClientV2(api_key="none")
    words = {"model": "command-r7b-12-2024", "messages": HI}
    return Caller(
        "https://api.cohere.com/v2/chat",
        lambda: sync.chat(**words),
        lambda: list(sync.chat_stream(**words)),
        lambda: async_.chat(**words),
        lambda: everything(async_.chat_stream(**words)),
    )


def ollama_chat() -> Caller:
    import ollama

    sync = ollama.Client(host="http://localhost:11434")
    async_ = ollama.AsyncClient(host="http://localhost:11434")
    words = {"model": "gemma3", "messages": HI}
    return Caller(
        "http://localhost:11434/api/chat",
        lambda: sync.chat(**words),
        lambda: list(sync.chat(**words, stream=True)),
        lambda: async_.chat(**words),
        _async_streaming(lambda: async_.chat(**words, stream=True)),
    )


def _async_streaming(call: Callable[[], Awaitable[Any]]) -> Callable[[], Awaitable[Any]]:
    async def stream() -> list[Any]:
        return await everything(await call())

    return stream


CALLERS = [
    openai_chat,
    openai_responses,
    anthropic_messages,
    groq_chat,
    google_genai,
    mistral_chat,
    cohere_chat,
    ollama_chat,
]
