"""Request bodies of every kind are read once and compared by what they say."""

from __future__ import annotations

import io

import httpx
import httpx2
import pytest

from llmcassette import UnmatchedRequestError, use_cassette
from tests.clients.support import URL, ask, cassette, open_client, recorded

JSON = {"Content-Type": "application/json"}
sync_only = pytest.mark.parametrize("make", [httpx.Client, httpx2.Client], ids=["httpx", "httpx2"])
async_only = pytest.mark.parametrize(
    "make", [httpx.AsyncClient, httpx2.AsyncClient], ids=["httpx", "httpx2"]
)


@pytest.fixture
def stored(tmp_path):
    def store(body, content_type="application/json"):
        sent = {"Content-Type": content_type}
        pair = recorded(b"matched", method="POST", body=body, sent=sent)
        return cassette(tmp_path / "one.yaml", pair)

    return store


class Counted:
    """An iterable of pieces that knows how often it was read."""

    def __init__(self, *pieces):
        self.pieces, self.reads = pieces, 0

    def __iter__(self):
        self.reads += 1
        return iter(self.pieces)

    async def __aiter__(self):
        self.reads += 1
        for piece in self.pieces:
            yield piece


def test_json_is_compared_by_its_meaning(stored, make):
    path = stored(b'{ "b": [1, 2], "a": "\\u00e4" }')
    with open_client(make) as client, use_cassette(path):
        assert ask(client, "POST", json={"a": "ä", "b": [1, 2]}).text == "matched"


def test_another_json_body_is_a_miss(stored, make):
    path = stored(b'{"a": 1}')
    with open_client(make) as client, use_cassette(path), pytest.raises(UnmatchedRequestError):
        ask(client, "POST", json={"a": 2})


@sync_only
def test_a_generator_is_read_once(stored, make):
    pieces = Counted(b'{"a"', b": 1}")
    with make() as client, use_cassette(stored(b'{"a": 1}')):
        answer = client.post(URL, content=(piece for piece in pieces), headers=JSON)
    assert (answer.text, pieces.reads) == ("matched", 1)


@async_only
def test_an_async_iterator_is_read_once(stored, make):
    pieces = Counted(b'{"a"', b": 1}")
    with open_client(make) as client, use_cassette(stored(b'{"a": 1}')):
        answer = ask(client, "POST", content=aiter(pieces), headers=JSON)
    assert (answer.text, pieces.reads) == ("matched", 1)


def test_a_form_is_compared_by_its_fields(stored, make):
    path = stored(b"q=sunny+day&n=1", "application/x-www-form-urlencoded")
    with open_client(make) as client, use_cassette(path):
        assert ask(client, "POST", data={"q": "sunny day", "n": 1}).text == "matched"


def multipart(boundary):
    return (
        f'--{boundary}\r\nContent-Disposition: form-data; name="purpose"\r\n\r\nbatch\r\n'
        f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="a.bin"\r\n'
        f"Content-Type: application/octet-stream\r\n\r\n"
    ).encode() + b"\x00\xff\r\n--%b--\r\n" % boundary.encode()


def test_multipart_is_compared_without_its_random_boundary(stored, make):
    path = stored(multipart("0f1e2d"), "multipart/form-data; boundary=0f1e2d")
    with open_client(make) as client, use_cassette(path):
        answer = ask(
            client,
            "POST",
            data={"purpose": "batch"},
            files={"file": ("a.bin", io.BytesIO(b"\x00\xff"), "application/octet-stream")},
        )
    assert answer.text == "matched"


def test_another_file_is_a_miss(stored, make):
    path = stored(multipart("0f1e2d"), "multipart/form-data; boundary=0f1e2d")
    with open_client(make) as client, use_cassette(path), pytest.raises(UnmatchedRequestError):
        ask(
            client,
            "POST",
            data={"purpose": "batch"},
            files={"file": ("a.bin", io.BytesIO(b"\x00\xfe"), "application/octet-stream")},
        )


@sync_only
def test_an_open_file_is_read(stored, make, tmp_path):
    body = tmp_path / "body.json"
    body.write_bytes(b'{"a": 1}')
    with make() as client, use_cassette(stored(b'{"a": 1}')), body.open("rb") as file:
        assert client.post(URL, content=file, headers=JSON).text == "matched"


def test_an_error_of_the_users_generator_is_the_callers_own(stored):
    def broken():
        yield b"{"
        raise LookupError("no more")

    with (
        httpx.Client() as client,
        use_cassette(stored(b"{}")) as recorder,
        pytest.raises(LookupError),
    ):
        client.post(URL, content=broken(), headers=JSON)
    assert (recorder.played, recorder.errors) == ((), ())


def test_the_wrong_kind_of_body_is_refused_as_live(stored):
    async def pieces():
        yield b"{}"

    with httpx.Client() as client, use_cassette(stored(b"{}")), pytest.raises(RuntimeError):
        client.post(URL, content=pieces())


def test_header_bytes_of_any_encoding_are_sent_and_compared(tmp_path, make):
    sent = {"X-City": "Zürich"}
    path = cassette(tmp_path / "one.yaml", recorded(b"matched", sent=sent), recorded(sent=sent))
    with open_client(make) as client, use_cassette(path, match_headers=["x-city"]):
        assert ask(client, headers=[(b"x-city", "Zürich".encode())]).text == "matched"
        assert ask(client, headers=[(b"x-city", "Zürich".encode("latin-1"))]).text == "recorded"
