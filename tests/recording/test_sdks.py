"""Recorded through the unmodified SDKs, replayed with the server gone."""

from __future__ import annotations

import pytest

from llmcassette import load, use_cassette
from tests.recording import wires
from tests.recording.provider_server import Answer
from tests.recording.sdk_calls import SDKS


@pytest.fixture(params=SDKS, ids=lambda make: make.__name__)
def sdk(request):
    return request.param()


@pytest.fixture(params=[False, True], ids=["sync", "async"])
def is_async(request):
    return request.param


def streamed(sdk, pieces):
    return Answer(pieces, 200, {"content-type": sdk.stream_type})


def record_and_replay(provider, path, call):
    """What the SDK made of it, live and replayed, and the interactions in the file."""
    # google-genai sends through aiohttp, and this process listens itself.
    with use_cassette(path, mode="once", serve_hosts=["127.0.0.1"]):
        live = call()
    provider.gone()
    with use_cassette(path, serve_hosts=["127.0.0.1"]) as recorder:
        replayed = call()
    assert recorder.unplayed == ()
    return live, replayed, load(path).interactions


def test_a_whole_answer(sdk, is_async, provider, path):
    provider.will_answer(Answer.json(sdk.whole()))
    live, replayed, (interaction,) = record_and_replay(
        provider, path, lambda: sdk.call(provider.url, streamed=False, is_async=is_async)
    )
    assert sdk.text(live) == wires.TEXT
    assert replayed == live
    assert interaction.response.chunks is None


def test_a_streamed_answer_comes_in_the_same_pieces(sdk, is_async, provider, path):
    pieces = sdk.stream()
    provider.will_answer(streamed(sdk, pieces))
    live, replayed, (interaction,) = record_and_replay(
        provider, path, lambda: sdk.call(provider.url, streamed=True, is_async=is_async)
    )
    assert sdk.text(live) == wires.TEXT
    assert replayed == live
    assert [chunk.size for chunk in interaction.response.chunks] == list(map(len, pieces))
    assert interaction.response.body == b"".join(pieces)
    assert interaction.response.ended == ""


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
def test_tool_calls(sdk, stream, provider, path):
    answer = streamed(sdk, sdk.stream(tools=True)) if stream else Answer.json(sdk.whole(tools=True))
    provider.will_answer(answer)
    live, replayed, _ = record_and_replay(
        provider, path, lambda: sdk.call(provider.url, streamed=stream, is_async=False)
    )
    assert "Köln" in str(live)
    assert replayed == live


def test_pieces_cut_inside_events_and_characters(sdk, is_async, provider, path):
    pieces = wires.cut_anywhere(sdk.stream())
    provider.will_answer(streamed(sdk, pieces))
    live, replayed, (interaction,) = record_and_replay(
        provider, path, lambda: sdk.call(provider.url, streamed=True, is_async=is_async)
    )
    assert sdk.text(live) == wires.TEXT
    assert replayed == live
    assert [chunk.size for chunk in interaction.response.chunks] == list(map(len, pieces))


@pytest.mark.parametrize("status", [400, 401, 404])
def test_an_error_is_recorded_like_any_answer(sdk, status, provider, path):
    provider.will_answer(Answer.json(sdk.error(status, "no such luck"), status))

    def call():
        with pytest.raises(Exception, match="no such luck") as raised:
            sdk.call(provider.url, streamed=False, is_async=False)
        code = getattr(raised.value, "status_code", getattr(raised.value, "code", None))
        return type(raised.value), code, str(raised.value)

    live, replayed, (interaction,) = record_and_replay(provider, path, call)
    assert replayed == live
    assert live[1] == status
    assert interaction.response.code == status


def test_retries_are_interactions_of_their_own(sdk, is_async, provider, path):
    if not sdk.retries:
        pytest.skip("this SDK does not retry")
    busy = Answer.json(sdk.error(429, "busy"), 429, retry_after_ms="1", retry_after="0")
    provider.will_answer(busy, busy, Answer.json(sdk.whole()))
    live, replayed, interactions = record_and_replay(
        provider, path, lambda: sdk.call(provider.url, streamed=False, is_async=is_async)
    )
    assert sdk.text(live) == wires.TEXT
    assert replayed == live
    assert [one.response.code for one in interactions] == [429, 429, 200]


def test_a_server_error_that_stays(sdk, provider, path):
    attempts = 3 if sdk.retries else 1
    provider.will_answer(Answer.json(sdk.error(503, "down"), 503, retry_after_ms="1"))

    def call():
        with pytest.raises(Exception, match="down") as raised:
            sdk.call(provider.url, streamed=False, is_async=False)
        return type(raised.value)

    live, replayed, interactions = record_and_replay(provider, path, call)
    assert replayed is live
    assert [one.response.code for one in interactions] == [503] * attempts


def test_the_gaps_of_a_stream_are_kept(counted, provider, path):
    sdk = SDKS[0]()
    pieces = sdk.stream()
    provider.will_answer(streamed(sdk, pieces))
    _, _, (interaction,) = record_and_replay(
        provider, path, lambda: sdk.call(provider.url, streamed=True, is_async=False)
    )
    assert interaction.response.duration == 1
    assert [chunk.gap for chunk in interaction.response.chunks] == [1] * len(pieces)
