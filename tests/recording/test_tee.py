"""The caller gets each piece when the socket gives it, and exactly that piece."""

from __future__ import annotations

import asyncio
import threading

import pytest

from llmcassette import load, use_cassette
from tests.recording import wires
from tests.recording.callers import ask, replay
from tests.recording.provider_server import Answer

PIECES = wires.openai_chat_stream()


def test_a_piece_is_handed_on_before_the_next_one_is_sent(make, provider, path):
    """The server sends a piece only when the caller has told that it holds the one before."""
    received = [threading.Event() for _ in PIECES]
    script = [part for pair in zip(PIECES, received, strict=True) for part in pair]
    provider.will_answer(Answer.sse(script))
    with use_cassette(path, mode="once"):
        got = ask(make, provider.url, on_piece=lambda count: received[count - 1].set())
    assert got.pieces == PIECES


def test_pieces_that_come_at_once_are_not_joined(make, provider, path):
    provider.will_answer(Answer.sse(PIECES))
    unrecorded = ask(make, provider.url)
    with use_cassette(path, mode="once"):
        got = ask(make, provider.url)
    assert got.pieces == unrecorded.pieces == PIECES


def test_replay_gives_the_same_pieces(make, provider, path):
    provider.will_answer(Answer.sse(wires.cut_anywhere(PIECES, 11)))
    with use_cassette(path, mode="once"):
        got = ask(make, provider.url)
    provider.gone()
    assert replay(path, make, provider.url).pieces == got.pieces


def test_what_one_library_recorded_the_other_replays(make, provider, path):
    from tests.recording.conftest import CLIENTS

    provider.will_answer(Answer.sse(PIECES))
    with use_cassette(path, mode="once"):
        ask(make, provider.url)
    provider.gone()
    for other in CLIENTS.values():
        assert replay(path, other, provider.url).pieces == PIECES


def test_an_answer_read_at_once_is_recorded(provider, path):
    import httpx

    provider.will_answer(Answer.json({"text": "Grüße"}))
    with use_cassette(path, mode="once"):
        assert httpx.post(provider.url, json={}).json() == {"text": "Grüße"}
    (interaction,) = load(path).interactions
    assert interaction.response.body == b'{"text": "Gr\\u00fc\\u00dfe"}'
    assert interaction.response.chunks is None


@pytest.mark.parametrize("status", [204, 304])
def test_an_answer_without_a_body(make, status, provider, path):
    provider.will_answer(Answer(status=status, headers={"content-type": "text/plain"}))
    with use_cassette(path, mode="once"):
        ask(make, provider.url, method="GET")
    (interaction,) = load(path).interactions
    assert (interaction.response.code, interaction.response.ended) == (status, "")
    got = replay(path, make, provider.url, method="GET")
    assert (got.status, got.body) == (status, b"")


def test_redirects_are_recorded_hop_by_hop(make, provider, path):
    provider.will_answer(
        Answer(status=307, headers={"location": "/v2", "content-length": "0"}),
        Answer.json({"moved": True}),
    )
    arguments = {"json": {"a": 1}, "follow_redirects": True}
    with use_cassette(path, mode="once"):
        got = ask(make, provider.url + "/v1", **arguments)
    provider.gone()
    assert [one.response.code for one in load(path).interactions] == [307, 200]
    assert replay(path, make, provider.url + "/v1", **arguments).body == got.body


def test_two_streams_side_by_side_in_threads(provider, path):
    """Each recording holds its own pieces, and they are in the order of asking."""
    import httpx

    first_began = threading.Event()
    other = wires.anthropic_stream()
    provider.will_answer(Answer.sse([PIECES[0], first_began, *PIECES[1:]]), Answer.sse(other))
    with use_cassette(path, mode="once") as recorder:

        def read_second(count):
            if count == 1:
                thread.start()
                thread.join(60)
                first_began.set()

        seen = []
        thread = threading.Thread(
            target=lambda: seen.append(ask(httpx.Client, provider.url + "/second"))
        )
        first = ask(httpx.Client, provider.url + "/first", on_piece=read_second)
    assert first.pieces == PIECES
    assert seen[0].pieces == other
    assert [one.response.body for one in recorder.recorded] == [b"".join(PIECES), b"".join(other)]


def test_a_transport_of_the_users_own_that_answers_whole(path):
    import httpx

    class Own(httpx.BaseTransport):
        def handle_request(self, request):
            return httpx.Response(200, text="made here")

    with use_cassette(path, mode="once"), httpx.Client(transport=Own()) as client:
        assert client.get("http://test/").text == "made here"
    with use_cassette(path, mode="none"), httpx.Client() as client:
        assert client.get("http://test/").text == "made here"


def test_a_transport_of_the_users_own_that_reads_the_answer_first(provider, path):
    """Such as one that logs or retries: the client never asks the stream for anything then."""
    import httpx

    class Reading(httpx.HTTPTransport):
        def handle_request(self, request):
            response = super().handle_request(request)
            response.read()
            return response

    provider.will_answer(Answer.sse(PIECES))
    with use_cassette(path, mode="once"), httpx.Client(transport=Reading()) as client:
        assert client.post(provider.url, json={}).content == b"".join(PIECES)
    (interaction,) = load(path).interactions
    assert (interaction.response.body, interaction.response.ended) == (b"".join(PIECES), "")


def test_a_transport_of_the_users_own_that_reads_a_compressed_answer_first(provider, path):
    import gzip

    import httpx

    class Reading(httpx.AsyncHTTPTransport):
        async def handle_async_request(self, request):
            response = await super().handle_async_request(request)
            await response.aread()
            return response

    async def call():
        async with httpx.AsyncClient(transport=Reading()) as client:
            return (await client.post(provider.url, json={})).content

    body = gzip.compress(b"".join(PIECES))
    provider.will_answer(Answer.sse([body], content_encoding="gzip"))
    with use_cassette(path, mode="once"):
        assert asyncio.run(call()) == b"".join(PIECES)
    (interaction,) = load(path).interactions
    assert (interaction.response.body, interaction.response.uncompressed) == (
        b"".join(PIECES),
        True,
    )
    with use_cassette(path, mode="none"):
        assert asyncio.run(call()) == b"".join(PIECES)
