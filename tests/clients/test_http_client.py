"""``http.client`` and what is built on it: urllib3, requests, urllib.request."""

from __future__ import annotations

import http.client
import io
import socket
import threading
import urllib.error
import urllib.request
import warnings
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
import requests
import urllib3

from llmcassette import ReplayError, UnmatchedRequestError, use_cassette
from tests.cases import case
from tests.clients.support import URL, cassette, recorded

HOST, PATH = "api.example.com", "/v1/chat"
CHUNKED = {"transfer_encoding": ("chunked",)}


@pytest.fixture
def weather(tmp_path):
    return cassette(tmp_path / "weather.yaml", *(recorded(b"sunny") for _ in range(4)))


def test_requests_gets_its_own_response(tmp_path):
    path = cassette(
        tmp_path / "c.yaml",
        recorded(
            b'{"city": "K\xc3\xb6ln"}',
            code=201,
            status="201 Made",
            headers={"Content-Type": "application/json", "X-Request-Id": "r1"},
        ),
    )
    with use_cassette(path):
        response = requests.get(URL, timeout=1)
    assert (response.status_code, response.reason) == (201, "Made")
    assert response.json() == {"city": "Köln"}
    assert response.url == URL
    assert dict(response.headers) == {"Content-Type": "application/json", "X-Request-Id": "r1"}


def test_a_session_keeps_its_connection_from_one_answer_to_the_next(tmp_path):
    answers = [recorded(b"sunny", headers={"Content-Length": "5"}) for _ in range(3)]
    with use_cassette(cassette(tmp_path / "c.yaml", *answers)), requests.Session() as session:
        responses = [session.get(URL, timeout=1, stream=True) for _ in range(2)]
        sockets = [response.raw._connection.sock for response in responses]
        assert [response.text for response in responses] == ["sunny", "sunny"]
        again = session.get(URL, timeout=1, stream=True)
        assert again.raw._connection.sock in sockets
        assert again.text == "sunny"


def test_a_connection_that_was_kept_when_its_cassette_closed_goes_live_afterwards(tmp_path, server):
    answer = recorded(b"recorded", url=f"{server.url}/", headers={"Content-Length": "8"})
    path = cassette(tmp_path / "c.yaml", answer, answer)
    connection = http.client.HTTPConnection("127.0.0.1", server.port)
    with requests.Session() as session:
        with use_cassette(path, serve_hosts=["127.0.0.1"]):
            assert session.get(server.url, timeout=1).text == "recorded"
            connection.request("GET", "/")
            assert connection.getresponse().read() == b"recorded"
        assert session.get(server.url, timeout=1).text == "live"
    with pytest.raises(ConnectionResetError):  # as if the server had closed it meanwhile
        connection.request("GET", "/")
    connection.close()
    connection.request("GET", "/")
    assert connection.getresponse().read() == b"live"


def test_a_connection_that_was_live_before_is_served_while_a_cassette_is_open(tmp_path, server):
    path = cassette(tmp_path / "c.yaml", *(recorded(b"recorded", url=f"{server.url}/"),) * 2)
    connection = http.client.HTTPConnection("127.0.0.1", server.port)
    with requests.Session() as session:
        assert session.get(server.url, timeout=1).text == "live"
        connection.request("GET", "/")
        assert connection.getresponse().read() == b"live"
        with use_cassette(path, serve_hosts=["127.0.0.1"]):
            assert session.get(server.url, timeout=1).text == "recorded"
            connection.request("GET", "/")
            assert connection.getresponse().read() == b"recorded"
    connection.close()


def test_the_innermost_cassette_answers_over_a_connection_that_the_outer_one_has_served(tmp_path):
    outer = cassette(tmp_path / "o.yaml", recorded(b"outer", headers={"Content-Length": "5"}))
    inner = cassette(tmp_path / "i.yaml", recorded(b"inner"))
    connection = http.client.HTTPSConnection(HOST)
    with use_cassette(outer):
        connection.request("GET", PATH)
        assert connection.getresponse().read() == b"outer"
        with use_cassette(inner):
            connection.request("GET", PATH)
            assert connection.getresponse().read() == b"inner"


