"""What a client does with an answer by itself, it does with a recorded one: redirects,
authentication, cookies, hooks."""

from __future__ import annotations

import pytest

from llmcassette import use_cassette
from tests.clients.support import (
    URL,
    ask,
    cassette,
    is_async,
    library_of,
    open_client,
    recorded,
)


def same(name):
    """A matcher that compares one header, which no cassette of our own would keep."""
    return lambda sent, kept: sent.headers.get(name) == kept.headers.get(name)


def test_a_redirect_is_followed_to_its_recorded_target(tmp_path, make):
    path = cassette(
        tmp_path / "moved.yaml",
        recorded(b"", code=302, status="302 Found", headers={"Location": "/v2/chat"}),
        recorded(b"moved", url="https://api.example.com/v2/chat"),
    )
    with open_client(make, follow_redirects=True) as client, use_cassette(path) as recorder:
        answer = ask(client)
    assert answer.text == "moved"
    assert [past.status_code for past in answer.history] == [302]
    assert recorder.unplayed == ()


def test_a_redirect_that_is_not_followed_knows_the_next_request(tmp_path, make):
    path = cassette(
        tmp_path / "moved.yaml",
        recorded(b"", code=307, status="307 Temporary Redirect", headers={"Location": "/v2/chat"}),
    )
    with open_client(make) as client, use_cassette(path):
        answer = ask(client)
    assert str(answer.next_request.url) == "https://api.example.com/v2/chat"


def test_a_redirected_post_sends_its_body_again(tmp_path, make):
    path = cassette(
        tmp_path / "moved.yaml",
        recorded(
            method="POST",
            body=b'{"a":1}',
            sent={"Content-Type": "application/json"},
            code=308,
            status="308 Permanent Redirect",
            headers={"Location": "https://other.example.com/"},
        ),
        recorded(
            b"moved",
            method="POST",
            url="https://other.example.com/",
            body=b'{"a":1}',
            sent={"Content-Type": "application/json"},
        ),
    )
    with open_client(make, follow_redirects=True) as client, use_cassette(path):
        assert ask(client, "POST", json={"a": 1}).text == "moved"


def test_a_digest_handshake_plays_its_two_requests(tmp_path, make):
    challenge = 'Digest realm="llm", nonce="abc", algorithm=MD5, qop="auth"'
    path = cassette(
        tmp_path / "digest.yaml",
        recorded(
            b"who?", code=401, status="401 Unauthorized", headers={"WWW-Authenticate": challenge}
        ),
        recorded(b"welcome"),
    )
    with open_client(make) as client, use_cassette(path) as recorder:
        answer = ask(client, auth=library_of(make).DigestAuth("user", "secret"))
    assert answer.text == "welcome"
    assert answer.request.headers["authorization"].startswith('Digest username="user"')
    assert len(recorder.played) == 2


def test_an_auth_flow_that_reads_answers_can(tmp_path, make):
    module = library_of(make)
    token_url = "https://auth.example.com/token"
    path = cassette(
        tmp_path / "token.yaml",
        recorded(b'{"token": "t-1"}', method="POST", url=token_url),
        recorded(b"welcome", sent={"Authorization": "Bearer t-1"}),
    )

    class TokenAuth(module.Auth):
        requires_response_body = True

        def auth_flow(self, request):
            answer = yield module.Request("POST", token_url)
            request.headers["authorization"] = f"Bearer {answer.json()['token']}"
            yield request

    with open_client(make) as client, use_cassette(path, matcher=same("authorization")):
        assert ask(client, auth=TokenAuth()).text == "welcome"


def test_recorded_cookies_are_sent_on(tmp_path, make):
    path = cassette(
        tmp_path / "cookies.yaml",
        recorded(b"set", headers={"Set-Cookie": ["sid=1; Path=/", "lang=de; Path=/"]}),
        recorded(b"known", sent={"Cookie": "sid=1; lang=de"}),
    )
    with open_client(make) as client, use_cassette(path, matcher=same("cookie")):
        assert ask(client).text == "set"
        assert ask(client).text == "known"
        assert dict(client.cookies) == {"sid": "1", "lang": "de"}


def test_event_hooks_see_request_and_answer(tmp_path, make):
    seen = []

    def note(thing):
        seen.append(type(thing).__name__)

    async def note_later(thing):
        note(thing)

    path = cassette(tmp_path / "one.yaml", recorded(b"recorded"))
    with open_client(make) as client, use_cassette(path):
        hook = note_later if is_async(client) else note
        client.event_hooks = {"request": [hook], "response": [hook]}
        assert ask(client).text == "recorded"
    assert seen == ["Request", "Response"]


def test_a_hook_that_raises_for_status_does(tmp_path, make):
    path = cassette(tmp_path / "one.yaml", recorded(code=500, status="500 Internal Server Error"))

    def check(answer):
        answer.raise_for_status()

    async def check_later(answer):
        answer.raise_for_status()

    with open_client(make) as client, use_cassette(path):
        client.event_hooks = {"response": [check_later if is_async(client) else check]}
        with pytest.raises(library_of(make).HTTPStatusError):
            ask(client)


def test_base_url_and_default_parameters_are_part_of_the_request(tmp_path, make):
    path = cassette(tmp_path / "one.yaml", recorded(b"recorded", url=f"{URL}?version=2"))
    base = URL.removesuffix("/chat")
    with open_client(make, base_url=base, params={"version": "2"}) as client, use_cassette(path):
        assert ask(client, url="/chat").text == "recorded"


def test_the_answer_knows_its_request(tmp_path, make):
    path = cassette(tmp_path / "one.yaml", recorded(b"recorded"))
    with open_client(make) as client, use_cassette(path):
        answer = ask(client, headers={"X-Mine": "1"})
    assert (str(answer.url), answer.request.headers["x-mine"]) == (URL, "1")
