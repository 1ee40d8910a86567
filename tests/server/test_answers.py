"""What a client of the server gets is what was recorded."""

from __future__ import annotations

import http.client
import socket
from dataclasses import replace

import pytest

from llmcassette import faults, storage
from llmcassette.model import Chunk, Headers, Interaction, Request
from tests.cases import case
from tests.cli.commands import DONE, FINISH, SSE, STREAM, chat
from tests.corpus import SAMPLE_FILES
from tests.server.client import Asking, ask

ASKED = chat().request.body
PIECES = [STREAM[:10], STREAM[10:], FINISH + DONE]
STREAMED = chat(
    body=b"".join(PIECES), headers=SSE, chunks=tuple(Chunk(len(piece), 0.25) for piece in PIECES)
)


def test_a_body_of_known_length_comes_with_its_status_and_headers(play):
    headers = Headers(
        {"Content-Type": "text/plain", "X-Request-Id": "req_1", "Content-Length": "5"}
    )
    recorded = chat(body=b"Slow.", code=429, status="429 Slow", headers=headers)
    got = ask(f"{play(recorded).url}/v1/chat/completions", body=ASKED)
    assert (got.code, got.body, got.ended) == (429, b"Slow.", True)
    assert got.headers["x-request-id"] == "req_1"
    assert got.headers["content-length"] == "5"


def test_each_chunk_comes_as_it_was_recorded(play):
    got = ask(f"{play(STREAMED).url}/v1/chat/completions", body=ASKED)
    assert (got.chunks, got.ended) == (PIECES, True)
    assert got.headers["content-type"] == "text/event-stream"


def test_answers_without_a_body_have_none(play):
    for method, code in (("HEAD", 200), ("POST", 204), ("GET", 304)):
        with case(f"{method} {code}"):
            request = {"method": method, "body": b""}
            headers = Headers({"Content-Length": "12"} if code != 204 else {})
            recorded = chat(body=b"", code=code, status=str(code), headers=headers, request=request)
            got = ask(f"{play(recorded).url}/v1/chat/completions", method)
            assert (got.code, got.body, got.ended) == (code, b"", True)


def test_all_bytes_of_the_sample_cassettes(play):
    for path in SAMPLE_FILES:
        played = play(path)
        for interaction in storage.load(path).interactions:
            with case(f"{path.name} {interaction.id}"):
                target = "/" + interaction.request.url.partition("://")[2].partition("/")[2]
                body = interaction.request.body
                got = ask(played.url + target, body=body, content_type="application/json")
                assert (got.code, got.body) == (
                    interaction.response.code,
                    interaction.response.body,
                )
        assert played.errors == []
        assert played.cassette.player.unplayed == ()


def test_waits_are_those_of_the_setting_pace(play):
    waited: list[float] = []
    recorded = replace(STREAMED.response, duration=1.5)
    played = play(Interaction(0, STREAMED.request, recorded), pace="recorded", sleep=waited.append)
    assert ask(f"{played.url}/v1/chat/completions", body=ASKED).chunks == PIECES
    assert waited == [1.5, 0.25, 0.25, 0.25]


def test_chunks_are_sent_when_they_are_due_and_not_together(play):
    played = play(STREAMED, gap=3600)
    asking = Asking(f"{played.url}/v1/chat/completions", body=ASKED)
    assert asking.until(1).chunks == PIECES[:1]
    asking.close()
    assert played.errors == []


def test_a_body_that_broke_off_ends_the_connection_there(play):
    for headers in (SSE, Headers({"Content-Type": "text/plain", "Content-Length": "4000"})):
        with case(headers):
            broken = chat(body=STREAM, headers=headers, ended="ReadError", content_length=4000)
            got = ask(f"{play(broken).url}/v1/chat/completions", body=ASKED)
            assert (got.code, got.body, got.ended) == (200, STREAM, False)


