"""Beside an open cassette no library reaches a remote host, and the error names who tried."""

from __future__ import annotations

import asyncio
import http.client
import socket
import urllib.request

import aiohttp
import boto3
import httpcore
import httpx
import pytest
import requests
import trio
import urllib3
import uvloop
import websockets
from botocore.config import Config

from llmcassette import BlockedHostError, use_cassette
from llmcassette.clients.network import verdict
from llmcassette.recorder.run import current_run
from tests.clients.support import Server, cassette, recorded

HOST = "127.0.0.1"


@pytest.fixture
def remote(monkeypatch):
    """A listener on loopback that the guard takes for one on another machine."""
    monkeypatch.setattr(verdict, "stays_here", lambda host: False)
    monkeypatch.setattr(verdict, "_names_of", {})
    monkeypatch.setattr(current_run, "running_test", lambda: "test_agent.py::test_weather")
    with socket.create_server((HOST, 0)) as listening:
        yield listening


def by_aiohttp(port):
    async def main():
        async with aiohttp.ClientSession() as session, session.get(f"http://{HOST}:{port}"):
            pass

    asyncio.run(main())


def by_botocore(port):
    config = Config(retries={"total_max_attempts": 1})
    keys = {"aws_access_key_id": "a", "aws_secret_access_key": "b", "region_name": "eu-west-1"}
    url = f"http://{HOST}:{port}"
    boto3.client("sts", endpoint_url=url, config=config, **keys).get_caller_identity()


def by_websockets(port):
    async def main():
        async with websockets.connect(f"ws://{HOST}:{port}"):
            pass

    asyncio.run(main())


def by_http_client(port):
    http.client.HTTPConnection(HOST, port).request("GET", "/")


def by_socket(port):
    with socket.socket() as sock:
        sock.connect((HOST, port))


def by_asyncio(port):
    asyncio.run(asyncio.wait_for(asyncio.open_connection(HOST, port), 60))


def by_uvloop(port):
    async def main():
        await asyncio.get_running_loop().create_connection(asyncio.Protocol, HOST, port)

    uvloop.run(main())


def by_trio(port):
    async def main():
        with trio.socket.socket() as sock:
            await sock.connect((HOST, port))

    trio.run(main)


def by_grpc(port):
    grpc = pytest.importorskip("grpc")
    with grpc.insecure_channel(f"{HOST}:{port}") as channel:
        channel.unary_unary("/chat.Chat/Ask")(b"hi", timeout=60)


def by_grpc_stream(port):
    grpc = pytest.importorskip("grpc")
    with grpc.insecure_channel(f"ipv4:{HOST}:{port}") as channel:
        list(channel.unary_stream("/chat.Chat/Ask")(b"hi", timeout=60))


def by_grpc_aio(port):
    grpc = pytest.importorskip("grpc.aio")

    async def main():
        async with grpc.insecure_channel(f"dns:///{HOST}:{port}") as channel:
            await channel.stream_stream("/chat.Chat/Ask")(iter([b"hi"]), timeout=60).read()

    asyncio.run(main())


def by_pycurl(port):
    pycurl = pytest.importorskip("pycurl")
    handle = pycurl.Curl()
    handle.setopt(pycurl.URL, f"http://{HOST}:{port}")
    handle.perform()


def by_curl_cffi(port):
    pytest.importorskip("curl_cffi").get(f"http://{HOST}:{port}", timeout=60)


def by_curl_cffi_stream(port):
    with (
        pytest.importorskip("curl_cffi").Session() as session,
        session.stream("GET", f"http://{HOST}:{port}", timeout=60),
    ):
        pass


def by_curl_cffi_async(port):
    curl_cffi = pytest.importorskip("curl_cffi")

    async def main():
        async with curl_cffi.AsyncSession() as session:
            await session.get(f"http://{HOST}:{port}", timeout=60)

    asyncio.run(main())


def by_web_socket_of_aiohttp(port):
    async def main():
        async with aiohttp.ClientSession() as session:
            await session.ws_connect(f"ws://{HOST}:{port}")

    asyncio.run(main())


