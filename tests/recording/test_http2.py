from __future__ import annotations

import asyncio
import threading

import httpx
import httpx2
import pytest

from llmcassette import load, use_cassette
from tests.recording import wires
from tests.recording.provider_server import Answer, Provider

pytest.importorskip("h2", reason="HTTP/2 needs h2")
pytest.importorskip("hypercorn", reason="the server for HTTP/2")

PIECES = wires.openai_chat_stream()


@pytest.fixture(scope="module")
def _http2_provider():
    running = Provider(http2=True)
    yield running
    running.stop()


@pytest.fixture
def provider(_http2_provider):
    _http2_provider.reset()
    yield _http2_provider
    assert _http2_provider.asked_when_gone == []


@pytest.fixture(params=[httpx, httpx2], ids=lambda library: library.__name__)
def library(request):
    return request.param


def stream(library, url, stop_after=None):
    with (
        library.Client(http1=False, http2=True) as client,
        client.stream("POST", url + "/v1/chat/completions", json={}) as response,
    ):
        pieces = []
        for piece in response.iter_raw():
            pieces.append(piece)
            if len(pieces) == stop_after:
                break
        return response.http_version, response.reason_phrase, pieces


def test_a_stream_over_http_2(library, provider, path):
    received = [threading.Event() for _ in PIECES]
    provider.will_answer(
        Answer.sse([part for pair in zip(PIECES, received, strict=True) for part in pair])
    )
    for event in received:
        event.set()
    with use_cassette(path, mode="once"):
        live = stream(library, provider.url)
    provider.gone()
    (interaction,) = load(path).interactions
    response = interaction.response
    assert live[0] == "HTTP/2"
    assert (response.proto, response.proto_major, response.proto_minor) == ("HTTP/2.0", 2, 0)
    assert response.status == "200 OK"
    assert response.body == b"".join(PIECES)
    assert response.headers["Content-Type"] == "text/event-stream; charset=utf-8"
    assert "Content-Type" in dict(response.headers.fields)  # as go-vcr looks it up
    with use_cassette(path):
        assert stream(library, provider.url) == live


def test_closed_after_the_terminal_event(library, provider, path):
    never = threading.Event()
    body = b"".join(PIECES)
    provider.will_answer(Answer.sse([body, never]))
    with use_cassette(path, mode="once"):
        stream(library, provider.url, stop_after=1)
    never.set()
    (interaction,) = load(path).interactions
    assert (interaction.response.ended, interaction.response.body) == ("", body)


def test_streams_of_one_connection_side_by_side(library, provider, path):
    provider.will_answer(Answer.sse([PIECES[0], 0.02, *PIECES[1:]]))

    async def call():
        async with library.AsyncClient(http1=False, http2=True) as client:
            answers = [client.post(f"{provider.url}/{n}", json={"n": n}) for n in range(5)]
            return [answer.content for answer in await asyncio.gather(*answers)]

    with use_cassette(path, mode="once"):
        live = asyncio.run(call())
    provider.gone()
    assert live == [b"".join(PIECES)] * 5
    with use_cassette(path):
        assert asyncio.run(call()) == live