def test_no_answer_is_a_502_in_the_providers_shape(play):
    message = "llmcassette: {} could not be reached: no answer came when recorded: connect"
    for host, path, shape in (
        ("api.openai.com", "/v1/chat/completions", {"type": "server_error", "code": None}),
        ("api.anthropic.com", "/v1/messages", {"type": "api_error"}),
    ):
        with case(host):
            recorded = chat(
                code=0, status="", headers=Headers(), body=b"", ended="connect",
                request={"url": f"https://{host}{path}"},
            )  # fmt: skip
            played = play(recorded)
            got = ask(f"{played.url}{path}", body=ASKED)
            assert got.code == 502
            error = got.json["error"]
            assert {name: error[name] for name in shape} == shape
            assert error["message"] == message.format(host)
            assert played.errors == []


def test_a_client_may_leave_where_the_recording_one_did(play):
    for ended in ("closed", "waiting"):
        with case(ended):
            played = play(chat(body=STREAM, headers=SSE, ended=ended))
            asking = Asking(f"{played.url}/v1/chat/completions", body=ASKED)
            assert asking.until(1).body == STREAM
            asking.close()
            assert ask(f"{played.url}/__llmcassette__/", "GET").code == 200
            assert played.errors == []


def test_one_that_waits_for_longer_is_cut_off_and_it_counts(play):
    for ended, words in (("closed", "now it reads on"), ("waiting", "now it waits on")):
        with case(ended):
            played = play(chat(body=STREAM, headers=SSE, ended=ended), max_wait=0.01)
            got = ask(f"{played.url}/v1/chat/completions", body=ASKED)
            assert (got.code, got.body, got.ended) == (200, STREAM, False)
            [error] = played.errors
            assert words in error


def test_faults_come_over_the_wire(play):
    url = "/v1/chat/completions"
    played = play(STREAMED, faults=[faults.status(529), faults.drop(after_events=1)])
    assert ask(played.url + url, body=ASKED).code == 529
    got = ask(played.url + url, body=ASKED)
    assert (got.code, got.body, got.ended) == (200, STREAM, False)


def test_a_timeout_leaves_the_client_waiting(play):
    played = play(STREAMED, faults=[faults.read_timeout()])
    asking = Asking(f"{played.url}/v1/chat/completions", body=ASKED)
    asking.socket.settimeout(0.05)
    with pytest.raises(TimeoutError):
        asking.rest()
    asking.close()
    assert ask(f"{played.url}/v1/chat/completions", body=ASKED).ended


def test_a_timeout_that_the_client_lacks_ends_without_an_answer(play):
    played = play(STREAMED, faults=[faults.read_timeout()], max_wait=0.01)
    assert ask(f"{played.url}/v1/chat/completions", body=ASKED).code == 0


def test_a_connection_is_kept_for_the_next_request(play):
    played = play(chat("One"), chat("Two", id=1))
    host, _, path = played.url.removeprefix("http://").partition("/")
    connection = http.client.HTTPConnection(host)
    texts = []
    for _ in range(2):
        connection.request("POST", f"/{path}/v1/chat/completions", body=ASKED)
        before = connection.sock
        texts.append(connection.getresponse().read())
    assert connection.sock is before
    assert [b"One" in texts[0], b"Two" in texts[1]] == [True, True]
    connection.close()


def test_a_request_may_come_in_chunks_and_wait_for_100(play):
    played = play(chat())
    host, _, path = played.url.removeprefix("http://").partition("/")
    name, _, port = host.partition(":")
    with socket.create_connection((name, int(port)), 60) as sock:
        sock.sendall(
            f"POST /{path}/v1/chat/completions HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n"
            "Transfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n".encode()
        )
        assert sock.recv(100).startswith(b"HTTP/1.1 100 ")
        half = len(ASKED) // 2
        for part in (ASKED[:half], ASKED[half:], b""):
            sock.sendall(b"%x\r\n%s\r\n" % (len(part), part))
        answer = b""
        while data := sock.recv(4096):
            answer += data
    assert answer.startswith(b"HTTP/1.1 200 OK\r\n")


def test_urls_with_a_query_and_escapes_are_kept(play):
    target = "/v1beta/models/a%2Fb:stream?alt=sse&q=%C3%A4+b"
    request = Request(method="GET", url=f"https://generativelanguage.googleapis.com{target}")
    played = play(Interaction(0, request, chat().response))
    assert ask(played.url + target, "GET").code == 200
