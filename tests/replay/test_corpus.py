"""Every interaction of the real cassettes, through each of the four clients, both ways in."""

from __future__ import annotations

import re
from contextlib import closing
from functools import cache
from typing import TYPE_CHECKING

import pytest

from llmcassette import CassetteTransport, load, use_cassette
from tests.corpus import each_real_file
from tests.replay.ways import CLIENTS, read_all, stream_all

if TYPE_CHECKING:
    from pathlib import Path

    from llmcassette import Cassette, Response

ABOUT_THE_BODY = {"content-encoding", "content-length", "transfer-encoding"}

each_client = pytest.mark.parametrize("name", CLIENTS)


@cache
def recorded(path: Path) -> Cassette:
    return load(path)


@pytest.fixture(scope="module")
def clients():
    """Made long before any cassette opens, and kept over all of them."""
    return {name: make() for name, make in CLIENTS.items()}


@each_client
@each_real_file
def test_use_cassette_replays_a_stream_chunk_by_chunk(clients, name, path):
    interactions = recorded(path).interactions

    with use_cassette(path) as recorder:
        answers = stream_all(clients[name], [it.request for it in interactions])

    assert recorder.played == interactions
    for interaction, answer in zip(interactions, answers, strict=True):
        response = interaction.response
        assert answer.code == response.code
        assert b"".join(answer.chunks) == response.body
        assert arrives_in_its_own_pieces(response, answer.chunks)


@each_client
@each_real_file
def test_cassette_transport_replays_an_answer_read_whole(name, path):
    interactions = recorded(path).interactions

    with closing(CassetteTransport(path, retry_after="recorded")) as transport:
        client = CLIENTS[name](transport=transport, trust_env=False)
        answers = read_all(client, [it.request for it in interactions])

    assert transport.recorder.played == interactions
    for interaction, answer in zip(interactions, answers, strict=True):
        response = interaction.response
        assert answer.code == response.code
        assert f"{response.code} {answer.reason}" == response.status
        assert answer.http_version == response.proto.replace("HTTP/2.0", "HTTP/2")
        assert answer.body == response.body
        assert [pair for pair in answer.headers if pair[0] not in ABOUT_THE_BODY] == [
            (header.lower(), value)
            for header, value in response.headers.multi_items()
            if header.lower() not in ABOUT_THE_BODY
        ]


def is_sse(response: Response) -> bool:
    """By its type; by its first line where the recorder kept no headers (docker/cagent)."""
    kind = response.headers.get("content-type", "")
    if kind:
        return kind.startswith("text/event-stream") and b"data:" in response.body
    return response.body.startswith((b"data:", b"event:"))


def events_in(chunk: bytes) -> int:
    """How many events a chunk of an SSE body ends: blocks with a field, before a blank line."""
    blocks = re.split(rb"(?:\r\n){2}|\n\n|\r\r", chunk)[:-1]
    return sum(
        any(line and not line.startswith(b":") for line in block.splitlines()) for block in blocks
    )


def arrives_in_its_own_pieces(response: Response, chunks: list[bytes]) -> bool:
    """One event of an SSE a chunk, one line of an NDJSON; a body of any other text is one chunk."""
    if is_sse(response):
        return [events_in(chunk) for chunk in chunks] == [1] * events_in(response.body)
    kind = response.headers.get("content-type", "")
    if kind == "application/x-ndjson":
        return chunks == response.body.splitlines(keepends=True)
    if kind == "application/vnd.amazon.eventstream":
        # A frame begins with its own length (big-endian, 4 bytes).
        return [int.from_bytes(chunk[:4], "big") for chunk in chunks] == [len(c) for c in chunks]
    return chunks == ([response.body] if response.body else [])