def by_copy_in_pip(port):
    from pip._vendor import requests as copy

    copy.get(f"http://{HOST}:{port}", timeout=60)


def by_transport(port):
    with httpx.HTTPTransport(trust_env=False) as transport:
        transport.handle_request(httpx.Request("GET", f"http://{HOST}:{port}"))


LIBRARIES = {
    "requests": lambda port: requests.get(f"http://{HOST}:{port}", timeout=60),
    "urllib3": lambda port: urllib3.request("GET", f"http://{HOST}:{port}", retries=False),
    "urllib.request": lambda port: urllib.request.urlopen(f"http://{HOST}:{port}", timeout=60),
    "http.client": by_http_client,
    "aiohttp": by_aiohttp,
    "botocore": by_botocore,
    "websockets": by_websockets,
    "httpcore": lambda port: httpcore.request("GET", f"http://{HOST}:{port}"),
    "socket": by_socket,
    "asyncio": by_asyncio,
    "uvloop": by_uvloop,
    "trio": by_trio,
    "httpx": by_transport,
    "aiohttp, a WebSocket": by_web_socket_of_aiohttp,
    "pip": by_copy_in_pip,
    "grpc": by_grpc,
    "grpc, a stream": by_grpc_stream,
    "grpc, async": by_grpc_aio,
    "pycurl": by_pycurl,
    "curl_cffi": by_curl_cffi,
    "curl_cffi, a stream": by_curl_cffi_stream,
    "curl_cffi, async": by_curl_cffi_async,
}


@pytest.mark.parametrize("library", LIBRARIES)
def test_nothing_arrives_and_the_error_names_library_host_and_test(library, remote, tmp_path):
    path = cassette(tmp_path / "weather.yaml", recorded(b"sunny"))
    port = remote.getsockname()[1]

    with use_cassette(path), pytest.raises(BlockedHostError) as caught:
        LIBRARIES[library](port)

    name = library.partition(",")[0]
    assert str(caught.value).splitlines()[:2] == [
        f"{name} tried to connect to {HOST}:{port}, but the network is blocked.",
        "  test      test_agent.py::test_weather",
    ]
    remote.setblocking(False)
    with pytest.raises(BlockingIOError):
        remote.accept()


def test_a_record_mode_lets_them_connect_and_notes_library_and_host(remote, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(current_run, "notes", {})
    port = remote.getsockname()[1]
    with use_cassette(tmp_path / "weather.yaml", mode="all"), socket.socket() as sock:
        sock.connect((HOST, port))
    remote.accept()[0].close()
    assert current_run.notes == {"libraries": {f"weather.yaml: socket to {HOST}:{port}": None}}


@pytest.mark.parametrize("setting", ["allowed_hosts", "pass_hosts", "ignore_hosts"])
def test_a_record_mode_notes_no_host_of_the_settings(remote, tmp_path, monkeypatch, setting):
    monkeypatch.setattr(current_run, "notes", {})
    with (
        use_cassette(tmp_path / "weather.yaml", mode="all", **{setting: [HOST]}),
        socket.socket() as sock,
    ):
        sock.connect((HOST, remote.getsockname()[1]))
    assert current_run.notes == {}


def get_by_aiohttp(url):
    async def main():
        async with aiohttp.ClientSession() as session, session.get(url) as response:
            await response.read()

    asyncio.run(main())


def get_by_httpx_async(url):
    async def main():
        async with httpx.AsyncClient() as client:
            await client.get(url)

    asyncio.run(main())
    trio.run(main)


@pytest.mark.parametrize(
    "get", [httpx.get, requests.get, urllib.request.urlopen, get_by_aiohttp, get_by_httpx_async]
)
def test_a_record_mode_notes_no_connection_of_a_library_that_is_served(
    remote, tmp_path, monkeypatch, get
):
    monkeypatch.setattr(current_run, "notes", {})
    server = Server()
    url = f"http://localhost:{server.url.rpartition(':')[2]}"
    with use_cassette(tmp_path / "c.yaml", mode="all", serve_hosts=["localhost"]) as recorder:
        get(url)
    server.stop()
    assert recorder.recorded
    assert current_run.notes == {}
