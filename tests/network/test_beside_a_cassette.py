"""What tests do on this machine goes on working beside an open cassette."""

from __future__ import annotations

import asyncio
import socket
import threading
import urllib.request

import aiohttp.web
import boto3
import flask
import httpx
import moto
import moto.server
import pytest
import requests
import werkzeug.serving
from aiohttp.test_utils import TestClient, TestServer

from llmcassette import use_cassette
from tests import django_project
from tests.clients.support import cassette, recorded

PROVIDER = "https://api.example.com/v1/chat"


@pytest.fixture(autouse=True)
def weather(tmp_path):
    """An open cassette, which answers once more at the end of the test."""
    path = cassette(tmp_path / "weather.yaml", recorded(b"sunny", url=PROVIDER))
    with use_cassette(path) as recorder:
        yield
        assert httpx.get(PROVIDER).text == "sunny"
    assert recorder.misses == ()


def test_aiohttps_test_client():
    async def main():
        async def hello(request):
            return aiohttp.web.Response(text="hello")

        app = aiohttp.web.Application()
        app.router.add_get("/", hello)
        async with TestClient(TestServer(app)) as client:
            return await (await client.get("/")).text()

    assert asyncio.run(main()) == "hello"


def test_flasks_live_server():
    app = flask.Flask("live")
    app.add_url_rule("/", view_func=lambda: "hello")
    server = werkzeug.serving.make_server("127.0.0.1", 0, app)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        url = f"http://127.0.0.1:{server.server_port}/"
        assert requests.get(url, timeout=60).text == "hello"
        assert urllib.request.urlopen(url, timeout=60).read() == b"hello"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_djangos_live_server():
    django_project.set_up()
    from django.test.testcases import LiveServerThread, _StaticFilesHandler

    thread = LiveServerThread("127.0.0.1", _StaticFilesHandler)
    thread.daemon = True
    thread.start()
    thread.is_ready.wait()
    try:
        assert thread.error is None
        url = f"http://127.0.0.1:{thread.port}/absent"
        assert requests.get(url, timeout=60).status_code == 404
    finally:
        thread.terminate()


def upload(**options):
    keys = {"aws_access_key_id": "a", "aws_secret_access_key": "b", "region_name": "us-east-1"}
    s3 = boto3.client("s3", **keys, **options)
    s3.create_bucket(Bucket="reports")
    s3.put_object(Bucket="reports", Key="a", Body=b"text")
    return s3.get_object(Bucket="reports", Key="a")["Body"].read()


def test_boto3_on_moto():
    with moto.mock_aws():
        assert upload() == b"text"


def test_boto3_on_motos_server():
    server = moto.server.ThreadedMotoServer("127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        _, port = server.get_host_and_port()
        assert upload(endpoint_url=f"http://127.0.0.1:{port}") == b"text"
    finally:
        server.stop()


def test_a_database_on_loopback():
    with (
        socket.create_server(("127.0.0.1", 0)) as listening,
        socket.create_connection(listening.getsockname()) as client,
    ):
        server, _ = listening.accept()
        with server:
            client.sendall(b"SELECT 1")
            assert server.recv(8) == b"SELECT 1"


def test_unix_sockets(tmp_path):
    address = str(tmp_path / "db")
    with socket.socket(socket.AF_UNIX) as listening, socket.socket(socket.AF_UNIX) as client:
        listening.bind(address)
        listening.listen()
        client.connect(address)
        server, _ = listening.accept()
        with server:
            client.sendall(b"SELECT 1")
            assert server.recv(8) == b"SELECT 1"
