"""Bedrock through AWS's own libraries: boto3 and aiobotocore."""

from __future__ import annotations

import json
from contextlib import closing
from typing import TYPE_CHECKING, Any

from tests.matrix import wires
from tests.matrix.libraries import anthropic
from tests.matrix.libraries.openai_like import CITY
from tests.matrix.library import KEY, Library

if TYPE_CHECKING:
    from collections.abc import Callable

TOOL = {"name": "weather", "description": "The weather", "inputSchema": {"json": CITY}}
AWS = {
    "region_name": "eu-central-1",
    "aws_access_key_id": "AKIAEXAMPLE",
    "aws_secret_access_key": KEY,
}


def converse(prompt: str, tools: bool) -> dict[str, Any]:
    messages = [{"role": "user", "content": [{"text": prompt}]}]
    asked: dict[str, Any] = {"modelId": "anthropic.claude-next", "messages": messages}
    return {**asked, "toolConfig": {"tools": [{"toolSpec": TOOL}]}} if tools else asked


def invoke(prompt: str, tools: bool) -> dict[str, Any]:
    asked = {**anthropic.words(prompt, tools), "anthropic_version": "bedrock-2023-05-31"}
    del asked["model"]
    return {"modelId": "anthropic.claude-next", "body": json.dumps(asked)}


def _boto3(
    name: str, wire: Any, words: Callable[..., Any], whole: str, streamed: str, read: Any
) -> Library:
    import boto3
    from botocore.config import Config

    def client_of(url: str) -> Any:
        config = Config(retries={"total_max_attempts": 2})
        return boto3.client("bedrock-runtime", endpoint_url=url, config=config, **AWS)

    def sync(url: str, prompt: str, tools: bool) -> Any:
        with closing(client_of(url)) as client:
            return read(getattr(client, whole)(**words(prompt, tools)))

    def stream(url: str, prompt: str, tools: bool) -> Any:
        with closing(client_of(url)) as client:
            answer = getattr(client, streamed)(**words(prompt, tools))
            with closing(answer.get("stream") or answer["body"]) as pieces:
                yield from map(decoded, pieces)

    return Library(name, "boto3", wire, {"sync": sync, "stream": stream})


def decoded(event: dict[str, Any]) -> Any:
    """The bytes of Anthropic's events, as JSON."""
    return json.loads(event["chunk"]["bytes"]) if "chunk" in event else event


def boto3_converse() -> Library:
    return _boto3(
        "boto3, Converse", wires.CONVERSE, converse, "converse", "converse_stream", lambda got: got
    )


def boto3_invoke() -> Library:
    return _boto3(
        "boto3, InvokeModel",
        wires.INVOKE,
        invoke,
        "invoke_model",
        "invoke_model_with_response_stream",
        lambda got: json.loads(got["body"].read()),
    )


def aiobotocore_converse() -> Library:
    from aiobotocore.config import AioConfig
    from aiobotocore.session import get_session

    def client_of(url: str) -> Any:
        config = AioConfig(retries={"total_max_attempts": 2})
        session = get_session()
        return session.create_client("bedrock-runtime", endpoint_url=url, config=config, **AWS)

    async def async_(url: str, prompt: str, tools: bool) -> Any:
        async with client_of(url) as client:
            return await client.converse(**converse(prompt, tools))

    async def async_stream(url: str, prompt: str, tools: bool) -> Any:
        async with client_of(url) as client:
            answer = await client.converse_stream(**converse(prompt, tools))
            with closing(answer["stream"]) as pieces:
                async for piece in pieces:
                    yield piece

    ways = {"async": async_, "async stream": async_stream}
    return Library("aiobotocore, Converse", "aiobotocore", wires.CONVERSE, ways)
