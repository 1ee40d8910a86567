"""While an answer streams, the recording holds one copy of it and little besides."""

from __future__ import annotations

import tracemalloc

import httpx
import pytest

from llmcassette import use_cassette
from tests.recording.provider_server import Answer

MEGABYTES = 30
PIECE = b"data: " + b"x" * 65_528 + b"\n\n"


@pytest.fixture
def streamed(provider):
    count = MEGABYTES * 1024 * 1024 // len(PIECE)
    provider.will_answer(Answer.sse(PIECE for _ in range(count)))
    return count * len(PIECE)


def test_one_copy_of_the_body(provider, path, streamed):
    peaks = {}
    with httpx.Client() as client:
        tracemalloc.start()
        try:
            with use_cassette(path, mode="once") as recorder:
                with client.stream("POST", provider.url, json={}, timeout=60) as response:
                    before = tracemalloc.get_traced_memory()[0]
                    received = sum(len(piece) for piece in response.iter_raw())
                    peaks["streaming"] = tracemalloc.get_traced_memory()[1] - before
                recorder._cassette.close(save=False)
        finally:
            tracemalloc.stop()
    assert received == streamed
    assert peaks["streaming"] < 1.6 * streamed
