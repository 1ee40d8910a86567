"""Another tool that answers for the same client at the same time is named, and not disturbed
before or after."""

from __future__ import annotations

import asyncio
import types
import urllib.request

import aiohttp
import httpx
import httpx2
import pytest
import requests
import responses
import respx
import vcr

from llmcassette import ReplayError, use_cassette
from tests.clients.support import URL, ask, cassette, library_of, open_client, recorded

both_httpx = pytest.mark.parametrize(
    "make", [httpx.Client, httpx.AsyncClient], ids=["Client", "AsyncClient"]
)
both_respx = pytest.mark.parametrize("using", ["httpcore", "httpx"])


@pytest.fixture
def weather(tmp_path):
    return cassette(tmp_path / "weather.yaml", recorded(b"sunny"), recorded(b"rainy"))


def message(tool, library):
    return (
        f"{tool} and the cassette weather.yaml are active at the same time, and both answer for "
        f"{library}.\n"
        "Use one of them in this test; different tests may use different ones."
    )


@both_httpx
@both_respx
def test_respx_inside_the_block_is_named(weather, make, using):
    with open_client(make) as client, use_cassette(weather) as recorder:
        with respx.mock(using=using, assert_all_called=False) as router:
            router.get(URL).respond(200, text="respx")
            with pytest.raises(ReplayError) as caught:
                ask(client)
        assert ask(client).text == "sunny"
    assert str(caught.value) == message("respx", "httpx")
    assert recorder.errors == (caught.value,)


@both_httpx
@both_respx
def test_respx_around_the_block_is_named(weather, make, using):
    with open_client(make) as client, respx.mock(using=using) as router:
        router.get(URL).respond(200, text="respx")
        assert ask(client).text == "respx"
        with use_cassette(weather), pytest.raises(ReplayError) as caught:
            ask(client)
        assert ask(client).text == "respx"
    assert str(caught.value) == message("respx", "httpx")


def test_respx_says_nothing_about_httpx2(weather):
    with httpx2.Client() as client, respx.mock(assert_all_called=False), use_cassette(weather):
        assert ask(client).text == "sunny"


@both_httpx
def test_a_respx_router_that_has_stopped_is_none_of_our_business(weather, make):
    with respx.mock(assert_all_called=False):
        pass
    with open_client(make) as client, use_cassette(weather):
        assert ask(client).text == "sunny"


def test_vcrpy_inside_the_block_is_named(weather, make, tmp_path):
    with open_client(make) as client, use_cassette(weather) as recorder:
        with (
            vcr.use_cassette(str(tmp_path / "vcr.yaml"), record_mode="none"),
            pytest.raises(ReplayError) as caught,
        ):
            ask(client)
        assert ask(client).text == "sunny"
    assert str(caught.value) == message("vcrpy", library_of(make).__name__)
    assert recorder.errors == (caught.value,)


def test_vcrpy_around_the_block_is_named_and_works_before_and_after(
    weather, make, tmp_path, server
):
    path = str(tmp_path / "vcr.yaml")
    with open_client(make) as client, vcr.use_cassette(path, record_mode="once") as recording:
        assert ask(client, url=server.url).text == "live"
        with use_cassette(weather), pytest.raises(ReplayError) as caught:
            ask(client)
        assert ask(client, url=f"{server.url}/again").text == "live"
        assert len(recording) == 2
    assert str(caught.value) == message("vcrpy", library_of(make).__name__)
    with open_client(make) as client, vcr.use_cassette(path, record_mode="none"):
        assert ask(client, url=server.url).text == "live"
    assert server.asked == ["/", "/again"]


@pytest.mark.parametrize(("tool", "module"), [("pytest-httpx", "pytest_httpx"), ("cassetter",) * 2])
def test_tools_that_replace_the_transports_method_are_named(
    weather, make, monkeypatch, tool, module
):
    def handle(self, request):
        raise AssertionError("it was asked")

    written_there = types.FunctionType(handle.__code__, {"__name__": module})
    library = library_of(make)
    monkeypatch.setattr(library.HTTPTransport, "handle_request", written_there)
    monkeypatch.setattr(library.AsyncHTTPTransport, "handle_async_request", written_there)
    with open_client(make) as client, use_cassette(weather), pytest.raises(ReplayError) as caught:
        ask(client)
    assert str(caught.value) == message(tool, library.__name__)
    monkeypatch.undo()


def test_a_method_replaced_by_anyone_else_is_no_mocker(weather, make, monkeypatch):
    library = library_of(make)
    monkeypatch.setattr(library.HTTPTransport, "handle_request", print)
    with open_client(make) as client, use_cassette(weather):
        assert ask(client).text == "sunny"


def by_requests(url):
    return requests.get(url, timeout=60).text


def by_urllib(url):
    with urllib.request.urlopen(url, timeout=60) as response:
        return response.read().decode()


def by_aiohttp(url):
    async def ask_async():
        async with aiohttp.ClientSession() as session, session.get(url) as response:
            return await response.text()

    return asyncio.run(ask_async())


BESIDES = pytest.mark.parametrize("by", [by_requests, by_urllib, by_aiohttp])


@pytest.mark.parametrize("mode", ["none", "all"])
def test_responses_answers_first_and_nothing_is_played_or_recorded(tmp_path, weather, mode):
    path = weather if mode == "none" else tmp_path / "new.yaml"
    with use_cassette(path, mode=mode) as recorder, responses.RequestsMock() as mock:
        mock.get(URL, body="mocked")
        assert by_requests(URL) == "mocked"
        with pytest.raises(requests.ConnectionError, match="Connection refused by Responses"):
            by_requests(f"{URL}/other")
    assert (len(recorder.played), len(recorder.recorded), recorder.misses) == (0, 0, ())


def test_what_responses_passes_through_is_served(weather):
    with use_cassette(weather), responses.RequestsMock() as mock:
        mock.add_passthru(URL)
        assert by_requests(URL) == "sunny"


@BESIDES
@pytest.mark.parametrize("order", ["inside", "around"])
def test_vcrpy_with_a_recording_answers_first(tmp_path, weather, server, by, order):
    path = str(tmp_path / "vcr.yaml")
    with vcr.use_cassette(path, record_mode="once"):
        assert by(server.url) == "live"
    server.asked.clear()
    blocks = [use_cassette(weather), vcr.use_cassette(path, record_mode="none")]
    first, second = blocks if order == "inside" else reversed(blocks)
    with first as one, second as other:
        recorder = one if order == "inside" else other
        assert by(server.url) == "live"
    assert (len(recorder.played), recorder.misses, server.asked) == (0, (), [])


@BESIDES
def test_vcrpy_without_a_recording_refuses_or_records_what_the_cassette_answers(
    tmp_path, weather, by
):
    path = str(tmp_path / "vcr.yaml")
    with use_cassette(weather) as recorder:
        with (
            vcr.use_cassette(path, record_mode="none"),
            pytest.raises(vcr.errors.CannotOverwriteExistingCassetteException),
        ):
            by(URL)
        assert len(recorder.played) == 0
        with vcr.use_cassette(path, record_mode="once"):
            assert by(URL) == "sunny"
        assert len(recorder.played) == 1
