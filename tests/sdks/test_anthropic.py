"""anthropic (httpx2), messages, recorded from Anthropic by Go programs in the wire's own words."""

from __future__ import annotations

import json

import anthropic
import pytest

from llmcassette import load, use_cassette
from tests.corpus import CORPUS, needs_corpus
from tests.sdks.answers import Answer, data_lines
from tests.sdks.rewriting import asked

pytestmark = [
    needs_corpus,
    # The models of the recordings grow old.
    pytest.mark.filterwarnings("ignore:The model .* is deprecated:DeprecationWarning"),
]

FANTASY = CORPUS / "go-vcr-v2/fantasy/providertests/testdata/TestAnthropicCommon/claude-sonnet-4"
WHOLE = FANTASY / "multi_tool.yaml"
STREAMED = FANTASY / "multi_tool_streaming.yaml"


def recorded(response):
    if b"data:" not in response.body:
        answer = json.loads(response.body)
        return Answer(
            "".join(block["text"] for block in answer["content"] if block["type"] == "text"),
            [
                (block["id"], block["name"], block["input"])
                for block in answer["content"]
                if block["type"] == "tool_use"
            ],
            (answer["usage"]["input_tokens"], answer["usage"]["output_tokens"]),
        )
    text, calls, arguments, usage = "", {}, {}, {}
    for event in data_lines(response):
        match event:
            case {"type": "message_start", "message": {"usage": tokens}}:
                usage |= tokens
            case {"type": "content_block_start", "index": n, "content_block": {"id": id} as block}:
                calls[n], arguments[n] = (id, block["name"]), ""
            case {"type": "content_block_delta", "delta": {"text": piece}}:
                text += piece
            case {"type": "content_block_delta", "index": n, "delta": {"partial_json": piece}}:
                arguments[n] += piece
            case {"type": "message_delta", "usage": tokens}:
                usage |= tokens
    return Answer(
        text,
        [(*calls[n], json.loads(arguments[n])) for n in sorted(calls)],
        (usage["input_tokens"], usage["output_tokens"]),
    )


def given(message):
    return Answer(
        "".join(block.text for block in message.content if block.type == "text"),
        [
            (block.id, block.name, block.input)
            for block in message.content
            if block.type == "tool_use"
        ],
        (message.usage.input_tokens, message.usage.output_tokens),
    )


def streaming(request):
    """The arguments of ``messages.stream``, which says ``stream`` itself."""
    keywords = asked(request)
    assert keywords.pop("stream") is True
    return keywords


def test_a_whole_answer():
    interactions = load(WHOLE).interactions
    client = anthropic.Anthropic(api_key="none")

    with use_cassette(WHOLE) as recorder:
        answers = [given(client.messages.create(**asked(it.request))) for it in interactions]

    assert answers == [recorded(interaction.response) for interaction in interactions]
    assert [name for _, name, _ in answers[0].calls] == ["add", "multiply"]
    assert recorder.played == interactions


async def test_an_async_whole_answer():
    interactions = load(WHOLE).interactions
    client = anthropic.AsyncAnthropic(api_key="none")

    with use_cassette(WHOLE):
        for interaction in interactions:
            message = await client.messages.create(**asked(interaction.request))
            assert given(message) == recorded(interaction.response)


def test_a_stream():
    interactions = load(STREAMED).interactions
    client = anthropic.Anthropic(api_key="none")

    with use_cassette(STREAMED) as recorder:
        for interaction in interactions:
            with client.messages.stream(**streaming(interaction.request)) as stream:
                pieces = list(stream.text_stream)
                message = stream.get_final_message()
            assert given(message) == recorded(interaction.response)
            assert "".join(pieces) == recorded(interaction.response).text
            assert len(pieces) > 1

    assert recorder.played == interactions


async def test_an_async_stream():
    interactions = load(STREAMED).interactions
    client = anthropic.AsyncAnthropic(api_key="none")

    with use_cassette(STREAMED):
        for interaction in interactions:
            async with client.messages.stream(**streaming(interaction.request)) as stream:
                message = await stream.get_final_message()
            assert given(message) == recorded(interaction.response)


def test_raw_events_are_those_of_the_data_lines():
    [first, _] = load(STREAMED).interactions
    client = anthropic.Anthropic(api_key="none")

    with use_cassette(STREAMED):
        events = [event.type for event in client.messages.create(**asked(first.request))]

    recorded_types = [event["type"] for event in data_lines(first.response)]
    assert events == [kind for kind in recorded_types if kind != "ping"]


def test_a_recorder_that_kept_no_headers_still_gives_a_stream():
    path = (
        CORPUS / "go-vcr-v2/cagent/e2e/testdata/cassettes/TestDebug_Title/Anthropic_Sonnet45.yaml"
    )
    [interaction] = load(path).interactions

    with (
        use_cassette(path),
        anthropic.Anthropic(api_key="none").messages.stream(
            **streaming(interaction.request)
        ) as stream,
    ):
        message = stream.get_final_message()

    assert given(message) == recorded(interaction.response)
    assert given(message).text
