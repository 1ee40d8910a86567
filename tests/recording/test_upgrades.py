from __future__ import annotations

import pytest

from llmcassette import ReplayError, use_cassette
from tests.recording.callers import ask

SWITCHED = b"HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n"


def test_a_switch_of_protocols_is_an_error_that_names_the_host(make, raw_server, path):
    server = raw_server(SWITCHED)
    headers = {"connection": "upgrade", "upgrade": "websocket"}
    with use_cassette(path, mode="once") as recorder:
        with pytest.raises(ReplayError) as raised:
            ask(make, server.url, method="GET", headers=headers)
        assert recorder.errors == (raised.value,)
    assert str(raised.value) == (
        "127.0.0.1 switched protocols (101): an upgraded connection, such as a WebSocket, cannot "
        "be recorded.\n"
        "Name the host in pass_hosts to let it through unrecorded."
    )
    assert not path.exists()
