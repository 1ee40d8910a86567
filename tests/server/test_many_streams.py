"""A thousand streams at once lose nothing, replayed or recorded."""

from __future__ import annotations

import asyncio
import os
import sys
from urllib.parse import urlsplit

import pytest

import llmcassette
from llmcassette.recorder.opening import open_cassette
from llmcassette.recorder.settings import Settings
from llmcassette.server.app import Listener
from llmcassette.server.background import LOOPBACK, Background, listening
from llmcassette.server.recording import Recorded
from llmcassette.server.upstreams import Upstreams
from tests.cli.commands import SSE, chat
from tests.server.upstream import Upstream

STREAMS = 1_000
RECORDED = STREAMS if os.environ.get("LLMCASSETTE_LONG_TESTS") else 200
FILES = 5_000  # of one client, the server's two, and the upstream's
PIECES = [b'data: {"n": %d}\n\n' % n for n in range(5)]


@pytest.fixture(autouse=True)
def _files():
    if sys.platform == "win32":
        pytest.skip("asyncio's loop takes 512 sockets on Windows")
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < FILES:
        pytest.skip(f"this system lets a process open only {hard} files")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, FILES), hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def ask_all(url, bodies):
    """The bodies of the answers to requests that are all sent before one is over."""
    parts = urlsplit(url)
    connected = asyncio.Barrier(len(bodies))

    async def ask(body):
        reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
        await connected.wait()
        head = (
            f"POST {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\nContent-Length: {len(body)}\r\n"
        )
        writer.write(f"{head}\r\n".encode() + body)
        await reader.readuntil(b"\r\n\r\n")
        got = b""
        while size := int(await reader.readline(), 16):
            got += (await reader.readexactly(size + 2))[:-2]
        writer.close()
        return got

    async def run():
        return await asyncio.gather(*map(ask, bodies))

    return asyncio.run(run())


def test_replayed(play):
    made = [
        chat(body=b"".join(PIECES) + b"data: %d\n\n" % n, headers=SSE, id=n,
             request={"body": b'{"n": %d}' % n})
        for n in range(STREAMS)
    ]  # fmt: skip
    played = play(*made, gap=0.01)
    bodies = [each.request.body for each in reversed(made)]
    got = ask_all(f"{played.url}/v1/chat/completions", bodies)
    assert got == [each.response.body for each in reversed(made)]
    assert (played.errors, played.cassette.player.unplayed) == ([], ())


def test_recorded(tmp_path):
    upstream = Upstream(PIECES, pause=0.01)
    cassette = open_cassette(tmp_path / "a.yaml", mode="once", settings=Settings(), remedy="")
    recorded = Recorded(cassette, Upstreams([upstream.url]))
    bodies = [b'{"n": %d}' % n for n in range(RECORDED)]
    try:
        with Background(recorded, listening(LOOPBACK, 0), Listener()) as server:
            got = ask_all(f"{server.url}/v1/chat/completions", bodies)
    finally:
        cassette.close()
        upstream.stop()
    assert got == [b"".join(PIECES)] * RECORDED
    interactions = llmcassette.load(tmp_path / "a.yaml").interactions
    assert sorted(each.request.body for each in interactions) == sorted(bodies)
    assert {(each.response.body, each.response.ended) for each in interactions} == {
        (b"".join(PIECES), "")
    }
