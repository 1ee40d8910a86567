"""Applications, emulators and databases on this machine are not the provider."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
from contextlib import contextmanager

import aiohttp
import boto3
import flask
import pytest
import requests
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from moto import mock_aws
from moto.server import ThreadedMotoServer
from werkzeug.serving import make_server

from llmcassette import UnmatchedRequestError, load, use_cassette
from llmcassette.clients.loopback import listening_ports
from tests import django_project
from tests.clients.support import URL, Server, cassette, recorded


@pytest.fixture
def weather(tmp_path):
    return cassette(tmp_path / "weather.yaml", *(recorded(b"sunny"),) * 2)


@contextmanager
def running(application):
    """A WSGI application on a server in a thread, as live servers of test frameworks are."""
    server = make_server("127.0.0.1", 0, application, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def of_flask():
    application = flask.Flask("app")

    @application.get("/")
    def index():
        return "the page, and " + requests.get(URL, timeout=5).text

    return application


def of_django():
    from django.core.wsgi import get_wsgi_application

    django_project.set_up()
    return get_wsgi_application()


@pytest.mark.parametrize("make", [of_flask, of_django])
def test_an_application_under_test_answers_and_its_own_requests_are_served(weather, make):
    with running(make()) as url, use_cassette(weather) as recorder:
        assert requests.get(url, timeout=5).text == "the page, and sunny"
    assert len(recorder.played) == 1


def test_an_application_of_aiohttp_answers_and_its_own_requests_are_served(weather):
    async def index(_):
        async with aiohttp.ClientSession() as session, session.get(URL) as response:
            return web.Response(text="the page, and " + await response.text())

    async def main():
        application = web.Application()
        application.router.add_get("/", index)
        server = TestServer(application)
        async with TestClient(server) as client, client.get("/") as response:
            return await response.text()

    with use_cassette(weather):
        assert asyncio.run(main()) == "the page, and sunny"


@pytest.fixture
def _credentials(monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "made-up")


@pytest.mark.usefixtures("_credentials")
def test_an_emulator_of_aws_answers_beside_a_cassette(weather):
    server = ThreadedMotoServer(port=0, verbose=False)
    server.start()
    _, port = server.get_host_and_port()
    with use_cassette(weather) as recorder:
        s3 = boto3.client("s3", endpoint_url=f"http://127.0.0.1:{port}", region_name="us-east-1")
        s3.create_bucket(Bucket="things")
        assert "things" in [each["Name"] for each in s3.list_buckets()["Buckets"]]
        assert requests.get(URL, timeout=5).text == "sunny"
    server.stop()
    assert len(recorder.played) == 1


@pytest.mark.usefixtures("_credentials")
def test_a_mocked_aws_answers_beside_a_cassette(weather):
    with mock_aws(), use_cassette(weather) as recorder:
        s3 = boto3.client("s3", region_name="us-east-1")
        s3.create_bucket(Bucket="things")
        assert [each["Name"] for each in s3.list_buckets()["Buckets"]] == ["things"]
    assert recorder.errors == ()


def test_while_recording_they_are_not_recorded(tmp_path):
    server = Server()
    path = tmp_path / "new.yaml"
    with use_cassette(path, mode="rewrite") as recorder:
        assert requests.get(server.url, timeout=5).text == "live"
        assert requests.post(f"{server.url}/v1/chat/completions", json={}, timeout=5).text == "live"
    server.stop()
    assert recorder.recorded == ()


OTHER_PROCESS = """
import http.server, sys
class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers["content-length"]))
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"{}")
    do_GET = lambda self: (self.send_response(200), self.end_headers(), self.wfile.write(b"page"))
    log_message = lambda *_: None
server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
print(server.server_port, flush=True)
server.serve_forever()
"""


def test_a_model_served_by_another_process_is_recorded_by_its_path_and_replayed_by_its_origin(
    tmp_path,
):
    process = subprocess.Popen([sys.executable, "-c", OTHER_PROCESS], stdout=subprocess.PIPE)
    url = f"http://127.0.0.1:{int(process.stdout.readline())}"
    path = tmp_path / "new.yaml"
    with use_cassette(path, mode="rewrite"):
        requests.post(f"{url}/v1/chat/completions", json={"messages": []}, timeout=5)
        assert requests.get(f"{url}/other", timeout=5).text == "page"
    process.kill()
    process.communicate()
    (interaction,) = load(path).interactions
    assert interaction.request.url == f"{url}/v1/chat/completions"
    with use_cassette(path):
        answer = requests.post(f"{url}/v1/chat/completions", json={"messages": []}, timeout=5)
        assert answer.text == "{}"
        with pytest.raises(UnmatchedRequestError):
            requests.get(f"{url}/other", timeout=5)


def test_the_ports_on_which_this_process_listens_are_found():
    server = Server()
    assert server.port in listening_ports()
    server.stop()
    assert server.port not in listening_ports()
