"""Sessions with an MCP server, and agents that use its tools: replayed with the server gone."""

from __future__ import annotations

import pytest

from llmcassette import UnmatchedRequestError, use_cassette
from tests.matrix.library import in_loop
from tests.sdks.mcp_server import Server

# The libraries' own: deprecations, sockets and coroutines that they leave behind.
pytestmark = pytest.mark.filterwarnings("ignore")

SERVED = {"serve_hosts": ["127.0.0.1"]}


@pytest.fixture
def recorded(mcp_client, provider, path):
    """What a session returned live, and the address at which its server was."""
    provider.will_answer(
        mcp_client.wire.answer(streamed=False, tools=True), mcp_client.wire.answer(streamed=False)
    )
    with Server() as server, use_cassette(path, mode="once", **SERVED):
        live = in_loop(mcp_client.run(provider.url, server.url, "Köln"))
    provider.gone()
    return live, server.url


def test_a_session(mcp_client, recorded, provider, path):
    live, server = recorded
    with use_cassette(path, **SERVED) as recorder:
        replayed = in_loop(mcp_client.run(provider.url, server, "Köln"))
    assert "Köln: sun" in str(live)
    assert replayed == live
    assert recorder.unplayed == ()


def test_another_argument_misses_at_once(mcp_client, recorded, provider, path):
    _, server = recorded
    with (
        use_cassette(path, **SERVED) as recorder,
        pytest.RaisesGroup(UnmatchedRequestError, flatten_subgroups=True, allow_unwrapped=True),
    ):
        in_loop(mcp_client.run(provider.url, server, "Bonn"))
    assert len(recorder.misses) == 1
    assert recorder.errors == recorder.misses
