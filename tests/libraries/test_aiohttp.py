"""aiohttp's client works as live: only where its bytes come from is another place."""

from __future__ import annotations

import asyncio
import gzip

import aiohttp
import pytest
from aiohttp import web

from llmcassette import ReplayError, use_cassette
from tests.clients.support import URL, Server, cassette, recorded

HOST = "https://api.example.com"
BODY = b"data: 1\n\ndata: 2\n\ndata: 3\n\n"
STREAM = {"headers": {"Content-Type": "text/event-stream"}, "transfer_encoding": ("chunked",)}


def run(path, use, *, session=None, **settings):
    async def main():
        async with aiohttp.ClientSession(**(session or {})) as client:
            return await use(client)

    with use_cassette(path, **settings) as recorder:
        result = asyncio.run(main())
    return result, recorder


@pytest.fixture
def server():
    running = Server()
    yield running
    running.stop()


@pytest.fixture
def stream(tmp_path):
    return cassette(tmp_path / "stream.yaml", recorded(BODY, **STREAM))


EVENTS = [b"data: 1\n\n", b"data: 2\n\n", b"data: 3\n\n"]
READERS = {
    "iter_any": (lambda content: content.iter_any(), EVENTS),
    "iter_chunked": (lambda content: content.iter_chunked(4), None),
    "iter_chunks": (
        lambda content: content.iter_chunks(),
        [(event, True) for event in EVENTS],
    ),
    "lines": (lambda content: content, BODY.splitlines(keepends=True)),
}


@pytest.mark.parametrize("name", READERS)
def test_a_stream_is_read_in_every_way(stream, name):
    read, expected = READERS[name]

    async def use(client):
        async with client.get(URL) as response:
            assert isinstance(response, aiohttp.ClientResponse)
            return [piece async for piece in read(response.content)]

    pieces, _ = run(stream, use)
    if expected is None:
        assert b"".join(pieces) == BODY
        assert all(len(piece) <= 4 for piece in pieces)
    else:
        assert pieces == expected


def test_a_stream_is_read_by_hand(stream):
    async def use(client):
        async with client.get(URL) as response:
            content = response.content
            parts = [await content.readline(), await content.read(3), await content.readexactly(4)]
            return [*parts, await content.readany(), content.at_eof(), await response.read()]

    (line, three, four, rest, at_end, last), _ = run(stream, use)
    assert (line, three, four) == (b"data: 1\n", b"\n", b"data")
    assert (rest, at_end, last) == (b": 2\n\n", False, b"data: 3\n\n")


def test_an_answer_that_is_not_read_leaves_nothing_behind(tmp_path, recwarn):
    path = cassette(tmp_path / "c.yaml", *(recorded(b"sunny"),) * 2, recorded(BODY, **STREAM))

    async def use(client):
        response = await client.get(URL)
        assert response.status == 200
        response.release()
        async with client.get(URL):
            pass
        response = await client.get(URL)
        response.close()
        return len(asyncio.all_tasks())

    tasks, _ = run(path, use)
    assert tasks <= 2
    assert [str(warning.message) for warning in recwarn] == []


def test_json_text_cookies_redirects_and_raise_for_status(tmp_path):
    moved = {"Location": "/v2", "Set-Cookie": "plain=1; Path=/"}
    path = cassette(
        tmp_path / "c.yaml",
        recorded(b"", code=302, status="302 Found", headers=moved),
        recorded(
            b'{"a": 1}',
            url=f"{HOST}/v2",
            headers={"Content-Type": "application/json"},
        ),
        recorded(b"no", code=404, status="404 Nowhere", url=f"{HOST}/v3"),
    )

    async def use(client):
        async with client.get("/v1/chat") as response:
            assert [one.status for one in response.history] == [302]
            assert await response.json() == {"a": 1}
        assert {cookie.key: cookie.value for cookie in client.cookie_jar} == {"plain": "1"}
        with pytest.raises(aiohttp.ClientResponseError) as caught:
            await client.get("/v3", raise_for_status=True)
        return caught.value.status, caught.value.message

    session = {"base_url": HOST}
    assert run(path, use, session=session)[0] == (404, "Nowhere")


def test_a_compressed_answer_is_decoded_by_the_client(tmp_path):
    coded = recorded(gzip.compress(b"sunny " * 50), headers={"Content-Encoding": "gzip"})

    async def use(client):
        async with client.get(URL) as response:
            return await response.text()

    assert run(cassette(tmp_path / "c.yaml", coded), use)[0] == "sunny " * 50


def test_bodies_are_matched_however_they_are_uploaded(tmp_path):
    body = b'{"city": "Koeln"}'
    path = cassette(tmp_path / "c.yaml", *(recorded(method="POST", body=body),) * 5)

    async def pieces():
        for start in range(0, len(body), 5):
            yield body[start : start + 5]

    async def use(client):
        await client.post(URL, json={"city": "Koeln"})
        await client.post(URL, data=body)
        await client.post(URL, data=pieces())
        await client.post(URL, data=body, compress="gzip")
        await client.post(URL, data=body, expect100=True)

    assert len(run(path, use)[1].played) == 5


