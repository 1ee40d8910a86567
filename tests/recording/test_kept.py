"""What a recording looks like in the file: go-vcr's fields in go-vcr's order, and ours beside."""

from __future__ import annotations

import asyncio
import re
import threading

import httpx
import pytest

import llmcassette
from llmcassette import Chunk, dump, load, use_cassette
from tests.recording import wires
from tests.recording.callers import ask
from tests.recording.provider_server import Answer

PIECES = wires.openai_chat_stream()


@pytest.fixture
def recorded(provider, path):
    """One whole answer, one streamed, one closed early."""
    with use_cassette(path, mode="once"):
        provider.will_answer(Answer.json(wires.openai_chat(), x_request_id="req-1"))
        ask(httpx.Client, provider.url + "/v1/chat/completions?beta=1", json={"stream": False})
        provider.will_answer(Answer.sse(PIECES))
        ask(httpx.Client, provider.url + "/v1/chat/completions")
        ask(httpx.Client, provider.url + "/v1/chat/completions", stop_after=1)
    return path


def test_it_loads_and_is_written_again_byte_for_byte(recorded, tmp_path):
    dump(load(recorded), tmp_path / "again.yaml")
    assert (tmp_path / "again.yaml").read_bytes() == recorded.read_bytes()
    fresh = llmcassette.Cassette(interactions=load(recorded).interactions)
    dump(fresh, tmp_path / "fresh.yaml")
    assert (tmp_path / "fresh.yaml").read_bytes() == recorded.read_bytes()


def test_it_is_utf_8_with_line_feeds(recorded):
    data = recorded.read_bytes()
    assert b"\r" not in data
    assert data.endswith(b"\n")
    assert "Köln".encode() in data


def test_the_recorder_tells_what_is_in_the_file(provider, path):
    provider.will_answer(Answer.sse(PIECES))
    with use_cassette(path, mode="once") as recorder:
        ask(httpx.Client, provider.url)
    assert recorder.recorded == load(path).interactions


def test_the_text(recorded, provider):
    """Times and the port aside, this is the file that a person reads in a review."""
    text = recorded.read_text(encoding="utf-8")
    text = text.replace(provider.url.removeprefix("http://"), "HOST")
    text = re.sub(r"\d+(\.\d+)?(µs|ms|s)\b", "TIME", text)
    text = re.sub(r"@[0-9.]+", "@GAP", text)
    text = re.sub(r"(body: )\|[+-]?\n(?: {6}.*\n|\n)+", r"\1...\n", text)
    text = re.sub(r"(body: )'.*", r"\1...", text)
    first, _, rest = text.partition("- id: 1\n")
    second, _, third = rest.partition("- id: 2\n")
    assert first == (
        "---\n"
        "version: 2\n"
        "interactions:\n"
        "- id: 0\n"
        "  request:\n"
        "    proto: HTTP/1.1\n"
        "    proto_major: 1\n"
        "    proto_minor: 1\n"
        "    content_length: 16\n"
        "    host: HOST\n"
        "    body: ...\n"
        "    form:\n"
        "      beta:\n"
        '      - "1"\n'
        "    headers:\n"
        "      Content-Type:\n"
        "      - application/json\n"
        "      User-Agent:\n"
        f"      - python-httpx/{httpx.__version__}\n"
        "    url: http://HOST/v1/chat/completions?beta=1\n"
        "    method: POST\n"
        "  response:\n"
        "    proto: HTTP/1.1\n"
        "    proto_major: 1\n"
        "    proto_minor: 1\n"
        "    content_length: 318\n"
        "    body: ...\n"
        "    headers:\n"
        "      Content-Length:\n"
        '      - "318"\n'
        "      Content-Type:\n"
        "      - application/json\n"
        "      X-Request-Id:\n"
        "      - req-1\n"
        "    status: 200 OK\n"
        "    code: 200\n"
        "    duration: TIME\n"
    )
    answer = (
        "  response:\n"
        "    proto: HTTP/1.1\n"
        "    proto_major: 1\n"
        "    proto_minor: 1\n"
        "    transfer_encoding:\n"
        "    - chunked\n"
        "    content_length: -1\n"
        "    body: ...\n"
        "    headers:\n"
        "      Content-Type:\n"
        "      - text/event-stream; charset=utf-8\n"
        "    status: 200 OK\n"
        "    code: 200\n"
        "    duration: TIME\n"
    )
    chunks = " ".join(f"{len(piece)}@GAP" for piece in PIECES)
    assert second.endswith(f"{answer}    chunks: {chunks}\n")
    assert third.endswith(f"{answer}    chunks: {len(PIECES[0])}@GAP\n    ended: closed\n")


def test_the_duration_is_the_time_to_the_headers(counted, provider, path):
    provider.will_answer(Answer.sse(PIECES))
    with use_cassette(path, mode="once"):
        ask(httpx.Client, provider.url)
    (interaction,) = load(path).interactions
    assert interaction.response.duration == 1
    assert interaction.response.chunks == tuple(Chunk(len(piece), 1) for piece in PIECES)


def test_interactions_are_in_the_order_of_asking(provider, path):
    """Also where the first is answered last."""
    first = Answer.json(0)
    first.after = threading.Event()
    provider.will_answer(first, Answer.json(1))

    async def call():
        async with httpx.AsyncClient() as client:
            asking = asyncio.create_task(client.post(provider.url, json={"n": 0}))
            while not provider.asked:  # noqa: ASYNC110 - another thread answers
                await asyncio.sleep(0.001)
            await client.post(provider.url, json={"n": 1})
            first.after.set()
            await asking

    with use_cassette(path, mode="once"):
        asyncio.run(call())
    assert [one.request.body for one in load(path).interactions] == [b'{"n":0}', b'{"n":1}']


def test_the_form_is_kept_for_go_vcr_as_it_is_after_redaction(provider, path):
    provider.will_answer(Answer.json({}))
    with use_cassette(path, mode="once"):
        httpx.post(provider.url + "?alt=sse&key=hush", data={"password": "hush", "a": "b"})
        httpx.post(provider.url, json={})
    first, second = load(path).interactions
    assert dict(first.request.form) == {
        "a": "b",
        "alt": "sse",
        "key": "[REDACTED]",
        "password": "[REDACTED]",
    }
    assert len(second.request.form) == 0
