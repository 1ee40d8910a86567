"""The audit hook by itself: the interpreter runs it where no tracer sees."""

from __future__ import annotations

import socket

import pytest

from llmcassette.clients.network.sockets import on_audit_event


@pytest.mark.parametrize(
    ("event", "arguments", "host", "port"),
    [
        ("socket.connect", (None, ("192.0.2.1", 9)), "192.0.2.1", 9),
        ("socket.sendto", (None, ("192.0.2.1", 9)), "192.0.2.1", 9),
        ("socket.sendmsg", (None, ("192.0.2.1", 9)), "192.0.2.1", 9),
        ("socket.getaddrinfo", ("example.invalid", 9, 0, 0, 0), "example.invalid", 9),
        ("socket.gethostbyname", ("example.invalid",), "example.invalid", None),
        ("socket.gethostbyaddr", ("192.0.2.1",), "192.0.2.1", None),
    ],
)
def test_events_that_would_leave_are_refused(closed, event, arguments, host, port):
    with socket.socket() as sock, closed.refuses(host, port):
        on_audit_event(event, tuple(sock if one is None else one for one in arguments))


@pytest.mark.parametrize(
    ("event", "arguments"),
    [
        ("socket.sendmsg", (object(), None)),
        ("socket.gethostname", ()),
        ("socket.getaddrinfo", ("localhost", 9, 0, 0, 0)),
        ("open", ("192.0.2.1", "r", 0)),
    ],
)
def test_all_other_events_pass(closed, event, arguments):
    on_audit_event(event, arguments)
    assert closed.kept == []


def test_without_a_block_everything_passes(guard):
    on_audit_event("socket.gethostbyname", ("example.invalid",))
    assert guard.kept == []
