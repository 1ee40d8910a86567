"""The SDK of MCP, over streamable HTTP: sessions, standing streams, calls at a time."""

from __future__ import annotations

import os
from functools import partial
from itertools import product

import anyio
import pytest

pytest.importorskip("mcp")

from mcp_types import Implementation

from llmcassette import UnmatchedRequestError, load, use_cassette
from tests.sdks.mcp_server import FLOWS, Server, asked_back, modern, session

NEWER = {"client_info": Implementation(name="mcp", version="99.0")}
REAL_PAUSE = 3.0
SHORT_PAUSE = 1.1  # still longer than the SDK waits before it opens a stream again


def run(flow, path, mode, *arguments, backend="asyncio", **options):
    """What the flow returns, and the cassette's recorder."""
    with use_cassette(path, mode=mode) as recorder:
        return anyio.run(partial(flow, *arguments, **options), backend=backend), recorder


# The SDK leaves asynchronous generators to the garbage collector, which trio warns about.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.filterwarnings("ignore:Async generator:ResourceWarning")
def test_every_client_replays_with_the_server_gone(tmp_path):
    for json, backend in product((False, True), ("asyncio", "trio")):
        live = {}
        with Server(json_response=json) as server:
            for flow in FLOWS:
                path = tmp_path / f"{json}-{backend}-{flow.__name__}.yaml"
                live[path], _ = run(flow, path, "once", server.url, backend=backend)
        for flow, path in zip(FLOWS, live, strict=True):
            replayed, recorder = run(flow, path, "none", server.url, backend=backend)
            assert (replayed, recorder.unplayed) == (live[path], ()), path.stem


def test_a_standing_stream_waits_as_long_as_the_session(tmp_path):
    pause = REAL_PAUSE if os.environ.get("LLMCASSETTE_LONG_TESTS") else SHORT_PAUSE
    path = tmp_path / "session.yaml"
    with Server() as server:
        live, _ = run(session, path, "once", server.url, pause=pause)
    replayed, recorder = run(session, path, "none", server.url, pause=pause)
    assert (replayed, recorder.unplayed) == (live, ())
    streams = [one.response for one in load(path).interactions if one.request.method == "GET"]
    assert [(stream.code, stream.ended) for stream in streams] == [(200, "waiting")]


def test_a_question_of_the_server_comes_amid_the_call_at_any_pace(tmp_path):
    with Server() as server:
        live, _ = run(asked_back, tmp_path / "x.yaml", "once", server.url, tool="greet")
    replayed, recorder = run(asked_back, tmp_path / "x.yaml", "none", server.url, tool="greet")
    assert live == replayed == ["call", "Who?", "Hello Ada"]
    assert recorder.unplayed == ()


def test_a_notification_over_the_standing_stream_comes_in_order_at_the_recorded_pace(tmp_path):
    path, notification = tmp_path / "x.yaml", "notifications/tools/list_changed"
    with Server() as server:
        live, _ = run(asked_back, path, "once", server.url, tool="change")
    assert sorted(live) == sorted(["call", notification, "changed"])
    flow = partial(asked_back, server.url, tool="change")
    with use_cassette(path, pace="recorded"):
        assert anyio.run(flow)[0] == live[0] == "call"
    with use_cassette(path):
        assert anyio.run(flow) == [notification, "call", "changed"]


def test_a_newer_sdk_is_no_miss(tmp_path):
    for flow in (session, modern):
        path = tmp_path / f"{flow.__name__}.yaml"
        with Server() as server:
            live, _ = run(flow, path, "once", server.url)
        assert run(flow, path, "none", server.url, **NEWER)[0] == live


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        (
            {"city": "Bonn"},
            "  params.arguments.city (arguments of tool call weather)\n"
            '    recorded  "Köln"\n'
            '    sent      "Bonn"\n',
        ),
        (
            {"tool": "forecast"},
            "  params.name (tool call weather)\n"
            '    recorded  "weather"\n'
            '    sent      "forecast"\n',
        ),
    ],
    ids=["argument", "tool"],
)
def test_another_argument_or_tool_is_a_miss_that_names_the_tool(changed, expected, tmp_path):
    path = tmp_path / "session.yaml"
    with Server() as server:
        run(session, path, "once", server.url)
    with (
        use_cassette(path) as recorder,
        pytest.RaisesGroup(UnmatchedRequestError, flatten_subgroups=True),
    ):
        anyio.run(partial(session, server.url, **changed))
    [miss] = recorder.misses
    assert expected in str(miss)


TEST = """
import anyio, os, pytest
from tests.sdks.mcp_server import session

@pytest.mark.llm_cassette
def test_weather():
    assert anyio.run(session, os.environ["MCP_URL"])[1] == "Köln: sun"
"""


def test_a_test_recorded_by_the_plugin_passes_in_ci(pytester, monkeypatch):
    pytester.makepyfile(TEST)
    pytester.makeini("[pytest]\nasyncio_default_fixture_loop_scope = function")
    with Server() as server:
        monkeypatch.setenv("MCP_URL", server.url)
        pytester.runpytest("--llm-record").assert_outcomes(passed=1)
    pytester.runpytest("--llm-ci").assert_outcomes(passed=1)
