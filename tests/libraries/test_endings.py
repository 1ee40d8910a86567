"""Answers that break off or never come: replay raises the same errors of the library as live."""

from __future__ import annotations

import threading
from itertools import chain

import pytest

from llmcassette import ReplayError, load, use_cassette
from tests.libraries.callers import OF_HTTPX, PATH, ask
from tests.recording import wires
from tests.recording.provider_server import DROP, chunk, chunked_head

PIECES = wires.openai_chat_stream()[:2]
SERVED = {"serve_hosts": ["127.0.0.1"], "ignore_query": ["x-id"]}


def begun():
    """Two pieces, of which each is sent when the caller has the one before.

    A reset would throw away what is on its way.
    """
    received = [threading.Event() for _ in PIECES]
    pairs = zip(map(chunk, PIECES), received, strict=True)
    return [chunked_head(), *chain(*pairs)], lambda count: [each.set() for each in received[:count]]


ENDINGS = {
    "reset in the body": ((DROP,), "ReadError"),
    "closed in the body": ((), "RemoteProtocolError"),
    "closed within a chunk": ((b"20\r\nhalf of it",), "RemoteProtocolError"),
    "silent in the body": ((threading.Event(),), "ReadTimeout"),
}


@pytest.mark.parametrize("name", ENDINGS)
def test_a_body_that_breaks_off_does_so_in_replay(library, name, raw_server, path):
    actions, ended = ENDINGS[name]
    begin, on_piece = begun()
    server = raw_server(*begin, *actions)
    url = f"{server.url}{PATH}"
    reading = {"on_piece": on_piece, "timeout": 0.3 if "silent" in name else 60}
    with use_cassette(path, mode="rewrite", **SERVED):
        live = ask(library, url, **reading)
    server.stop()
    with use_cassette(path, **SERVED):
        replayed = ask(library, url, **reading)
    assert live.kinds
    if name == "closed within a chunk" and library in {"requests", "urllib3", "boto3"}:
        # urllib3 hands on whole chunks only; the recorded piece is one in replay.
        assert type(replayed.error) is type(live.error)
        assert replayed.body.startswith(live.body)
    else:
        assert (replayed.kinds, replayed.body) == (live.kinds, live.body)
    (interaction,) = load(path).interactions
    assert interaction.response.ended == ended


def test_a_body_shorter_than_its_length_is_so_in_replay(library, raw_server, path):
    server = raw_server(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nonly this")
    url = f"{server.url}{PATH}"
    with use_cassette(path, mode="rewrite", **SERVED):
        live = ask(library, url)
    server.stop()
    with use_cassette(path, **SERVED):
        replayed = ask(library, url)
    assert (replayed.kinds, replayed.body) == (live.kinds, live.body)
    (interaction,) = load(path).interactions
    assert interaction.response.body == b"only this"


NO_ANSWER = {
    "refused": (None, "connect"),
    "closed": ((), "protocol"),
    "reset": ((DROP,), "read"),
    "silent": ((threading.Event(),), "read-timeout"),
}


@pytest.mark.parametrize("name", NO_ANSWER)
def test_a_request_without_an_answer_has_none_in_replay(library, name, raw_server, path):
    actions, ended = NO_ANSWER[name]
    server = raw_server(*(actions or ()))
    if actions is None:
        server.stop()
    url = f"{server.url}{PATH}"
    with use_cassette(path, mode="rewrite", **SERVED):
        live = ask(library, url, timeout=0.3)
    server.stop()
    with use_cassette(path, **SERVED):
        replayed = ask(library, url, timeout=0.3)
    assert live.kinds
    assert replayed.kinds == live.kinds
    kinds = {interaction.response.ended for interaction in load(path).interactions}
    assert kinds == {ended}


def test_a_name_that_is_unknown_is_so_in_replay(library, path):
    url = f"http://unknown.invalid{PATH}"
    with use_cassette(path, mode="rewrite", **SERVED):
        live = ask(library, url)
    with use_cassette(path, **SERVED):
        replayed = ask(library, url)
    assert live.kinds
    assert replayed.kinds == live.kinds
    assert {each.response.ended for each in load(path).interactions} == {"dns"}


def test_what_is_no_http_cannot_be_recorded(library, raw_server, path):
    server = raw_server(b"what is this\r\n\r\n")
    url = f"{server.url}{PATH}"
    with use_cassette(path, mode="rewrite", **SERVED) as recorder:
        if library in OF_HTTPX:
            assert type(ask(library, url).error).__name__ == "RemoteProtocolError"
        else:
            with pytest.raises(ReplayError, match=r"an answer of 127\.0\.0\.1:\d+ is no HTTP/1\.1"):
                ask(library, url)
            assert len(recorder.errors) == 1
            assert recorder.recorded == ()
