"""What a cassette leaves alone: applications under test, and hosts it is told to."""

from __future__ import annotations

import asyncio
import logging
import threading

import httpx
import httpx2
import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from llmcassette import ReplayError, UnmatchedRequestError, use_cassette
from tests.clients.support import (
    URL,
    ask,
    cassette,
    is_async,
    library_of,
    open_client,
    recorded,
)

both_libraries = pytest.mark.parametrize("module", [httpx, httpx2], ids=["httpx", "httpx2"])


@pytest.fixture
def weather(tmp_path):
    return cassette(tmp_path / "weather.yaml", recorded(b"sunny"))


def test_a_mock_transport_answers_itself(weather, make):
    module = library_of(make)
    mock = module.MockTransport(lambda request: module.Response(418, text="mocked"))
    with open_client(make, transport=mock) as client, use_cassette(weather) as recorder:
        assert ask(client).text == "mocked"
    assert recorder.played == ()


def test_a_mock_transport_mounted_for_one_host_answers_for_that_host_only(weather, make):
    module = library_of(make)
    mock = module.MockTransport(lambda request: module.Response(200, text="mocked"))
    with open_client(make, mounts={"all://app.test": mock}) as client, use_cassette(weather):
        assert ask(client, url="https://app.test/").text == "mocked"
        assert ask(client).text == "sunny"


@both_libraries
def test_a_wsgi_application_answers_itself(weather, module):
    def app(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [b"the application"]

    with module.Client(transport=module.WSGITransport(app=app)) as client, use_cassette(weather):
        assert client.get(URL).text == "the application"


def application():
    async def ask_the_provider(request):
        async with httpx2.AsyncClient(verify=False) as client:
            return PlainTextResponse("the application, and " + (await client.get(URL)).text)

    return Starlette(routes=[Route("/", ask_the_provider)])


@both_libraries
def test_an_asgi_application_answers_itself_and_its_own_traffic_is_served(weather, module):
    async def main():
        transport = module.ASGITransport(app=application())
        async with module.AsyncClient(transport=transport) as client:
            return (await client.get("http://app.test/")).text

    with use_cassette(weather):
        assert asyncio.run(main()) == "the application, and sunny"


def test_under_starlettes_test_client_the_applications_own_traffic_is_served(weather):
    with use_cassette(weather), TestClient(application()) as client:
        assert client.get("/").text == "the application, and sunny"


@pytest.mark.parametrize("pattern", ["127.0.0.1", "127.*", "127.0.0.1:{port}"])
def test_pass_hosts_are_reached(weather, make, server, pattern):
    patterns = [pattern.format(port=server.port)]
    with open_client(make) as client, use_cassette(weather, pass_hosts=patterns) as recorder:
        assert ask(client, url=server.url).text == "live"
        assert ask(client).text == "sunny"
    assert (len(recorder.played), recorder.errors) == (1, ())


def test_pass_hosts_are_never_recorded(tmp_path, make, server):
    path = tmp_path / "new.yaml"
    with open_client(make) as client, use_cassette(path, mode="rewrite", pass_hosts=["127.0.0.1"]):
        assert ask(client, url=server.url).text == "live"
    assert not path.exists()


def test_another_port_of_a_host_is_not_passed(weather, make, server):
    with (
        open_client(make) as client,
        use_cassette(weather, pass_hosts=["127.0.0.1:1"]),
        pytest.raises(UnmatchedRequestError),
    ):
        ask(client, url=server.url)
    assert server.asked == []


def test_ignore_hosts_raise_the_librarys_own_connection_error(weather, make):
    module = library_of(make)
    hosts = ["*.telemetry.test"]
    with (
        open_client(make) as client,
        use_cassette(weather, ignore_hosts=hosts) as recorder,
        pytest.raises(module.ConnectError) as caught,
    ):
        ask(client, url="https://eu.telemetry.test/capture")
    assert str(caught.value) == (
        "eu.telemetry.test is in ignore_hosts, and nothing reaches it in mode none"
    )
    assert caught.value.request.url.path == "/capture"
    assert recorder.errors == ()


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


def test_from_a_thread_of_none_of_two_cassettes_a_host_that_both_pass_is_reached(
    tmp_path, weather, make, server
):
    other = cassette(tmp_path / "other.yaml", recorded())
    hosts = {"pass_hosts": ["127.0.0.1"], "ignore_hosts": ["telemetry.test"]}
    with (
        open_client(make) as client,
        use_cassette(weather, **hosts) as outer,
        use_cassette(other, **hosts) as inner,
    ):
        assert in_a_bare_thread(lambda: ask(client, url=server.url).text) == "live"
        telemetry = in_a_bare_thread(lambda: ask(client, url="http://telemetry.test/"))
        assert isinstance(telemetry, library_of(make).ConnectError)
    assert outer.errors == inner.errors == ()


def test_a_host_that_only_one_of_two_cassettes_passes_is_not_reached_from_such_a_thread(
    tmp_path, weather, make, server
):
    other = cassette(tmp_path / "other.yaml", recorded())
    with (
        open_client(make) as client,
        use_cassette(weather, pass_hosts=["127.0.0.1"]),
        use_cassette(other),
    ):
        error = in_a_bare_thread(lambda: ask(client, url=server.url))
    assert isinstance(error, ReplayError)
    assert server.asked == []


def test_each_decision_is_one_debug_line(weather, make, server, caplog):
    caplog.set_level(logging.DEBUG, logger="llmcassette")
    hosts = {"pass_hosts": ["127.0.0.1"], "ignore_hosts": ["telemetry.test"]}
    with open_client(make) as client, use_cassette(weather, **hosts):
        ask(client)
        ask(client, url=server.url)
        with pytest.raises(library_of(make).ConnectError):
            ask(client, url="https://telemetry.test/")
    lines = [record for record in caplog.records if record.name == "llmcassette"]
    assert [record.getMessage() for record in lines] == [
        f"{weather}: interaction 0 (exact) answers GET {URL}",
        f"{weather}: 127.0.0.1:{server.port} is passed through",
        f"{weather}: telemetry.test:443 is ignored, as if it could not be reached",
    ]
    assert {record.levelname for record in lines} == {"DEBUG"}


def test_a_closed_client_says_so_as_live(weather, make):
    with open_client(make) as client:
        pass
    message = "Cannot send a request, as the client has been closed."
    with use_cassette(weather), pytest.raises(RuntimeError, match=message):
        ask(client)
    assert client.is_closed
    assert is_async(client) == ("Async" in make.__name__)
