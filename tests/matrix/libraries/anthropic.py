"""Anthropic's SDK: its own API, and its clients of Bedrock and Vertex."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from tests.matrix import wires
from tests.matrix.libraries.openai_like import CITY
from tests.matrix.library import KEY, Library, Wire

if TYPE_CHECKING:
    from collections.abc import Callable

TOOL = {"name": "weather", "description": "The weather", "input_schema": CITY}


def words(prompt: str, tools: bool) -> dict[str, Any]:
    asked = {
        "model": "claude-next",
        "max_tokens": 99,
        "messages": [{"role": "user", "content": prompt}],
    }
    return {**asked, "tools": [TOOL]} if tools else asked


def _library(name: str, wire: Wire, sync_client: Callable[..., Any], async_client: Any) -> Library:
    def sync(url: str, prompt: str, tools: bool) -> Any:
        with sync_client(base_url=url) as client:
            return client.messages.create(**words(prompt, tools))

    def stream(url: str, prompt: str, tools: bool) -> Any:
        with (
            sync_client(base_url=url) as client,
            client.messages.stream(**words(prompt, tools)) as pieces,
        ):
            yield from pieces
            yield pieces.get_final_message()

    async def async_(url: str, prompt: str, tools: bool) -> Any:
        async with async_client(base_url=url) as client:
            return await client.messages.create(**words(prompt, tools))

    async def async_stream(url: str, prompt: str, tools: bool) -> Any:
        async with (
            async_client(base_url=url) as client,
            client.messages.stream(**words(prompt, tools)) as pieces,
        ):
            async for piece in pieces:
                yield piece
            yield await pieces.get_final_message()

    ways = {"sync": sync, "stream": stream, "async": async_, "async stream": async_stream}
    return Library(name, "anthropic", wire, ways)


def anthropic() -> Library:
    from anthropic import Anthropic, AsyncAnthropic

    return _library(
        "Anthropic",
        wires.MESSAGES,
        partial(Anthropic, api_key=KEY),
        partial(AsyncAnthropic, api_key=KEY),
    )


def anthropic_bedrock() -> Library:
    from anthropic import AnthropicBedrock, AsyncAnthropicBedrock

    keys = {"aws_access_key": "AKIAEXAMPLE", "aws_secret_key": KEY, "aws_region": "eu-central-1"}
    return _library(
        "Anthropic on Bedrock",
        wires.INVOKE,
        partial(AnthropicBedrock, **keys),
        partial(AsyncAnthropicBedrock, **keys),
    )


def anthropic_vertex() -> Library:
    from anthropic import AnthropicVertex, AsyncAnthropicVertex

    keys = {"region": "europe-west1", "project_id": "weather", "access_token": KEY}
    return _library(
        "Anthropic on Vertex",
        wires.MESSAGES,
        partial(AnthropicVertex, **keys),
        partial(AsyncAnthropicVertex, **keys),
    )