def test_a_body_is_framed_as_it_was_recorded(tmp_path):
    length = {"Content-Length": "5"}
    cases = {
        "by its length": ({"headers": length}, {"headers": length}, False),
        "in chunks": (CHUNKED, {"headers": {"Transfer-Encoding": "chunked"}}, True),
        "by the end of the connection": ({}, {"headers": {}}, False),
        "in chunks, despite a length": (
            {**CHUNKED, "headers": length},
            {"headers": {"Transfer-Encoding": "chunked"}},
            True,
        ),
        "with another length": ({"headers": {"Content-Length": "9"}}, {"headers": {}}, False),
    }
    for name, (given, seen, is_chunked) in cases.items():
        path = cassette(tmp_path / "c.yaml", recorded(b"sunny", **given))
        with case(name), use_cassette(path):
            response = urllib3.request("GET", URL, preload_content=False)
            assert response.chunked is is_chunked
            assert dict(response.headers) == seen["headers"]
            assert response.read() == b"sunny"


def test_an_answer_without_a_body_has_none(tmp_path):
    cases = {
        "HEAD": ({"method": "HEAD", "headers": {"Content-Length": "900"}}, "900"),
        "204": ({"code": 204, "status": "204 No Content", **CHUNKED}, None),
        "304": ({"code": 304, "status": "304 Not Modified"}, None),
        "an empty one": ({"headers": {"Content-Length": "0"}}, "0"),
    }
    for name, (given, length) in cases.items():
        path = cassette(tmp_path / "c.yaml", recorded(b"", **given))
        with case(name), use_cassette(path), requests.Session() as session:
            response = session.request(given.get("method", "GET"), URL, timeout=1)
            assert response.content == b""
            assert response.headers.get("Content-Length") == length
            assert "Transfer-Encoding" not in response.headers


def test_chunks_arrive_one_by_one(tmp_path):
    body = b"data: 1\n\ndata: 2\n\ndata: 3\n\n"
    answer = recorded(body, headers={"Content-Type": "text/event-stream"}, **CHUNKED)
    with use_cassette(cassette(tmp_path / "c.yaml", *(answer,) * 4)):
        raw = urllib3.request("GET", URL, preload_content=False)
        assert list(raw.stream()) == [b"data: 1\n\n", b"data: 2\n\n", b"data: 3\n\n"]
        stream = requests.get(URL, stream=True, timeout=1)
        lines = [line for line in stream.iter_lines() if line]
        assert lines == [b"data: 1", b"data: 2", b"data: 3"]
        with urllib.request.urlopen(URL) as plain:
            assert plain.readline() == b"data: 1\n"
            assert plain.read1() == b"\n"
            assert plain.read1() == b"data: 2\n\n"
            assert plain.read() == b"data: 3\n\n"
        raw = urllib3.request("GET", URL, preload_content=False)
        assert raw.read(4) == b"data"
        raw.close()


def test_bodies_are_matched_however_they_are_uploaded(tmp_path):
    body = b'{"city": "Koeln"}'
    path = cassette(tmp_path / "c.yaml", *(recorded(method="POST", body=body),) * 5)
    with use_cassette(path) as recorder:
        requests.post(URL, json={"city": "Koeln"}, timeout=1)
        requests.post(URL, data=iter([body[:5], body[5:]]), timeout=1)
        urllib3.request("POST", URL, body=io.BytesIO(body))
        urllib.request.urlopen(urllib.request.Request(URL, data=body)).close()
        connection = http.client.HTTPSConnection(HOST)
        connection.putrequest("POST", PATH)
        connection.putheader("Expect", "100-continue")
        connection.putheader("Content-Length", str(len(body)))
        connection.endheaders()
        connection.send(body)
        assert connection.getresponse().read() == b"recorded"
    assert len(recorder.played) == 5


def test_an_adapter_and_its_retries_see_the_recorded_answers(tmp_path):
    answers = [recorded(b"", code=code, status=f"{code} x") for code in (503, 502)]
    path = cassette(tmp_path / "c.yaml", *answers, recorded(b"at last"))
    retry = urllib3.Retry(total=3, status_forcelist=[502, 503], backoff_factor=0)
    with use_cassette(path), requests.Session() as session:
        session.mount("https://", requests.adapters.HTTPAdapter(max_retries=retry))
        assert session.get(URL, timeout=1).text == "at last"


def test_redirects_and_cookies_work(tmp_path):
    moved = {"Location": "https://other.example.com/v2", "Set-Cookie": "plain=1; Path=/"}
    path = cassette(
        tmp_path / "c.yaml",
        recorded(b"", code=302, status="302 Found", headers=moved),
        recorded(b"there", url="https://other.example.com/v2"),
    )
    with use_cassette(path), requests.Session() as session:
        response = session.get(URL, timeout=1)
        assert [one.status_code for one in response.history] == [302]
        assert response.text == "there"
        assert session.cookies.get_dict() == {"plain": "1"}


