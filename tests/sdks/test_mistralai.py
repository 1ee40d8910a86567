"""mistralai (httpx2), chat, recorded from Mistral by a Go program in the wire's own words."""

from __future__ import annotations

from mistralai.client import Mistral

from llmcassette import load, use_cassette
from tests.corpus import CORPUS, needs_corpus
from tests.sdks.answers import given_chat, given_chat_stream, recorded_chat
from tests.sdks.rewriting import asked

pytestmark = needs_corpus

SCOREBOARD = CORPUS / "go-vcr-v2/genai/providers/mistral/testdata/TestClient/Scoreboard"
WHOLE = SCOREBOARD / "mistral-small-latest/GenSync-Tools-ToolBias-Canada.yaml"
STREAMED = SCOREBOARD / "mistral-vibe-cli-latest/GenStream-Tools-ToolBias-Canada.yaml"


def keywords(interaction):
    """``complete`` and ``stream`` say ``stream`` themselves."""
    fields = asked(interaction.request)
    del fields["stream"]
    return fields


def test_a_whole_answer():
    [interaction] = load(WHOLE).interactions

    with use_cassette(WHOLE) as recorder:
        answer = given_chat(Mistral(api_key="none").chat.complete(**keywords(interaction)))

    assert answer == recorded_chat(interaction.response)
    assert answer.calls == [("aazTevq2Z", "best_country", {"country": "Canada"})]
    assert recorder.played == (interaction,)


async def test_an_async_whole_answer():
    [interaction] = load(WHOLE).interactions

    with use_cassette(WHOLE):
        completion = await Mistral(api_key="none").chat.complete_async(**keywords(interaction))

    assert given_chat(completion) == recorded_chat(interaction.response)


def test_a_stream():
    [interaction] = load(STREAMED).interactions

    with use_cassette(STREAMED):
        stream = Mistral(api_key="none").chat.stream(**keywords(interaction))
        answer = given_chat_stream([event.data for event in stream])

    assert answer == recorded_chat(interaction.response)
    assert [arguments["country"] for _, _, arguments in answer.calls] == ["Canada", "USA"]


async def test_an_async_stream():
    [interaction] = load(STREAMED).interactions

    with use_cassette(STREAMED):
        stream = await Mistral(api_key="none").chat.stream_async(**keywords(interaction))
        answer = given_chat_stream([event.data async for event in stream])

    assert answer == recorded_chat(interaction.response)
