"""google-genai (httpx2, and aiohttp for asynchronous calls), recorded from Gemini.

Reworded, as the Python SDK says the same otherwise: the API's version is ``v1``, a thought's
signature goes in URL-safe base64, and a thinking configuration in snake case.
"""

from __future__ import annotations

import json

import httpx2
import pytest
from google import genai
from google.genai import types

from llmcassette import load, use_cassette
from tests.corpus import CORPUS, needs_corpus
from tests.sdks.answers import Answer, data_lines
from tests.sdks.rewriting import asked, reworded

pytestmark = needs_corpus

FANTASY = CORPUS / "go-vcr-v2/fantasy/providertests/testdata"
OPTIONS = {
    "aiohttp": types.HttpOptions,
    "httpx2": lambda: types.HttpOptions(httpx_async_client=httpx2.AsyncClient()),
}
WHOLE = FANTASY / "TestGoogleCommon/gemini-2.5-pro/tool.yaml"
STREAMED = FANTASY / "TestGoogleThinking/gemini-2.5-pro/thinking-streaming.yaml"


def in_python(path, folder):
    def body(fields):
        for part in (part for content in fields["contents"] for part in content["parts"]):
            if "thoughtSignature" in part:
                signature = part["thoughtSignature"]
                part["thoughtSignature"] = signature.replace("+", "-").replace("/", "_")
        thinking = fields["generationConfig"].get("thinkingConfig")
        if thinking:
            fields["generationConfig"]["thinkingConfig"] = {
                "include_thoughts": thinking["includeThoughts"],
                "thinking_budget": thinking["thinkingBudget"],
            }
        return fields

    return reworded(path, folder, body=body, url=lambda url: url.replace("/v1beta/", "/v1/"))


def keywords(interaction):
    """The request in the SDK's terms: its types read the wire's names."""
    fields = asked(interaction.request)
    config = fields["generationConfig"] | {
        name: fields[name] for name in ("systemInstruction", "toolConfig", "tools")
    }
    return {
        "model": interaction.request.url.split("/models/")[1].partition(":")[0],
        "contents": [types.Content.model_validate(content) for content in fields["contents"]],
        "config": types.GenerateContentConfig.model_validate(config),
    }


def recorded(response):
    """Text without the thoughts; of a stream, the sum of its pieces and the last usage."""
    events = data_lines(response) if b"data:" in response.body[:5] else [json.loads(response.body)]
    parts = [
        part for event in events for part in event["candidates"][0]["content"].get("parts", [])
    ]
    usage = events[-1]["usageMetadata"]
    return Answer(
        "".join(part["text"] for part in parts if "text" in part and not part.get("thought")),
        [
            (None, part["functionCall"]["name"], part["functionCall"]["args"])
            for part in parts
            if "functionCall" in part
        ],
        (usage["promptTokenCount"], usage.get("candidatesTokenCount")),
    )


def given(*responses):
    parts = [part for response in responses for part in response.candidates[0].content.parts or []]
    usage = responses[-1].usage_metadata
    return Answer(
        "".join(part.text for part in parts if part.text and not part.thought),
        [
            (part.function_call.id, part.function_call.name, part.function_call.args)
            for part in parts
            if part.function_call
        ],
        (usage.prompt_token_count, usage.candidates_token_count),
    )


def test_a_whole_answer(tmp_path):
    path = in_python(WHOLE, tmp_path)
    interactions = load(WHOLE).interactions
    client = genai.Client(api_key="none")

    with use_cassette(path) as recorder:
        answers = [
            given(client.models.generate_content(**keywords(interaction)))
            for interaction in interactions
        ]

    assert answers == [recorded(interaction.response) for interaction in interactions]
    assert answers[0].calls == [(None, "weather", {"location": "Florence,Italy"})]
    assert not recorder.unplayed


@pytest.mark.parametrize("library", ["aiohttp", "httpx2"])
async def test_an_async_whole_answer(tmp_path, library):
    path = in_python(WHOLE, tmp_path)
    interactions = load(WHOLE).interactions
    client = genai.Client(api_key="none", http_options=OPTIONS[library]())

    with use_cassette(path) as recorder:
        for interaction in interactions:
            response = await client.aio.models.generate_content(**keywords(interaction))
            assert given(response) == recorded(interaction.response)

    assert not recorder.unplayed
    assert (client._api_client._aiohttp_session is not None) == (library == "aiohttp")
    await client.aio.aclose()


def test_a_stream(tmp_path):
    path = in_python(STREAMED, tmp_path)
    interactions = load(STREAMED).interactions
    client = genai.Client(api_key="none")

    with use_cassette(path):
        answers = [
            given(*client.models.generate_content_stream(**keywords(interaction)))
            for interaction in interactions
        ]

    assert answers == [recorded(interaction.response) for interaction in interactions]
    assert answers[0].calls == [(None, "weather", {"location": "Florence, Italy"})]
    assert answers[1].text == "It's 40 C in Florence, Italy. \n"


async def test_an_async_stream(tmp_path):
    path = in_python(STREAMED, tmp_path)
    interactions = load(STREAMED).interactions
    client = genai.Client(api_key="none")

    with use_cassette(path):
        for interaction in interactions:
            stream = await client.aio.models.generate_content_stream(**keywords(interaction))
            responses = [response async for response in stream]
            assert given(*responses) == recorded(interaction.response)


def test_the_api_version_needs_no_rewording_where_a_rule_says_it_does_not_count():
    [first, _] = load(WHOLE).interactions
    client = genai.Client(api_key="none")

    with use_cassette(WHOLE, normalize_url=[("/v1beta/", "/v1/")]):
        response = client.models.generate_content(**keywords(first))

    assert given(response) == recorded(first.response)


def test_the_api_version_can_be_asked_for():
    [first, _] = load(WHOLE).interactions
    client = genai.Client(api_key="none", http_options={"api_version": "v1beta"})

    with use_cassette(WHOLE):
        response = client.models.generate_content(**keywords(first))

    assert given(response) == recorded(first.response)