def test_a_miss_is_neither_wrapped_nor_retried(weather):
    asked = {
        "requests": lambda: requests.get(f"{URL}/other", timeout=1),
        "urllib3": lambda: urllib3.request("GET", f"{URL}/other", retries=5),
        "urllib": lambda: urllib.request.urlopen(f"{URL}/other"),
    }
    for name, ask in asked.items():
        with case(name), use_cassette(weather) as recorder:
            with pytest.raises(UnmatchedRequestError):
                ask()
            assert len(recorder.errors) == 1


def test_what_is_no_http_is_an_error_that_says_so(weather):
    with use_cassette(weather) as recorder:
        connection = http.client.HTTPSConnection(HOST)
        connection.putrequest("GET", PATH, skip_host=True)
        with pytest.raises(ReplayError, match=r"a request to api\.example\.com is no HTTP/1\.1"):
            connection.endheaders()
    assert len(recorder.errors) == 1


def test_through_a_proxy_the_host_behind_it_is_served(tmp_path):
    secure, plain = recorded(b"secure"), recorded(b"plain", url="http://api.example.com/v1")
    path = cassette(tmp_path / "c.yaml", secure, plain, secure)
    proxies = {"https": "http://192.0.2.1:3128", "http": "http://192.0.2.1:3128"}
    with use_cassette(path):
        assert requests.get(URL, proxies=proxies, timeout=1).text == "secure"
        assert requests.get("http://api.example.com/v1", proxies=proxies, timeout=1).text == "plain"
        connection = http.client.HTTPSConnection("192.0.2.1", 3128)
        connection.set_tunnel(HOST)
        connection.request("GET", PATH)
        assert connection.getresponse().read() == b"secure"


def test_pass_hosts_are_reached_and_ignore_hosts_are_not(weather, server):
    hosts = {"pass_hosts": ["127.0.0.1"], "ignore_hosts": ["*.telemetry.test"]}
    with use_cassette(weather, serve_hosts=["127.0.0.1"], **hosts) as recorder:
        assert requests.get(server.url, timeout=1).text == "live"
        with pytest.raises(requests.ConnectionError, match="is in ignore_hosts"):
            requests.get("https://eu.telemetry.test/capture", timeout=1)
        with pytest.raises(urllib.error.URLError, match="is in ignore_hosts"):
            urllib.request.urlopen("https://eu.telemetry.test/capture")
    assert recorder.errors == ()


def test_unverified_connections_warn_as_live(weather):
    with use_cassette(weather), warnings.catch_warnings():
        warnings.simplefilter("error")
        requests.get(URL, timeout=1)
        with pytest.raises(urllib3.exceptions.InsecureRequestWarning):
            requests.get(URL, timeout=1, verify=False)


def test_connections_with_a_connect_of_their_own_are_left_alone(tmp_path, weather):
    """Such as those to Unix sockets, and urllib3 as pip has it."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"the daemon")

        def log_message(self, *_):
            """Not on stderr."""

        def address_string(self):
            return "unix"

    class Server(HTTPServer):
        address_family = socket.AF_UNIX

        def server_bind(self):
            self.socket.bind(self.server_address)

    class Connection(http.client.HTTPConnection):
        def connect(self):
            self.sock = socket.socket(socket.AF_UNIX)
            self.sock.connect(str(tmp_path / "s"))

    server = Server(str(tmp_path / "s"), Handler)
    thread = threading.Thread(target=server.handle_request)
    thread.start()
    with use_cassette(weather) as recorder:
        connection = Connection("localhost")
        connection.request("GET", "/")
        assert connection.getresponse().read() == b"the daemon"
    thread.join()
    server.server_close()
    assert recorder.played == ()


def test_the_copy_of_urllib3_in_pip_is_left_alone(weather, server):
    from pip._vendor import requests as vendored

    hosts = {"serve_hosts": ["127.0.0.1"]}
    with use_cassette(weather, **hosts) as recorder, vendored.Session() as session:
        assert session.get(server.url, timeout=5).text == "live"
        assert session.get(server.url, timeout=5).text == "live"
    assert recorder.errors == ()
