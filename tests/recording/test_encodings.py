"""Compressed answers: the caller gets them as sent, the cassette has them decoded."""

from __future__ import annotations

import gzip

import httpx
import pytest

from llmcassette import Chunk, load, use_cassette
from tests.recording import wires
from tests.recording.callers import ask, replay
from tests.recording.provider_server import Answer
from tests.streams import coders
from tests.streams.coders import CODINGS, Gzip

PLAIN = wires.openai_chat_stream()
BODY = b"".join(PLAIN)


def coded(compressor):
    return coders.coded(compressor, PLAIN)


@pytest.fixture(params=CODINGS)
def coding(request):
    return request.param


def test_the_caller_gets_the_bytes_as_they_were_sent(make, coding, provider, path):
    sent = coded(CODINGS[coding]())
    provider.will_answer(Answer.sse(sent, content_encoding=coding))
    with use_cassette(path, mode="once"):
        got = ask(make, provider.url)
    assert got.pieces == sent
    assert got.headers["content-encoding"] == coding


def test_the_cassette_has_them_decoded_in_the_pieces_they_came_in(coding, provider, path):
    import httpx2

    provider.will_answer(Answer.sse(coded(CODINGS[coding]()), content_encoding=coding))
    with use_cassette(path, mode="once"):
        ask(httpx2.Client, provider.url)
    (interaction,) = load(path).interactions
    response = interaction.response
    assert response.body == BODY
    assert response.uncompressed
    assert "content-encoding" not in response.headers
    assert response.content_length == -1
    assert [chunk.size for chunk in response.chunks] == list(map(len, PLAIN))


def test_replay_gives_them_decoded_to_whoever_asks_for_text(make, coding, provider, path):
    provider.will_answer(Answer.sse(coded(CODINGS[coding]()), content_encoding=coding))
    with use_cassette(path, mode="once"):
        live = ask(make, provider.url, raw=coding == "x-gzip")
    provider.gone()
    got = replay(path, make, provider.url, raw=False)
    assert got.body == BODY
    if coding != "x-gzip":  # which clients do not know
        assert got.body == live.body


def test_a_whole_compressed_answer(provider, path):
    body = gzip.compress(b'{"text": "hello"}')
    headers = {
        "content-type": "application/json",
        "content-encoding": "gzip",
        "content-length": str(len(body)),
    }
    provider.will_answer(Answer([body], 200, headers))
    with use_cassette(path, mode="once"):
        assert httpx.get(provider.url).json() == {"text": "hello"}
    (interaction,) = load(path).interactions
    assert interaction.response.body == b'{"text": "hello"}'
    assert interaction.response.content_length == -1
    assert "content-length" not in interaction.response.headers
    with use_cassette(path, mode="none"):
        assert httpx.get(provider.url).json() == {"text": "hello"}


def test_a_compressed_answer_closed_after_its_terminal_event_is_complete(provider, path):
    sent = coded(Gzip())
    provider.will_answer(Answer.sse(sent, content_encoding="gzip"))
    with use_cassette(path, mode="once"):
        ask(httpx.Client, provider.url, stop_after=len(PLAIN))
    (interaction,) = load(path).interactions
    assert (interaction.response.body, interaction.response.ended) == (BODY, "")


def test_the_time_of_a_piece_that_decodes_to_nothing_goes_to_the_next(counted, provider, path):
    event = b"data: 1\n\n"
    coded = gzip.compress(event)
    head, rest = coded[:10], coded[10:]  # the header of gzip holds no text
    headers = {"content-type": "text/event-stream", "content-encoding": "gzip"}
    provider.will_answer(Answer([head, rest], headers=headers))
    with use_cassette(path, mode="once"):
        ask(httpx.Client, provider.url)
    (interaction,) = load(path).interactions
    assert interaction.response.chunks == (Chunk(len(event), 2),)


def test_an_answer_in_an_unknown_coding_stays_as_it_was(make, provider, path):
    headers = {"content-type": "text/plain", "content-encoding": "secret-sauce"}
    provider.will_answer(Answer([b"abc", b"def"], 200, headers))
    with use_cassette(path, mode="once"):
        ask(make, provider.url)
    (interaction,) = load(path).interactions
    assert interaction.response.body == b"abcdef"
    assert not interaction.response.uncompressed
