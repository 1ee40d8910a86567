"""Telemetry: hosts that are as good as unreachable, without anyone being told."""

from __future__ import annotations

import errno
import socket

import pytest


def test_a_connection_fails_as_without_a_network(guard):
    with guard.block(ignore_hosts=("192.0.2.*",)), socket.socket() as sock:
        with pytest.raises(OSError, match="Network is unreachable") as caught:
            sock.connect(("192.0.2.1", 80))
        assert caught.value.errno == errno.ENETUNREACH
        assert sock.connect_ex(("192.0.2.1", 80)) == errno.ENETUNREACH
    assert guard.kept == []


def test_a_look_up_fails_as_of_an_unknown_name(guard):
    with (
        guard.block(ignore_hosts=("*.posthog.com:443",)),
        pytest.raises(socket.gaierror) as caught,
    ):
        socket.getaddrinfo("eu.posthog.com", 443)
    assert caught.value.errno == socket.EAI_NONAME
    assert guard.kept == []


def test_what_is_also_allowed_passes(below, guard):
    with guard.block("192.0.2.1", ignore_hosts=("192.0.2.*",)), socket.socket() as sock:
        sock.connect(("192.0.2.1", 80))
    assert below.connected == [("192.0.2.1", 80)]
