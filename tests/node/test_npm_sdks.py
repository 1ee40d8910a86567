"""The official npm packages of OpenAI and Anthropic, unmodified, against recorded answers."""

from __future__ import annotations

import json

import pytest

import llmcassette
from llmcassette import faults, storage
from tests.cli.commands import Commands, chat
from tests.corpus import SAMPLE_FILES
from tests.node import streams
from tests.node.conftest import FOLDER, needs_npm
from tests.recording.provider_server import Provider
from tests.sdks.answers import recorded_chat

pytestmark = needs_npm


@pytest.fixture
def provider():
    provider = Provider()
    yield provider
    provider.stop()


def test_openai_replays_the_sample_cassettes(node, play):
    asked, recorded, played = [], [], []
    for path in SAMPLE_FILES:
        played.append(play(path))
        for interaction in storage.load(path).interactions:
            body = json.loads(interaction.request.body)
            asked.append({"base_url": f"{played[-1].url}/api/v1", "body": body})
            recorded.append(recorded_chat(interaction.response))
    given = node("chat.mjs", asked)
    assert given == [
        {"text": each.text, "calls": [[*call] for call in each.calls], "usage": [*each.usage]}
        for each in recorded
    ]
    assert [each.cassette.player.unplayed for each in played] == [()] * len(played)
    assert sum(len(each["calls"]) for each in given) > 5


def test_a_miss_is_raised_at_once(node, play):
    played = play(chat())
    body = {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "Goodbye"}]}
    [given] = node("chat.mjs", [{"base_url": f"{played.url}/v1", "body": body}])
    assert (given["error"], given["status"]) == ("NotFoundError", 404)
    assert played.errors[0] in given["message"]
    assert len(played.errors) == 1


def test_the_sdk_tries_again_after_a_fault(node, play):
    played = play(chat("Hi."), faults=[faults.status(503, times=2)])
    body = json.loads(chat().request.body)
    [given] = node("chat.mjs", [{"base_url": f"{played.url}/v1", "body": body}])
    assert (given["text"], played.cassette.player.unfired) == ("Hi.", ())


def test_an_agent_is_recorded_and_replayed_by_the_command_line(tmp_path, monkeypatch, provider):
    run = Commands(tmp_path, monkeypatch)
    monkeypatch.setenv("OPENAI_API_KEY", "sk-" + "1f2e3d4c5b6a79880716")
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-ant-" + "1f2e3d4c5b6a79880716")
    for name in ("openai", "anthropic"):
        provider.will_answer(*getattr(streams, name)())
        provider.asked.clear()
        agent = ("--", "node", str(FOLDER / "agent.mjs"), name)
        made = run("record", "--upstream", provider.url, "-o", f"{name}.yaml", *agent)
        assert made.code == 0, made.err
        assert len(provider.asked) == 2
        assert streams.QUESTION.encode() in provider.asked[1].body
        assert run("serve", "--strict", f"{name}.yaml", *agent).code == 0
        assert len(provider.asked) == 2
        cassette = llmcassette.load(f"{name}.yaml")
        assert [len(each.response.chunks or ()) > 3 for each in cassette.interactions] == [True] * 2


TEST = """
import subprocess
import pytest

@pytest.fixture
def llm_cassette_config():
    return {{"upstream": ["{url}"]}}

@pytest.mark.parametrize("sdk", ["openai", "anthropic"])
def test_agent(llm_cassette_server, sdk):
    done = subprocess.run(["node", "agent.mjs", sdk], cwd="{folder}", env=llm_cassette_server.env,
                          capture_output=True, text=True, timeout=120)
    assert done.stdout == "It's 22 degrees.\\n", done.stderr
"""


def test_a_python_agent_that_spawns_node_is_recorded_and_replayed(pytester, monkeypatch, provider):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-" + "1f2e3d4c5b6a79880716")
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-ant-" + "1f2e3d4c5b6a79880716")
    pytester.makepyfile(TEST.format(url=provider.url, folder=FOLDER.as_posix()))
    options = ("-pno:asyncio", "-pno:hypothesispytest", "-pno:anyio", "-pno:randomly", "-q")
    provider.will_answer(*streams.openai(), *streams.anthropic())
    pytester.runpytest_subprocess("--llm-record", *options).assert_outcomes(passed=2)
    assert len(provider.asked) == 4
    provider.gone()
    pytester.runpytest_subprocess("--llm-ci", *options).assert_outcomes(passed=2)
    assert provider.asked_when_gone == []
    assert len(list(pytester.path.rglob("*.yaml"))) == 2