def test_an_upload_of_parts_is_matched(tmp_path, server):
    """Its boundary is another each time."""

    async def use(client):
        form = aiohttp.FormData()
        form.add_field("file", b"text", filename="a.txt", content_type="text/plain")
        async with client.post(f"{server.url}/", data=form) as response:
            return await response.text()

    path = tmp_path / "c.yaml"
    settings = {"serve_hosts": ["127.0.0.1"]}
    assert run(path, use, mode="rewrite", **settings)[0] == "live"
    assert run(path, use, **settings)[0] == "live"
    assert len(server.asked) == 1


SIGNALS = (
    "request_start", "dns_resolvehost_start", "dns_cache_miss", "connection_create_start",
    "connection_create_end", "connection_reuseconn", "request_end",
)  # fmt: skip


def test_tracing_and_middlewares_see_the_request(tmp_path):
    path = cassette(tmp_path / "c.yaml", recorded(b"sunny"))
    seen = []
    trace = aiohttp.TraceConfig()
    for name in SIGNALS:

        async def note(*_, name=name):
            seen.append(name)

        getattr(trace, f"on_{name}").append(note)

    async def middleware(request, handler):
        seen.append(f"middleware {request.method}")
        return await handler(request)

    if not hasattr(aiohttp, "ClientMiddlewareType"):
        pytest.skip("aiohttp has middlewares since 3.12")

    async def use(client):
        async with client.get(URL) as response:
            return await response.text()

    session = {"trace_configs": [trace], "middlewares": (middleware,)}
    assert run(path, use, session=session)[0] == "sunny"
    assert seen == [
        "request_start", "middleware GET", "connection_create_start", "connection_create_end",
        "request_end",
    ]  # fmt: skip


def test_a_total_timeout_ends_a_slow_answer(tmp_path):
    path = cassette(tmp_path / "c.yaml", recorded(b"sunny", duration=60.0))

    async def use(client):
        with pytest.raises(TimeoutError):
            await client.get(URL, timeout=aiohttp.ClientTimeout(total=0.05))

    run(path, use, pace="recorded")


def test_a_request_that_is_cancelled_ends(tmp_path):
    path = cassette(tmp_path / "c.yaml", recorded(b"sunny", duration=60.0))

    async def use(client):
        task = asyncio.create_task(client.get(URL))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    run(path, use, pace="recorded")


def test_many_requests_at_once_each_get_their_own_answer(tmp_path):
    urls = [f"{URL}/{number}" for number in range(20)]
    path = cassette(tmp_path / "c.yaml", *(recorded(url.encode(), url=url) for url in urls))

    async def text(client, url):
        async with client.get(url) as response:
            return await response.text()

    async def use(client):
        return await asyncio.gather(*(text(client, url) for url in urls))

    assert run(path, use)[0] == urls


def test_through_a_proxy_the_host_behind_it_is_served(tmp_path):
    path = cassette(
        tmp_path / "c.yaml", recorded(b"1"), recorded(b"2", url="http://api.example.com/")
    )

    async def use(client):
        proxy = "http://192.0.2.1:3128"
        async with client.get(URL, proxy=proxy) as response:
            first = await response.text()
        async with client.get("http://api.example.com/", proxy=proxy) as response:
            return first + await response.text()

    assert run(path, use)[0] == "12"


def test_a_web_socket_is_refused_by_name(tmp_path):
    async def use(client):
        with pytest.raises(ReplayError) as caught:
            await client.ws_connect("wss://api.example.com/v1/realtime")
        return str(caught.value)

    message, recorder = run(cassette(tmp_path / "c.yaml", recorded()), use)
    assert message == (
        "a client opens a WebSocket to api.example.com, which cannot be recorded.\n"
        "Name the host in pass_hosts to let it through unrecorded."
    )
    assert len(recorder.errors) == 1


def test_a_web_socket_to_an_application_under_test_is_left_alone(tmp_path):
    async def echo(request):
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.send_str("hello")
        await socket.close()
        return socket

    async def use(_):
        from aiohttp.test_utils import TestClient, TestServer

        application = web.Application()
        application.router.add_get("/ws", echo)
        async with (
            TestClient(TestServer(application)) as client,
            client.ws_connect("/ws") as socket,
        ):
            return await socket.receive_str()

    assert run(cassette(tmp_path / "c.yaml", recorded()), use)[0] == "hello"


def test_a_connector_to_a_unix_socket_is_left_alone(tmp_path):
    path = cassette(tmp_path / "c.yaml", recorded(b"sunny"))

    async def main():
        app = web.Application()

        async def daemon(request):
            return web.Response(text="the daemon")

        app.router.add_get("/{path:.*}", daemon)
        runner = web.AppRunner(app)
        await runner.setup()
        await web.UnixSite(runner, str(tmp_path / "socket")).start()
        connector = aiohttp.UnixConnector(str(tmp_path / "socket"))
        async with (
            aiohttp.ClientSession(connector=connector) as client,
            client.get(URL) as response,
        ):
            text = await response.text()
        await runner.cleanup()
        return text

    with use_cassette(path) as recorder:
        assert asyncio.run(main()) == "the daemon"
    assert recorder.played == ()
