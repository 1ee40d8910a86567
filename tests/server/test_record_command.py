"""``llmcassette record``: its output, its exit codes, and the commands that it runs."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

import llmcassette
from tests.cases import case
from tests.cli.commands import Commands, chat
from tests.recording.provider_server import Answer, Provider
from tests.server.client import ask
from tests.server.test_record import KEY, wait_for
from tests.server.test_serve import ASKED, SCRIPT, needs_signals, without_port

REPLY = {"id": "c1", "choices": [{"index": 0, "message": {"role": "assistant", "content": "Hi"}}]}


@pytest.fixture
def run(tmp_path, monkeypatch):
    return Commands(tmp_path, monkeypatch)


@pytest.fixture
def provider():
    provider = Provider()
    provider.will_answer(Answer.json(REPLY))
    yield provider
    provider.stop()


def agent(code, *bodies):
    return ("--", sys.executable, "-c", SCRIPT, str(code), *bodies)


def test_a_command_is_recorded_and_replayed(run, provider):
    ran = run("record", "--upstream", provider.url, "-o", "a.yaml", *agent(0, ASKED.decode()))
    assert (ran.code, ran.out) == (0, "")
    lines = without_port(ran.err).splitlines()
    assert lines[0] == "recording a.yaml at http://ADDRESS, http://ADDRESS at its root"
    assert lines[1].startswith("200 ")
    assert lines[1].endswith(" s  POST http://ADDRESS/v1/chat/completions")
    assert lines[2:] == ["recorded 1 interaction in a.yaml"]
    assert run("serve", "a.yaml", "--strict", *agent(0, ASKED.decode())).code == 0


def test_the_code_is_that_of_the_command(run, provider):
    ran = run("record", "--upstream", provider.url, "-o", "a.yaml", *agent(5, ASKED.decode()))
    assert ran.code == 5
    assert len(llmcassette.load("a.yaml").interactions) == 1


def test_a_base_url_of_the_users_own_is_the_upstream(run, provider, monkeypatch):
    monkeypatch.setenv("OPENAI_BASE_URL", f"{provider.url}/gateway/v1")
    assert run("record", "-o", "a.yaml", *agent(0, ASKED.decode())).code == 0
    [interaction] = llmcassette.load("a.yaml").interactions
    assert interaction.request.url == f"{provider.url}/gateway/v1/chat/completions"
    assert run("serve", "a.yaml", *agent(0, ASKED.decode())).code == 0


def test_keys_of_the_user_stay_and_none_is_shown(run, provider, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    script = (
        "import os, urllib.request as u; k = os.environ['OPENAI_API_KEY'];"
        "assert 'GROQ_API_KEY' not in os.environ;"
        "r = u.Request(os.environ['OPENAI_BASE_URL'] + '/x?key=' + k, b'{}',"
        " {'Authorization': 'Bearer ' + k}); u.urlopen(r).read()"
    )
    command = ("--", sys.executable, "-c", script)
    ran = run("record", "--upstream", provider.url, "-o", "a.yaml", *command)
    assert ran.code == 0
    assert provider.asked[0].headers["authorization"] == f"Bearer {KEY}"
    assert provider.asked[0].path.endswith(KEY)
    assert KEY not in ran.err + (run.folder / "a.yaml").read_text("utf-8")
    assert "/v1/x?key=[REDACTED]" in ran.err


def test_a_file_that_exists_is_replayed_unless_a_mode_says_otherwise(run, provider):
    args = ("record", "--upstream", provider.url, "-o", "a.yaml")
    for extra, body, code, count in (
        ((), '{"q": 1}', 0, 1),
        ((), '{"q": 1}', 0, 1),
        ((), '{"q": 2}', 1, 1),
        (("--mode", "new_episodes"), '{"q": 2}', 0, 2),
        (("--mode", "all"), '{"q": 1}', 0, 2),
    ):
        with case((extra, body)):
            ran = run(*args, *extra, *agent(0, body))
            assert ran.code == code
            assert len(llmcassette.load("a.yaml").interactions) == count
    assert len(provider.asked) == 3


def test_what_is_wrong_is_one_message(run, provider, monkeypatch):
    run.write("full.yaml", chat())
    for args, message in (
        (
            ("-o", "a.yaml", "--upstream", "api.openai.com"),
            "upstream: 'api.openai.com' is no URL such as https://api.openai.com",
        ),
        (("-o", "a.yaml", "--", "no-such-command"), "command not found: no-such-command"),
    ):
        with case(args):
            ran = run("record", *args)
            assert (ran.code, message in ran.err) == (2, True)
    monkeypatch.setenv("CI", "true")
    for name in ("a.yaml", "full.yaml"):
        ran = run("record", "-o", name, *agent(0))
        assert (ran.code, ran.err) == (
            2,
            "llmcassette: CI is set in the environment, and in CI nothing is recorded.\n"
            "Unset CI.\n",
        )


def test_a_secret_that_cannot_be_replaced_is_not_saved(run, provider, monkeypatch):
    monkeypatch.setenv("MY_API_KEY", KEY)
    provider.will_answer(Answer([b"\xff\xfe" + KEY.encode()], 200, {"content-type": "image/png"}))
    ran = run("record", "--upstream", provider.url, "-o", "a.yaml", *agent(0, "{}"))
    assert ran.code == 2
    assert "not saved, for what was recorded may not be written as it is" in ran.err
    assert KEY not in ran.err
    assert not (run.folder / "a.yaml").exists()


@needs_signals
def test_a_killed_server_has_saved_what_was_over(run, provider):
    process = subprocess.Popen(
        [sys.executable, "-m", "llmcassette", "record", "--upstream", provider.url, "-o", "a.yaml"],
        stdout=subprocess.PIPE, text=True, cwd=run.folder, env={**os.environ, "COLUMNS": "200"},
    )  # fmt: skip
    url = process.stdout.readline().split(" at ")[1].split(",")[0]
    path = run.folder / "a.yaml"
    for count in (1, 2):
        assert ask(f"{url}/v1/x", body=b'{"n": %d}' % count).code == 200
        wait_for(lambda: path.exists() and len(llmcassette.load(path).interactions) == count)  # noqa: B023
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=60)
    assert len(llmcassette.load(path).interactions) == 2
