"""While a guard watches, a request that belongs to no cassette is an error."""

from __future__ import annotations

import asyncio

import httpx
import pytest

from llmcassette import ReplayError, use_cassette
from llmcassette.clients import installation, scope
from llmcassette.recorder.run import current_run
from llmcassette.recorder.settings import Settings
from tests.clients.support import ask, cassette, library_of, open_client, recorded


@pytest.fixture(autouse=True)
def _patched():
    installation.install()
    yield
    installation.uninstall()


def guard(reason="no cassette is open", **settings):
    return scope.guarded(scope.Guard(reason, Settings(**settings)))


def test_without_a_guard_the_network_is_reached(make, server):
    with open_client(make) as client:
        assert ask(client, url=server.url).text == "live"


def test_a_guarded_request_is_an_error_and_the_runs_listeners_hear_of_it(make, server, monkeypatch):
    heard = []
    monkeypatch.setattr(current_run, "listeners", [lambda error, recorder: heard.append(error)])
    with open_client(make) as client, guard(), pytest.raises(ReplayError) as caught:
        ask(client, url=server.url)
    assert str(caught.value) == "no cassette is open"
    assert (heard, server.asked) == ([caught.value], [])


def test_the_innermost_guard_speaks(make, server):
    with open_client(make) as client, guard("outer"):
        with guard("inner"), pytest.raises(ReplayError, match="inner"):
            ask(client, url=server.url)
        with pytest.raises(ReplayError, match="outer"):
            ask(client, url=server.url)
    assert scope.current_guard() is None


def test_an_open_cassette_answers_in_spite_of_a_guard(make, tmp_path):
    path = cassette(tmp_path / "weather.yaml", recorded(b"sunny"))
    with open_client(make) as client, guard(), use_cassette(path):
        assert ask(client).text == "sunny"


def test_pass_hosts_are_reached_in_spite_of_a_guard(make, server):
    with open_client(make) as client, guard(pass_hosts=("127.0.0.1",)):
        assert ask(client, url=server.url).text == "live"


def test_ignore_hosts_are_as_good_as_unreachable_under_a_guard(make, server):
    error = library_of(make).ConnectError
    with open_client(make) as client, guard(ignore_hosts=("127.*",)), pytest.raises(error):
        ask(client, url=server.url)
    assert server.asked == []


def test_what_another_context_closed_can_be_forgotten(tmp_path, server):
    """A session's context that held a test's cassette is clean again for the next test."""
    path = cassette(tmp_path / "weather.yaml", recorded(b"sunny"))

    async def main():
        block = use_cassette(path)
        block.__enter__()

        async def close():
            block.__exit__(None, None, None)

        await asyncio.create_task(close())
        async with httpx.AsyncClient(verify=False) as client:
            with pytest.raises(ReplayError, match="had closed"):
                await client.get(server.url)
            scope.forget_closed()
            return (await client.get(server.url)).text

    assert asyncio.run(main()) == "live"
