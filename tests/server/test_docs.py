"""The blocks of docs/how-to/server.md run as they stand, but for ports and the provider's URL."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys

import pytest

import llmcassette
from tests.cases import case
from tests.cli.commands import Commands, chat
from tests.corpus import ROOT
from tests.node.conftest import needs_curl
from tests.recording.provider_server import Answer, Provider
from tests.server.client import ask
from tests.server.test_serve import needs_signals

PAGE = (ROOT / "docs" / "how-to" / "server.md").read_text("utf-8")
COMMANDS = re.findall(r"```console\n\$ (.*?)\n```", PAGE)
CASSETTE = "tests/cassettes/weather.yaml"
AGENT = """
import json, os, urllib.request

body = json.dumps({"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "Hello"}]})
request = urllib.request.Request(
    os.environ["OPENAI_BASE_URL"] + "/chat/completions", body.encode(),
    {"Content-Type": "application/json"})
print(json.load(urllib.request.urlopen(request))["choices"][0]["message"]["content"])
"""
REPLY = {"id": "c1", "choices": [{"index": 0, "message": {"role": "assistant", "content": "Hi"}}]}


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "tests" / "cassettes").mkdir(parents=True)
    (tmp_path / "agent.py").write_text(AGENT, "utf-8")
    return tmp_path


@pytest.fixture
def provider():
    provider = Provider()
    provider.will_answer(Answer.json(REPLY))
    yield provider
    provider.stop()


def command(words):
    """The only command of the page that has these words, as arguments."""
    [found] = [each for each in COMMANDS if all(word in each for word in words.split())]
    return shlex.split(found)


def test_commands_that_run_a_command(folder, monkeypatch, provider):
    run = Commands(folder, monkeypatch)
    run.write(CASSETTE, chat("22 degrees"))
    serving = command("serve -- agent.py")
    serving[serving.index("python")] = sys.executable
    assert run(*serving[1:]).code == 0
    (folder / CASSETTE).unlink()
    recording = command("record -- agent.py")
    recording[recording.index("python")] = sys.executable
    monkeypatch.setenv("OPENAI_BASE_URL", f"{provider.url}/v1")
    assert run(*recording[1:]).code == 0
    assert len(llmcassette.load(folder / CASSETTE).interactions) == 1


@needs_signals
@needs_curl
def test_commands_that_serve_until_ctrl_c(folder, monkeypatch, provider):
    run = Commands(folder, monkeypatch)
    run.write(CASSETTE, chat("22 degrees"))
    port = ""
    for words in ("serve --port", "record --port"):
        with case(words):
            if words.startswith("record"):
                (folder / CASSETTE).unlink()
            args = command(words)[1:]
            args[args.index("8080")] = "0"
            args = [provider.url if arg == "https://api.openai.com" else arg for arg in args]
            process = subprocess.Popen(
                [sys.executable, "-m", "llmcassette", *args], cwd=folder, text=True,
                stdout=subprocess.PIPE, env={**os.environ, "COLUMNS": "200"},
            )  # fmt: skip
            url = re.search(r"http://127.0.0.1:\d+", process.stdout.readline())[0]
            port = url.rpartition(":")[2]
            assert ask(f"{url}/v1/chat/completions", body=chat().request.body).code == 200
            if words.startswith("serve"):
                curl = [part.replace("8080", port) for part in command("curl")]
                done = subprocess.run(curl, capture_output=True, text=True, check=True)
                assert done.stdout == '{"schema":1,"runs":{}}'
            process.terminate()
            process.communicate(timeout=60)
            assert process.returncode == 0
    assert len(llmcassette.load(folder / CASSETTE).interactions) == 1


def test_the_install_command_names_the_extra():
    assert command("pip install")[-1] == "pytest-llmcassette[server]"


def test_the_test_of_the_page_passes(pytester):
    pytester.path.joinpath("agent.py").write_text(AGENT, "utf-8")
    pytester.path.joinpath("cassettes").mkdir()
    path = pytester.path / "cassettes" / "weather.yaml"
    llmcassette.dump(llmcassette.Cassette(interactions=(chat("22 degrees"),)), path)
    [(name, text)] = re.findall(r"<!-- file: (\S+) -->\n```python\n(.*?)```", PAGE, re.DOTALL)
    pytester.path.joinpath(name).write_text(text, "utf-8")
    options = ("-pno:cacheprovider", "-pno:asyncio", "-pno:hypothesispytest")
    pytester.runpytest_inprocess("--llm-ci", *options).assert_outcomes(passed=1)


def test_every_block_is_one_of_these():
    python = len(re.findall(r"```python\n", PAGE))
    assert (len(COMMANDS), PAGE.count("```console\n"), python) == (6, 6, 1)


def test_the_urls_of_the_page_lead_to_the_same_upstream(play):
    urls = re.findall(r"^http://127\.0\.0\.1:8080(/(?!run).*)$", PAGE, re.MULTILINE)
    assert len(urls) == 3
    for path in urls:
        with case(path):
            request = {"method": "GET", "url": "https://api.openai.com/v1/models", "body": b""}
            played = play(chat(request=request))
            assert ask(played.url + path, "GET").code == 200
