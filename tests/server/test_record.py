"""What the recording proxy passes on, and what it records."""

from __future__ import annotations

import gzip
import os
import threading

import httpx
import pytest

import llmcassette
from llmcassette.recorder.opening import open_cassette
from llmcassette.recorder.settings import Layer, merge
from llmcassette.server.app import Listener
from llmcassette.server.background import LOOPBACK, Background, listening
from llmcassette.server.recording import Recorded
from llmcassette.server.upstreams import Upstreams
from tests.recording.provider_server import (
    DROP,
    Answer,
    Provider,
    RawServer,
    chunk,
    chunked_head,
)
from tests.server.client import Asking, ask

KEY = "sk-" + "proj-4f9a1c7e2b8d6053f1e9"
EVENTS = [b'data: {"n": 1}\n\n', b'data: {"n": 2}\n\n', b"data: [DONE]\n\n"]


@pytest.fixture(scope="module")
def provider():
    provider = Provider()
    yield provider
    provider.stop()


class Mounted:
    """The proxy of the test that runs just now."""

    now = None

    def get(self, name):
        return self.now.get(name)

    def all(self):
        return self.now.all()

    def reset(self, name):
        self.now.reset(name)


@pytest.fixture(scope="module")
def mounted():
    return Mounted()


@pytest.fixture(scope="module")
def url(mounted):
    with Background(mounted, listening(LOOPBACK, 0), Listener()) as server:
        yield server.url


@pytest.fixture
def record(url, provider, mounted, tmp_path):
    """Record from these upstreams, at first only from the provider; returns the open cassette."""
    opened = []
    provider.reset()

    def record(*upstreams, mode="once", **settings):
        layers = [Layer("the test", settings)]
        cassette = open_cassette(
            tmp_path / "made.yaml", mode=mode, settings=merge(layers), remedy=""
        )
        opened.append(cassette)
        mounted.now = Recorded(cassette, Upstreams(upstreams or [provider.url]))
        return cassette

    yield record
    for cassette in opened:
        cassette.close()


def saved(cassette):
    cassette.close()
    return llmcassette.load(cassette.path).interactions


def test_a_request_goes_on_as_it_came_and_its_answer_comes_back(record, provider, url):
    provider.will_answer(Answer.json({"id": 1}, status=201, x_request_id="req_1"))
    cassette = record()
    got = ask(
        f"{url}/v1/x?a=%2F", body=b'{"q": 1}', authorization=f"Bearer {KEY}", x_other="b",
        connection="close, x-other", te="trailers", content_type="application/json",
    )  # fmt: skip
    assert (got.code, got.json, got.headers["x-request-id"]) == (201, {"id": 1}, "req_1")
    [asked] = provider.asked
    assert (asked.method, asked.path, asked.body) == ("POST", "/v1/x?a=%2F", b'{"q": 1}')
    host = provider.url.removeprefix("http://")
    assert asked.headers == {
        "host": host,
        "authorization": f"Bearer {KEY}",
        "content-type": "application/json",
        "content-length": "8",
    }
    [interaction] = saved(cassette)
    assert interaction.request.url == f"{provider.url}/v1/x?a=%2F"
    assert interaction.response.body == b'{"id": 1}'
    assert KEY.encode() not in cassette.path.read_bytes()


def test_pieces_are_passed_on_at_once_and_recorded_as_they_came(record, provider, url):
    passed = threading.Event()
    provider.will_answer(Answer.sse([EVENTS[0], passed, EVENTS[1], EVENTS[2]]))
    cassette = record()
    asking = Asking(f"{url}/v1/chat/completions", body=b"{}")
    assert asking.until(1).chunks == EVENTS[:1]  # the provider waits until now
    passed.set()
    assert asking.rest().body == b"".join(EVENTS)
    [interaction] = saved(cassette)
    assert interaction.response.body == b"".join(EVENTS)
    assert interaction.response.chunks[0].size == len(EVENTS[0])
    assert interaction.response.ended == ""


def test_the_file_replays_in_a_python_client(record, provider, url):
    provider.will_answer(Answer.sse(EVENTS))
    cassette = record()
    ask(f"{url}/v1/chat/completions", body=b'{"a": 1}', content_type="application/json")
    saved(cassette)
    with llmcassette.use_cassette(cassette.path), httpx.Client() as client:
        answer = client.post(f"{provider.url}/v1/chat/completions", json={"a": 1})
    assert answer.content == b"".join(EVENTS)


def test_a_compressed_answer_stays_so_for_the_client_and_not_in_the_file(record, provider, url):
    packed = gzip.compress(b'{"text": "plain"}')
    headers = {"content-type": "application/json", "content-encoding": "gzip"}
    provider.will_answer(Answer([packed], 200, headers))
    cassette = record()
    got = ask(f"{url}/v1/x", "GET", accept_encoding="gzip")
    assert (got.headers["content-encoding"], got.body) == ("gzip", packed)
    [interaction] = saved(cassette)
    assert interaction.response.body == b'{"text": "plain"}'


