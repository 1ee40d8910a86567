"""Clients that act on the headers of answers: recorded from a server, replayed with it gone."""

from __future__ import annotations

import asyncio
import runpy
from contextlib import contextmanager
from pathlib import Path

import httpx
import httpx2
import pytest

from llmcassette import load, use_cassette
from tests.recording.flow_server import COMMIT, FILE, FlowServer, claims_of

DOCS = Path(__file__).parents[2] / "docs" / "how-to" / "secrets.md"


@pytest.fixture
def flow_server():
    running = FlowServer()
    yield running
    running.stop()


@contextmanager
def open_client(make, **arguments):
    """``ask(method, url, ...)`` of a client, in one event loop if it is asynchronous."""
    client = make(verify=False, **arguments)
    if not issubclass(make, httpx.AsyncClient | httpx2.AsyncClient):
        with client:
            yield client, client.request
        return
    with asyncio.Runner() as runner:
        yield client, lambda *given, **more: runner.run(client.request(*given, **more))
        runner.run(client.aclose())


def recorded_and_replayed(flow, server, path, **settings):
    """What a flow returns, live and in replay; the cassette holds none of the server's secrets."""
    with use_cassette(path, mode="once", **settings):
        live = flow(server.url)
    server.stop()
    text = path.read_text(encoding="utf-8")
    assert [secret for secret in server.secrets if secret in text] == []
    with use_cassette(path, **settings) as recorder:
        replayed = flow(server.url)
    assert recorder.unplayed == ()
    return live, replayed


def test_digest_authentication(make, flow_server, path):
    library = httpx2 if make.__module__.startswith("httpx2") else httpx

    def flow(url):
        with open_client(make, auth=library.DigestAuth("ada", "pass")) as (_, ask):
            response = ask("GET", url + "/digest")
            return response.status_code, response.content

    live, replayed = recorded_and_replayed(flow, flow_server, path)
    assert live == replayed == (200, b"welcome")


def test_a_login_whose_form_and_header_repeat_a_cookie(make, flow_server, path):
    def flow(url):
        with open_client(make) as (client, ask):
            ask("GET", url + "/login")
            csrf = client.cookies["csrftoken"]
            form = {"user": "ada", "csrfmiddlewaretoken": csrf}
            login = ask("POST", url + "/login", data=form, headers={"X-CSRFToken": csrf})
            me = ask("GET", url + "/me")
            names = sorted(cookie.name for cookie in client.cookies.jar)
            same = me.json()["session"] == client.cookies["sid"]
            return login.status_code, me.status_code, names, same, client.cookies["theme"]

    live, replayed = recorded_and_replayed(flow, flow_server, path)
    assert live == replayed == (200, 200, ["csrftoken", "sid", "theme"], True, "dark")


def token_flow(make):
    def flow(url):
        with open_client(make) as (_, ask):
            token = ask("POST", url + "/token", data={"grant_type": "code"}).json()["access_token"]
            me = ask("GET", url + "/me", headers={"Authorization": f"Bearer {token}"})
            return claims_of(token)["sub"], me.status_code

    return flow


def test_a_token_that_the_client_decodes_with_the_function_of_the_docs(make, flow_server, path):
    block = next(
        block.partition("```")[0]
        for block in DOCS.read_text(encoding="utf-8").split("```python\n")
        if "def fake_token" in block
    )
    script = path.with_name("docs_block.py")
    script.write_text(block, encoding="utf-8")
    fake_token = runpy.run_path(str(script))["fake_token"]
    live, replayed = recorded_and_replayed(token_flow(make), flow_server, path, redact=fake_token)
    assert live == replayed == ("ada", 401)


def test_a_token_that_a_function_replaces_with_one_that_looks_real(flow_server, path):
    fake = f"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJmYWtlIn0.{'ab1' * 14}"

    def swap(message):
        from dataclasses import replace

        body = message.body
        for secret in flow_server.secrets:
            body = body.replace(secret.encode(), fake.encode())
        return replace(message, body=body)

    flow = token_flow(httpx.Client)
    live, replayed = recorded_and_replayed(flow, flow_server, path, redact=swap)
    assert (live, replayed) == (("ada", 401), ("fake", 401))


def test_a_token_that_keep_fields_keeps(make, flow_server, path):
    with use_cassette(path, mode="once", keep_fields=["access_token"]):
        live = token_flow(make)(flow_server.url)
    flow_server.stop()
    assert flow_server.secrets[0].encode() in load(path).interactions[0].response.body
    with use_cassette(path, keep_fields=["access_token"]):
        assert token_flow(make)(flow_server.url) == live == ("ada", 401)


def test_polling_of_an_operation(make, flow_server, path):
    def flow(url):
        with open_client(make) as (_, ask):
            place = ask("POST", url + "/analyze", json={"url": "a.pdf"}).headers[
                "operation-location"
            ]
            seen = []
            while not seen or seen[-1][0] != "succeeded":
                response = ask("GET", place)
                seen.append((response.json()["status"], response.headers["retry-after"]))
            return seen

    live, replayed = recorded_and_replayed(flow, flow_server, path)
    assert live == replayed == [("running", "0"), ("running", "0"), ("succeeded", "0")]


def test_a_page_that_is_asked_for_again_by_its_etag(make, flow_server, path):
    def flow(url):
        with open_client(make) as (_, ask):
            first = ask("GET", url + "/cached")
            tag = {"If-None-Match": first.headers["etag"]}
            second = ask("GET", url + "/cached", headers=tag)
            return first.content, second.status_code, second.headers["etag"]

    live, replayed = recorded_and_replayed(flow, flow_server, path)
    assert live == replayed == (b"the page", 304, '"v1"')


def test_the_name_of_a_download(make, flow_server, path):
    def flow(url):
        with open_client(make) as (_, ask):
            response = ask("GET", url + "/download")
            headers = response.headers
            return headers["content-disposition"], headers["content-length"], response.content

    live, replayed = recorded_and_replayed(flow, flow_server, path)
    assert live == replayed
    assert live[0].startswith('attachment; filename="a b.txt"')


def test_hf_hub_download(flow_server, path, tmp_path, monkeypatch):
    huggingface_hub = pytest.importorskip("huggingface_hub")
    monkeypatch.setenv("HF_HUB_DISABLE_XET", "1")
    runs = iter("ab")

    def flow(url):
        place = huggingface_hub.hf_hub_download(
            "org/model", "weights.bin", endpoint=url, cache_dir=tmp_path / next(runs), token=False
        )
        return Path(place).read_bytes(), COMMIT in place

    live, replayed = recorded_and_replayed(flow, flow_server, path)
    assert live == replayed == (FILE, True)
