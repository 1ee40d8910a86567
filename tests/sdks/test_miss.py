"""A miss reaches the test through every SDK: the very error, at the first attempt.

SDKs wrap and retry every ``Exception`` of a transport; ``UnmatchedRequestError`` is none.
"""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from functools import cache

import pytest

from llmcassette import UnmatchedRequestError, use_cassette
from tests.corpus import SAMPLES
from tests.sdks.callers import CALLERS

OTHER = SAMPLES / "tool.yaml"  # holds nothing of what is asked here

each_sdk = pytest.mark.parametrize("make", CALLERS, ids=lambda make: make.__name__)


made = cache(lambda make: make())


@pytest.fixture
def caller(make):
    """Its clients are made once, before any cassette opens, and kept over tests and event loops."""
    return made(make)


def the_only_miss(recorder, raised, url):
    """The error raised is the one that the recorder kept, and there was one request only."""
    assert recorder.misses == (raised,)
    assert recorder.misses[0] is raised
    assert recorder.errors == (raised,)
    assert raised.request.url.startswith(url)
    assert raised.request.method == "POST"
    assert b"Hi there" in raised.request.body
    assert raised.__cause__ is None
    assert not recorder.played


@each_sdk
def test_a_miss_of_a_synchronous_call(caller):
    with use_cassette(OTHER) as recorder, pytest.raises(UnmatchedRequestError) as caught:
        caller.sync()

    the_only_miss(recorder, caught.value, caller.url)


@each_sdk
def test_a_miss_of_a_synchronous_stream(caller):
    with use_cassette(OTHER) as recorder, pytest.raises(UnmatchedRequestError) as caught:
        caller.sync_stream()

    the_only_miss(recorder, caught.value, caller.url)


@each_sdk
async def test_a_miss_of_an_asynchronous_call(caller):
    with use_cassette(OTHER) as recorder, pytest.raises(UnmatchedRequestError) as caught:
        await caller.async_()

    the_only_miss(recorder, caught.value, caller.url)


@each_sdk
async def test_a_miss_of_an_asynchronous_stream(caller):
    with use_cassette(OTHER) as recorder, pytest.raises(UnmatchedRequestError) as caught:
        await caller.async_stream()

    the_only_miss(recorder, caught.value, caller.url)


@each_sdk
def test_a_miss_in_an_executors_thread(caller):
    with (
        use_cassette(OTHER) as recorder,
        ThreadPoolExecutor(1) as pool,
        pytest.raises(UnmatchedRequestError) as caught,
    ):
        pool.submit(caller.sync).result()

    the_only_miss(recorder, caught.value, caller.url)


@each_sdk
async def test_a_miss_in_a_thread_of_the_event_loop(caller):
    with use_cassette(OTHER) as recorder, pytest.raises(UnmatchedRequestError) as caught:
        await asyncio.to_thread(caller.sync_stream)

    the_only_miss(recorder, caught.value, caller.url)


@each_sdk
def test_a_miss_in_an_event_loop_of_another_thread(caller):
    raised = []

    def run():
        try:
            asyncio.run(caller.async_())
        except UnmatchedRequestError as miss:
            raised.append(miss)

    with use_cassette(OTHER) as recorder:
        thread = threading.Thread(target=run)
        thread.start()
        thread.join()
        # Said here, so that the plugin sees the miss handled by this test.
        with pytest.raises(UnmatchedRequestError):
            raise raised[0]

    the_only_miss(recorder, raised[0], caller.url)


@each_sdk
async def test_a_miss_among_gathered_calls(caller):
    with use_cassette(OTHER) as recorder, pytest.raises(UnmatchedRequestError) as caught:
        await asyncio.gather(caller.async_(), asyncio.Event().wait())

    the_only_miss(recorder, caught.value, caller.url)
