"""What gets no answer or no end: a timeout with a fallback, a hedged request, a subscription."""

from __future__ import annotations

import asyncio
import socket
import subprocess
import sys
import threading

import httpx
import httpx2
import pytest

from llmcassette import Cassette, Interaction, Request, Response, dump, load, use_cassette
from tests.recording.callers import is_async, library_of
from tests.recording.scripted_server import ScriptedServer, closed_port

SLOW = {"status": 0, "pieces": [], "end": "hang"}
FAST = {"status": 200, "type": "text/plain", "pieces": [[0, "fast"]], "end": "whole"}
STANDING = {
    "status": 200, "type": "text/event-stream", "pieces": [[0, "data: 1\n\n"]], "end": "hang",
}  # fmt: skip


@pytest.fixture(scope="module")
def server():
    running = ScriptedServer()
    yield running
    running.stop()


@pytest.fixture
def both(path, server):
    """Call a function while it is recorded, and again in replay; what it returned both times."""

    def call(function, **settings):
        results = []
        for mode in ("once", "none"):
            asked = server.asked
            with use_cassette(path, mode=mode, **settings) as recorder:
                results.append(function())
        assert (server.asked, recorder.errors, recorder.unplayed) == (asked, (), ())
        return results

    return call


def endings(path):
    return [(one.response.code, one.response.ended) for one in load(path).interactions]


def post(make, url, **arguments):
    """One answer's text, by a client of its own."""

    async def call():
        async with make(verify=False) as client:
            return (await client.post(url, **arguments)).text

    if is_async(make):
        return asyncio.run(call())
    with make(verify=False) as client:
        return client.post(url, **arguments).text


def test_a_timeout_with_a_fallback(make, both, server, path):
    def call():
        with pytest.raises(library_of(make).ReadTimeout):
            post(make, server.url, json=SLOW, timeout=0.1)
        return post(make, server.url, json=FAST)

    assert both(call) == ["fast", "fast"]
    assert endings(path) == [(0, "read-timeout"), (200, "")]


def test_a_request_on_the_side_that_reaches_nobody(make, both, server, path):
    nowhere = closed_port()

    def call():
        with pytest.raises(library_of(make).ConnectError):
            post(make, nowhere, json={})
        return post(make, server.url, json=FAST)

    assert both(call) == ["fast", "fast"]
    assert endings(path) == [(0, "connect"), (200, "")]


def test_a_host_without_an_address(make, both, path, monkeypatch):
    def unknown(*_arguments, **_options):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)

    def call():
        with pytest.raises(library_of(make).ConnectError) as error:
            post(make, "http://nobody.invalid/", json={})
        return error.type

    live, replayed = both(call)
    assert live is replayed
    assert endings(path) == [(0, "dns")]


@pytest.fixture
def plain_port():
    """A port on which every connection is greeted with something that isn't TLS."""

    def greet():
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            with connection:
                connection.sendall(b"220 ready\r\n")
                connection.recv(4096)

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=greet, daemon=True)
        thread.start()
        yield listening.getsockname()[1]
        listening.shutdown(socket.SHUT_RDWR)


def test_a_server_without_tls(make, both, plain_port, path):
    def call():
        with pytest.raises(library_of(make).ConnectError) as error:
            post(make, f"https://127.0.0.1:{plain_port}/", json={})
        return error.type

    live, replayed = both(call)
    assert live is replayed
    assert endings(path) == [(0, "tls")]


@pytest.mark.parametrize("make", [httpx.AsyncClient, httpx2.AsyncClient], ids=["httpx", "httpx2"])
def test_a_hedged_request_whose_loser_is_cancelled(make, both, server, path):
    async def hedged():
        async with make(verify=False) as client:
            loser = asyncio.create_task(client.post(server.url, json=SLOW))
            await asyncio.sleep(0.05)
            answer = await client.post(server.url, json=FAST)
            loser.cancel()
            with pytest.raises(asyncio.CancelledError):
                await loser
            return answer.text

    assert both(lambda: asyncio.run(hedged())) == ["fast", "fast"]
    assert endings(path) == [(0, "cancelled"), (200, "")]


@pytest.mark.parametrize("make", [httpx.AsyncClient, httpx2.AsyncClient], ids=["httpx", "httpx2"])
def test_a_subscription_that_is_cancelled(make, both, server, path):
    async def subscribed():
        events = []

        async def listen():
            async with (
                make(verify=False) as client,
                client.stream("POST", server.url, json=STANDING, timeout=None) as response,
            ):
                async for line in response.aiter_lines():
                    events.append(line)  # noqa: PERF401 - kept if it is cancelled

        with pytest.raises(TimeoutError):
            await asyncio.wait_for(listen(), 0.3)
        return events

    live, replayed = both(lambda: asyncio.run(subscribed()))
    assert live == replayed == ["data: 1", ""]
    assert endings(path) == [(200, "waiting")]


@pytest.mark.parametrize("make", [httpx.Client, httpx2.Client], ids=["httpx", "httpx2"])
def test_a_subscription_in_a_thread_that_outlives_the_cassette(make, both, server, path):
    over = []

    def call():
        events, first = [], threading.Event()

        def listen():
            with make(verify=False) as client:
                try:
                    with client.stream("POST", server.url, json=STANDING, timeout=20) as response:
                        for line in response.iter_lines():
                            events.append(line)
                            first.set()
                except library_of(make).TransportError as error:
                    over.append(type(error).__name__)

        thread = threading.Thread(target=listen, daemon=True)
        thread.start()
        assert first.wait(60)
        threads.append(thread)
        return events

    threads = []
    live, replayed = both(call)
    threads[1].join(60)
    assert live == replayed
    assert endings(path) == [(200, "waiting")]
    assert over == ["ReadError"]  # in replay, where the closing of the cassette ends the wait


EXITS = """
import sys
from concurrent.futures import ThreadPoolExecutor
import httpx
from llmcassette import CassetteTransport

client = httpx.Client(transport=CassetteTransport(sys.argv[1]), timeout=None)
pool = ThreadPoolExecutor()
pool.submit(client.get, "https://api.example.com/events")
"""


def test_a_thread_that_waits_does_not_keep_the_process_alive(path):
    asked = Request(method="GET", url="https://api.example.com/events")
    nothing = Response(code=0, ended="cancelled")
    dump(Cassette(interactions=(Interaction(0, asked, nothing),)), path)
    subprocess.run([sys.executable, "-c", EXITS, str(path)], check=True, timeout=50)
