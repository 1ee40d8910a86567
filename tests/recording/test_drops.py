"""A connection that breaks: the same pieces and the same exception class on replay."""

from __future__ import annotations

import threading

import pytest

from llmcassette import load, use_cassette
from tests.recording import wires
from tests.recording.callers import ask, library_of, replay
from tests.recording.provider_server import DROP, chunk, chunked_head

PIECES = wires.openai_chat_stream()


class Received(threading.Event):
    """Set by a caller, when it has so many pieces; a reset would throw away what is on its way."""

    def __init__(self, count):
        super().__init__()
        self.count = count

    def on_piece(self, count):
        if count == self.count:
            self.set()


def record_and_replay(server, path, make, **arguments):
    with use_cassette(path, mode="once"):
        live = ask(make, server.url, **arguments)
    server.stop()
    replayed = replay(path, make, server.url, **arguments)
    (interaction,) = load(path).interactions
    return live, replayed, interaction.response


def test_reset_in_the_middle(make, raw_server, path):
    received = Received(3)
    server = raw_server(chunked_head(), *map(chunk, PIECES[:3]), received, DROP)
    live, replayed, response = record_and_replay(server, path, make, on_piece=received.on_piece)
    assert live.error is library_of(make).ReadError
    assert (replayed.pieces, replayed.error) == (live.pieces, live.error)
    assert response.ended == "ReadError"
    assert response.body == b"".join(PIECES[:3])


def test_closed_in_the_middle_of_a_chunk(make, raw_server, path):
    half = chunk(PIECES[1])[:20]
    server = raw_server(chunked_head(), chunk(PIECES[0]), half)
    live, replayed, response = record_and_replay(server, path, make)
    assert live.error is library_of(make).RemoteProtocolError
    assert (replayed.pieces, replayed.error) == (live.pieces, live.error)
    assert response.ended == "RemoteProtocolError"
    assert response.body == live.body
    assert response.body.startswith(PIECES[0])


def test_fewer_bytes_than_content_length_says(make, raw_server, path):
    server = raw_server(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nonly this")
    live, replayed, response = record_and_replay(server, path, make)
    assert (replayed.pieces, replayed.error) == (live.pieces, live.error)
    assert live.error is library_of(make).RemoteProtocolError
    assert (response.body, response.ended) == (b"only this", "RemoteProtocolError")


def test_a_pause_longer_than_the_caller_waits(make, raw_server, path):
    def lose_patience(response):
        response.request.extensions["timeout"]["read"] = 0.05

    server = raw_server(chunked_head() + chunk(PIECES[0]), threading.Event())
    live, replayed, response = record_and_replay(server, path, make, on_head=lose_patience)
    assert live.error is library_of(make).ReadTimeout
    assert (replayed.pieces, replayed.error) == (live.pieces, live.error)
    assert (response.body, response.ended) == (PIECES[0], "ReadTimeout")


def test_an_error_after_the_terminal_event_is_kept_as_one(make, raw_server, path):
    """The caller did read on, and saw it."""
    received = Received(len(PIECES))
    server = raw_server(chunked_head(), *map(chunk, PIECES), received, DROP)
    live, replayed, response = record_and_replay(server, path, make, on_piece=received.on_piece)
    assert live.error is library_of(make).ReadError
    assert replayed.error is live.error
    assert response.ended == "ReadError"


@pytest.mark.parametrize(
    ("actions", "kind"),
    [([], "protocol"), ([b"HTTP/1.1 200 OK\r\ncontent-"], "protocol"), ([DROP], "read")],
)
def test_a_connection_that_breaks_before_the_answer_is_recorded(
    make, actions, kind, raw_server, path
):
    server = raw_server(*actions)
    raised = []
    for mode in ("once", "none"):
        with use_cassette(path, mode=mode), pytest.raises(library_of(make).TransportError) as error:
            ask(make, server.url)
        raised.append(error.type)
    assert raised[0] is raised[1]
    [interaction] = load(path).interactions
    assert (interaction.response.code, interaction.response.ended) == (0, kind)


def test_a_host_that_cannot_be_reached_is_the_librarys_own_error(make, raw_server, path):
    server = raw_server()
    server.stop()
    for mode in ("once", "none"):
        with use_cassette(path, mode=mode), pytest.raises(library_of(make).ConnectError):
            ask(make, server.url)
    assert load(path).interactions[0].response.ended == "connect"


def test_an_sdk_gets_the_same_error_from_both(raw_server, path):
    openai = pytest.importorskip("openai")
    received = Received(3)
    server = raw_server(chunked_head(), *map(chunk, PIECES[:3]), received, DROP)

    def call():
        words = []

        def read(stream):
            for piece in stream:
                words.append(piece.choices[0].delta.content)
                received.on_piece(len(words))

        with openai.OpenAI(api_key="none", base_url=server.url) as client:
            stream = client.chat.completions.create(
                model="m", messages=[{"role": "user", "content": "hi"}], stream=True
            )
            with pytest.raises(Exception, match=r".") as raised:
                read(stream)
        return words, type(raised.value)

    with use_cassette(path, mode="once"):
        live = call()
    server.stop()
    with use_cassette(path):
        assert call() == live
