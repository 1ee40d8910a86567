"""Metadata addresses of clouds can't be reached, as on a machine that is in no cloud."""

from __future__ import annotations

import socket

import httpx
import pytest
import requests

from llmcassette import use_cassette
from tests.clients.support import cassette, recorded


@pytest.mark.parametrize(
    ("family", "host"),
    [
        (socket.AF_INET, "169.254.169.254"),
        (socket.AF_INET, "169.254.170.2"),
        (socket.AF_INET, "100.100.100.200"),
        (socket.AF_INET6, "fd00:ec2::254"),
    ],
)
def test_an_address_is_an_unreachable_network(closed, family, host):
    with socket.socket(family) as sock, pytest.raises(OSError, match="Network is unreachable"):
        sock.connect((host, 80))
    assert closed.kept == []


@pytest.mark.parametrize("host", ["metadata.google.internal", "METADATA.google.internal."])
def test_a_name_is_unknown(closed, host):
    with pytest.raises(socket.gaierror):
        socket.getaddrinfo(host, 80)
    assert closed.kept == []


def test_one_that_is_allowed_is_reached(below, guard):
    with guard.block("169.254.169.254"), socket.socket() as sock:
        sock.connect(("169.254.169.254", 80))
    assert below.connected == [("169.254.169.254", 80)]


def test_clients_get_their_own_connection_error_and_no_miss(tmp_path):
    path = cassette(tmp_path / "weather.yaml", recorded(b"sunny"))
    url = "http://169.254.169.254/latest/meta-data/"
    with use_cassette(path) as recorder:
        with pytest.raises(httpx.ConnectError):
            httpx.get(url)
        with pytest.raises(requests.ConnectionError):
            requests.get(url, timeout=60)
    assert recorder.misses == ()


def test_a_host_in_serve_hosts_is_answered(tmp_path):
    url = "http://169.254.169.254/latest/meta-data/"
    path = cassette(tmp_path / "weather.yaml", recorded(b"i-1", url=url))
    with use_cassette(path, serve_hosts=["169.254.169.254"]):
        assert httpx.get(url).text == "i-1"
