"""What the error says."""

from __future__ import annotations

import pickle
import socket
from pathlib import Path

import pytest

from llmcassette.errors import BlockedHostError


def test_host_test_cassette_and_what_to_do(guard):
    cassette = Path.cwd() / "tests" / "cassettes" / "weather.yaml"
    with (
        guard.block(cassette=cassette),
        pytest.raises(BlockedHostError) as caught,
        socket.socket() as sock,
    ):
        sock.connect(("192.0.2.1", 443))
    assert str(caught.value) == (
        "socket tried to connect to 192.0.2.1:443, but the network is blocked.\n"
        "  test      tests/test_agent.py::test_weather\n"
        "  cassette  tests/cassettes/weather.yaml\n"
        "If the test needs this host, add to [tool.llmcassette] in pyproject.toml:\n"
        '  allowed_hosts = ["192.0.2.1"]\n'
        "If it is telemetry, let it fail unnoticed:\n"
        '  ignore_hosts = ["192.0.2.1"]\n'
        "If it is a request to an LLM: socket is not answered from a cassette; httpx, httpx2, "
        "aiohttp, requests, urllib3, urllib.request, http.client are."
    )
    assert caught.value.path == cassette


@pytest.mark.parametrize(
    ("attempt", "told"),
    [
        (lambda sock: sock.connect(("2001:db8::1", 443)), "connect to [2001:db8::1]:443"),
        (lambda sock: sock.sendto(b"", ("2001:db8::1", 9)), "send a datagram to [2001:db8::1]:9"),
        (lambda sock: socket.getaddrinfo("api.example", 443), "look up api.example:443"),
        (lambda sock: socket.gethostbyname("api.example"), "look up api.example"),
    ],
)
def test_without_a_cassette(closed, attempt, told):
    with (
        socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as sock,
        pytest.raises(BlockedHostError) as caught,
    ):
        attempt(sock)
    first, second, *_, last = str(caught.value).splitlines()
    assert [first, second, last] == [
        f"socket tried to {told}, but the network is blocked.",
        "  test      tests/test_agent.py::test_weather",
        "If it is a request to an LLM: no cassette was open; a test has one by the marker "
        "llm_cassette, a fixture by llm_cassettes, other code by use_cassette.",
    ]
    assert caught.value.path is None


def test_the_label_may_be_asked_for_when_there_is_an_error(guard):
    now = "tests/test_a.py::test_first"
    with guard.block(label=lambda: now):
        now = "tests/test_a.py::test_second"
        with pytest.raises(BlockedHostError, match="test_second"):
            socket.gethostbyname("example.invalid")


def test_what_keep_returns_is_raised(guard):
    told = BlockedHostError("told otherwise")
    guard.keep = lambda error: told
    with guard.block(), pytest.raises(BlockedHostError) as caught:
        socket.gethostbyname("example.invalid")
    assert caught.value is told


def test_the_error_survives_the_way_out_of_a_worker_process(closed):
    with pytest.raises(BlockedHostError) as caught:
        socket.getaddrinfo("example.invalid", 443)
    again = pickle.loads(pickle.dumps(caught.value))
    assert (str(again), again.host, again.port, again.path) == (
        str(caught.value),
        "example.invalid",
        443,
        None,
    )
