"""Which cassette a request of a library belongs to, and what holds where none is open."""

from __future__ import annotations

import asyncio
import threading

import aiohttp
import pytest
import requests

from llmcassette import ReplayError, use_cassette
from llmcassette.clients import installation, scope
from llmcassette.recorder.settings import Settings
from tests.clients.support import URL, Server, cassette, recorded


async def fetch(url):
    async with aiohttp.ClientSession() as session, session.get(url) as response:
        return await response.text()


ASKING = {
    "requests": lambda url: requests.get(url, timeout=5).text,
    "aiohttp": lambda url: asyncio.run(fetch(url)),
}


@pytest.fixture(params=ASKING)
def ask(request):
    return ASKING[request.param]


@pytest.fixture
def weather(tmp_path):
    return cassette(tmp_path / "weather.yaml", *(recorded(b"sunny"),) * 2)


@pytest.fixture
def other(tmp_path):
    return cassette(tmp_path / "other.yaml", recorded(b"rainy"))


def in_a_bare_thread(function):
    caught = []

    def work():
        try:
            caught.append(function())
        except BaseException as error:
            caught.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    return caught[0]


def test_a_thread_without_a_context_gets_the_only_open_cassette(ask, weather):
    with use_cassette(weather):
        assert in_a_bare_thread(lambda: ask(URL)) == "sunny"


def test_of_two_open_cassettes_it_gets_an_error_that_names_both(ask, weather, other):
    with use_cassette(weather), use_cassette(other):
        error = in_a_bare_thread(lambda: ask(URL))
        assert ask(URL) == "rainy"
    assert isinstance(error, ReplayError)
    assert "weather.yaml" in str(error)
    assert "other.yaml" in str(error)


def test_a_task_that_outlives_its_cassette_gets_an_error(weather):
    async def later(closed):
        await closed.wait()
        return await fetch(URL)

    async def main():
        closed = asyncio.Event()
        with use_cassette(weather) as recorder:
            task = asyncio.create_task(later(closed))
            await asyncio.sleep(0)
        closed.set()
        with pytest.raises(ReplayError, match="had closed"):
            await task
        return recorder.errors

    assert len(asyncio.run(main())) == 1


def test_under_a_guard_only_this_machine_answers(ask):
    server = Server()
    installation.install()
    guard = scope.Guard("no cassette is open here", Settings(ignore_hosts=("ignored.test",)))
    try:
        with scope.guarded(guard):
            assert ask(server.url) == "live"
            with pytest.raises(ReplayError, match="no cassette is open here"):
                ask(URL)
            with pytest.raises(OSError, match=r"ignored\.test"):
                ask("https://ignored.test/")
    finally:
        installation.uninstall()
        server.stop()


def test_an_asynchronous_sleep_is_for_asynchronous_libraries(weather):
    waited = []

    async def sleep(seconds):
        await asyncio.sleep(0)
        waited.append(seconds)

    with use_cassette(weather, ttft=0.5, sleep=sleep):
        assert asyncio.run(fetch(URL)) == "sunny"
        with pytest.raises(ReplayError, match="the function of the setting sleep is asynchronous"):
            requests.get(URL, timeout=5)
    assert waited == [0.5]


def test_the_time_until_the_answer_is_waited_for(ask, weather):
    waited = []
    with use_cassette(weather, ttft=0.5, sleep=waited.append):
        assert ask(URL) == "sunny"
    assert waited == [0.5]
