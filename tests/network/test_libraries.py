"""Libraries above sockets, with no knowledge of the guard."""

from __future__ import annotations

import asyncio
import http.client
import http.server
import smtplib
import socket
import ssl
import urllib.request

import httpx
import pytest
import trio

from llmcassette.errors import BlockedHostError

ELSEWHERE = ["192.0.2.1", "example.invalid"]


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch):
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.mark.parametrize("host", ELSEWHERE)
def test_urllib(closed, host):
    with closed.refuses(host, 80):
        urllib.request.urlopen(f"http://{host}/")


def test_urllib_on_loopback(closed, server):
    with urllib.request.urlopen(f"http://localhost:{server}/") as answer:
        assert answer.read() == b"hi"


@pytest.mark.parametrize("host", ELSEWHERE)
def test_http_client_with_tls(closed, host):
    with closed.refuses(host, 443):
        http.client.HTTPSConnection(host).request("GET", "/")


def test_a_tls_socket(closed):
    with (
        socket.socket() as plain,
        ssl.create_default_context().wrap_socket(plain, server_hostname="a.example") as sock,
        closed.refuses("192.0.2.1", 443),
    ):
        sock.connect(("192.0.2.1", 443))


@pytest.mark.parametrize("host", ELSEWHERE)
def test_smtplib(closed, host):
    with closed.refuses(host, 25):
        smtplib.SMTP(host, 25)


def test_smtplib_may_ask_for_the_machines_own_name(closed):
    assert smtplib.SMTP().local_hostname
    assert closed.kept == []


def test_http_server(closed):
    with http.server.HTTPServer(("", 0), http.server.BaseHTTPRequestHandler) as server:
        assert server.server_name
    assert closed.kept == []


@pytest.mark.parametrize("host", ELSEWHERE)
def test_requests(closed, host):
    requests = pytest.importorskip("requests")
    with closed.refuses(host, 80):
        requests.get(f"http://{host}/")


@pytest.mark.parametrize("host", ELSEWHERE)
def test_httpx_without_a_cassette(closed, host):
    with closed.refuses(host, 80):
        httpx.get(f"http://{host}/")


async def test_httpx_async_without_a_cassette(closed):
    async with httpx.AsyncClient() as client:
        with closed.refuses("example.invalid", 80):
            await client.get("http://example.invalid/")


async def test_anyio_puts_it_into_a_group_where_it_races(closed):
    async with httpx.AsyncClient() as client:
        with pytest.raises(BaseExceptionGroup) as caught:
            await client.get("http://192.0.2.1/")
    assert list(caught.value.exceptions) == closed.kept
    assert type(closed.kept[0]) is BlockedHostError


@pytest.mark.parametrize("host", ELSEWHERE)
def test_aiohttp(closed, host):
    aiohttp = pytest.importorskip("aiohttp")

    async def fetch():
        async with aiohttp.ClientSession() as session:
            with closed.refuses(host, 80):
                await session.get(f"http://{host}/")

    asyncio.run(fetch())


def test_trio(closed):
    async def attempts():
        with closed.refuses("example.invalid", 80):
            await trio.open_tcp_stream("example.invalid", 80)
        with trio.socket.socket() as sock, closed.refuses("192.0.2.1", 80):
            await sock.connect(("192.0.2.1", 80))
        with (
            trio.socket.socket(type=socket.SOCK_DGRAM) as sock,
            closed.refuses("192.0.2.1", 9),
        ):
            await sock.sendto(b"x", ("192.0.2.1", 9))

    trio.run(attempts)


def test_trio_puts_it_into_a_group_where_it_races(closed):
    with pytest.raises(BaseExceptionGroup) as caught:
        trio.run(trio.open_tcp_stream, "192.0.2.1", 80)
    assert list(caught.value.exceptions) == closed.kept
    assert type(closed.kept[0]) is BlockedHostError


def test_trio_on_loopback(closed, server):
    async def fetch():
        async with await trio.open_tcp_stream("localhost", server) as stream:
            await stream.send_all(b"x")
            return await stream.receive_some(8)

    assert trio.run(fetch) == b"HTTP/1.1"
    assert closed.kept == []
