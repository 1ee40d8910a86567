"""Clients without an SDK: node's own ``fetch``, and curl."""

from __future__ import annotations

import json
import subprocess

from llmcassette import storage
from llmcassette.model import Chunk
from tests.cli.commands import DONE, FINISH, SSE, STREAM, chat
from tests.corpus import SAMPLES
from tests.node.conftest import needs_curl, needs_node

SAMPLE = SAMPLES / "tool_streaming.yaml"
PATH = "/api/v1/chat/completions"


@needs_node
def test_fetch_reads_a_stream(node, play):
    interaction = storage.load(SAMPLE).interactions[0]
    body = json.loads(interaction.request.body)
    given = node("events.mjs", {"url": play(SAMPLE).url + PATH, "body": body})
    assert given == {
        "status": 200,
        "type": "text/event-stream",
        "text": interaction.response.body.decode(),
    }


@needs_curl
def test_curl_gets_the_recorded_bytes(play):
    interaction = storage.load(SAMPLE).interactions[0]
    got = subprocess.run(
        ["curl", "-sSN", "--data-binary", "@-", play(SAMPLE).url + PATH],
        input=interaction.request.body, capture_output=True, check=True, timeout=60,
    )  # fmt: skip
    assert got.stdout == interaction.response.body


@needs_curl
def test_curl_shows_each_event_when_it_is_due(play):
    chunks = (Chunk(len(STREAM), 0), Chunk(len(FINISH + DONE), 3600))
    recorded = chat(body=STREAM + FINISH + DONE, headers=SSE, chunks=chunks, duration=0)
    played = play(recorded, pace="recorded")
    with subprocess.Popen(
        ["curl", "-sSN", "--data-binary", "@-", f"{played.url}/v1/chat/completions"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    ) as curl:  # fmt: skip
        curl.stdin.write(recorded.request.body)
        curl.stdin.close()
        assert curl.stdout.read(len(STREAM)) == STREAM  # the rest is due in an hour
        curl.kill()