def test_several_upstreams_have_a_path_each(record, provider, url):
    other = Provider()
    try:
        for each in (provider, other):
            each.will_answer(Answer.json({"port": each.port}))
        cassette = record(provider.url, other.url)
        for each in (other, provider):
            got = ask(f"{url}/127.0.0.1:{each.port}/v1/x", "GET")
            assert got.json == {"port": each.port}
        urls = [interaction.request.url for interaction in saved(cassette)]
        assert urls == [f"{other.url}/v1/x", f"{provider.url}/v1/x"]
    finally:
        other.stop()


def test_an_upstream_that_is_not_there_is_a_502_and_recorded_as_no_answer(record, url):
    with listening(LOOPBACK, 0) as sock:
        port = sock.getsockname()[1]
    cassette = record(f"http://127.0.0.1:{port}")
    got = ask(f"{url}/v1/chat/completions", body=b"{}")
    assert got.code == 502
    message = got.json["error"]["message"]
    assert message.startswith(f"llmcassette: 127.0.0.1:{port} could not be reached: ConnectError: ")
    [interaction] = saved(cassette)
    assert (interaction.response.code, interaction.response.ended) == (0, "connect")


def test_an_upstream_that_breaks_off_does_so_for_the_client_too(record, url):
    for rest, ended in (((), "RemoteProtocolError"), ((DROP,), "ReadError")):
        upstream = RawServer(chunked_head() + chunk(EVENTS[0]), *rest)
        cassette = record(upstream.url, mode="all")
        got = ask(f"{url}/v1/chat/completions", body=b"{}")
        upstream.stop()
        assert (got.code, got.body, got.ended) == (200, EVENTS[0], False)
        *_, interaction = saved(cassette)
        assert (interaction.response.body, interaction.response.ended) == (EVENTS[0], ended)


def test_a_client_that_leaves_ends_the_request_to_the_provider(record, provider, url):
    never = threading.Event()
    provider.will_answer(Answer.sse([EVENTS[0], never]))
    cassette = record()
    asking = Asking(f"{url}/v1/chat/completions", body=b"{}")
    asking.until(1)
    asking.close()
    wait_for(lambda: cassette.recorded)
    never.set()
    [interaction] = saved(cassette)
    assert (interaction.response.body, interaction.response.ended) == (EVENTS[0], "waiting")


def test_a_client_that_leaves_before_the_answer_is_recorded_as_such(record, provider, url):
    never = threading.Event()
    provider.will_answer(Answer.json({}, 200))
    provider.answers[0].after = never
    cassette = record()
    asking = Asking(f"{url}/v1/chat/completions", body=b"{}")
    wait_for(lambda: provider.asked)
    asking.close()
    wait_for(lambda: cassette.recorded)
    never.set()
    [interaction] = saved(cassette)
    assert (interaction.response.code, interaction.response.ended) == (0, "cancelled")


def wait_for(condition):
    """Give other threads their turn until something is so."""
    over = threading.Event()
    for _ in range(6_000):
        if condition():
            return
        over.wait(0.01)
    raise AssertionError("it never came")


def test_new_episodes_replays_what_it_has_and_records_the_rest(record, provider, url):
    provider.will_answer(Answer.json({"n": 1}), Answer.json({"n": 2}))
    cassette = record()
    assert ask(f"{url}/v1/a", "GET").json == {"n": 1}
    saved(cassette)
    cassette = record(mode="new_episodes")
    assert ask(f"{url}/v1/a", "GET").json == {"n": 1}
    assert ask(f"{url}/v1/b", "GET").json == {"n": 2}
    assert [each.request.url[-2:] for each in saved(cassette)] == ["/a", "/b"]
    assert [asked.path for asked in provider.asked] == ["/v1/a", "/v1/b"]


def test_a_placeholder_for_a_key_is_refused(record, provider, url):
    record()
    got = ask(f"{url}/v1/x", body=b"{}", authorization="Bearer placeholder-for-replay")
    assert got.code == 400
    assert "carries a placeholder in the place of a key" in got.json["error"]["message"]
    assert provider.asked == []


def test_proxies_of_the_environment_are_obeyed(record, provider, url, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", provider.url)
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.setenv(name, "127.0.0.1")
    assert "HTTP_PROXY" in os.environ
    provider.will_answer(Answer.json({"via": "proxy"}))
    with Background(
        Recorded(record("http://upstream.example"), Upstreams(["http://upstream.example"])),
        listening(LOOPBACK, 0),
        Listener(),
    ) as server:
        assert ask(f"{server.url}/v1/x", "GET").json == {"via": "proxy"}
    assert provider.asked[0].headers["host"] == "upstream.example"
