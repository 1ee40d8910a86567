"""A web page that reaches the server under a name of its own (DNS rebinding) gets nothing."""

from __future__ import annotations

from llmcassette.server.hosts import HostNames
from tests.cli.commands import chat
from tests.server.client import ask

LOOPBACK_NAMES = (
    b"127.0.0.1:8080", b"127.9.9.9", b"localhost:1", b"a.localhost", b"[::1]:8080", b"LOCALHOST",
)  # fmt: skip
OTHERS = (b"evil.example:8080", b"127.0.0.1.evil.example", b"", b"192.168.0.2", b"[::2]")


def test_on_loopback_only_names_of_this_machine_are_accepted():
    names = HostNames(["127.0.0.1"])
    assert [name for name in LOOPBACK_NAMES if not names.accepts(name)] == []
    assert [name for name in OTHERS if names.accepts(name)] == []


def test_another_host_is_accepted_if_the_server_listens_there():
    assert HostNames(["box.lan", "192.168.0.2"]).accepts(b"192.168.0.2:80")
    assert not HostNames(["box.lan", "192.168.0.2"]).accepts(b"evil.example")
    assert HostNames(["0.0.0.0"]).accepts(b"host.docker.internal")


def test_such_a_request_is_refused_and_plays_nothing(play):
    played = play(chat())
    for path in ("/v1/chat/completions", "/__llmcassette__/"):
        got = ask(played.url + path, body=chat().request.body, host="evil.example")
        assert (got.code, got.body) == (
            403,
            b"'evil.example' is no name of this server: use 127.0.0.1\n",
        )
    assert played.cassette.player.played == ()
