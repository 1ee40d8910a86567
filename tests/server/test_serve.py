"""``llmcassette serve``: its output, its exit codes, and the commands that it runs."""

from __future__ import annotations

import errno
import os
import re
import signal
import socket
import subprocess
import sys

import pytest

from tests.cases import case
from tests.cli.commands import Commands, chat
from tests.server.client import ask

IN_USE = os.strerror(errno.EADDRINUSE if sys.platform != "win32" else errno.WSAEADDRINUSE)
ASKED = chat().request.body
SCRIPT = """
import os, sys, urllib.request
for body in sys.argv[2:]:
    url = os.environ["OPENAI_BASE_URL"] + "/chat/completions"
    try:
        urllib.request.urlopen(urllib.request.Request(url, body.encode())).read()
    except urllib.error.HTTPError as error:
        error.close()
sys.exit(int(sys.argv[1]))
"""

needs_signals = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")


@pytest.fixture
def run(tmp_path, monkeypatch):
    commands = Commands(tmp_path, monkeypatch)
    commands.write("a.yaml", chat("One"), chat("Two", id=1))
    return commands


def agent(code, *bodies):
    """A command that sends these requests."""
    return ("--", sys.executable, "-c", SCRIPT, str(code), *bodies)


def without_port(text):
    return re.sub(r"127\.0\.0\.1:\d+", "ADDRESS", text)


def test_a_command_that_gets_all_it_asks_for_ends_with_its_own_code(run):
    for code in (0, 7):
        with case(code):
            ran = run("serve", "a.yaml", *agent(code, ASKED.decode(), ASKED.decode()))
            assert (ran.code, ran.out) == (code, "")
            assert without_port(ran.err) == (
                "serving a.yaml at http://ADDRESS, https://api.openai.com at its root\n"
                "0 requests failed, 0 left unplayed\n"
            )


def test_a_miss_is_code_1_and_its_report_is_shown(run):
    ran = run("serve", "a.yaml", *agent(0, '{"model":"gpt-4o-mini"}'))
    assert ran.code == 1
    assert (
        ran.err.splitlines()[2] == "messages removed: no recorded interaction answers this request"
    )
    assert ran.err.splitlines()[-1] == "1 request failed, 2 left unplayed"


def test_what_is_left_unplayed_counts_with_strict(run):
    for strict, code in (((), 0), (("--strict",), 1)):
        ran = run("serve", "a.yaml", *strict, *agent(0, ASKED.decode()))
        assert ran.code == code
    assert ran.err.splitlines()[1:] == [
        "0 requests failed, 1 left unplayed",
        "  not played: interaction 1 of a.yaml",
    ]


def test_nothing_asked_is_everything_unplayed(run):
    assert run("serve", "a.yaml", "--strict", *agent(0)).code == 1


def test_options_of_the_server_are_settings(run):
    ran = run("serve", "a.yaml", "--allow-repeats", *agent(0, *[ASKED.decode()] * 5))
    assert ran.code == 0
    ran = run("serve", "a.yaml", "--fault", "status(503)", *agent(0, *[ASKED.decode()] * 3))
    assert (ran.code, ran.err.splitlines()[-1]) == (0, "0 requests failed, 0 left unplayed")


def test_what_is_wrong_is_one_message(run):
    (run.folder / "empty").mkdir()
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        for args, message in (
            (("none.yaml",), "none.yaml: no such file"),
            (("empty",), "empty: folder contains no .yaml files"),
            (("a.yaml", "--", "no-such-command"), "command not found: no-such-command"),
            (
                ("a.yaml", "--port", str(port)),
                f"can't listen on 127.0.0.1:{port}: {IN_USE}\n"
                "Use another --port, or --port 0 for any that is free.",
            ),
            (
                ("a.yaml", "--pace", "slow"),
                "pace (command line) must be 'instant', 'recorded', or a factor of the recorded "
                "times, such as 0.1 (ten times as fast), not 'slow'",
            ),
            (
                ("a.yaml", "--fault", "statos(429)"),
                "faults (command line): there is no fault 'statos'. Did you mean 'status'?",
            ),
        ):
            with case(args):
                ran = run("serve", *args)
                assert ran.code == 2
                assert f"llmcassette: {message}\n" in ran.err


def test_a_missing_extra_is_named_with_its_install_command(run, monkeypatch):
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    monkeypatch.delitem(sys.modules, "llmcassette.server.background", raising=False)
    ran = run("serve", "a.yaml")
    assert (ran.code, ran.err) == (
        2,
        "llmcassette: the server needs uvicorn: pip install 'pytest-llmcassette[server]'\n",
    )


@needs_signals
def test_without_a_command_it_serves_until_a_signal(run):
    process = subprocess.Popen(
        [sys.executable, "-m", "llmcassette", "serve", "a.yaml"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=run.folder,
    )  # fmt: skip
    line = process.stdout.readline()
    url = re.search(r"http://\S+:\d+", line)[0]
    ask(f"{url}/v1/chat/completions", body=b"{}")
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (1, "")
    assert out.splitlines()[-1] == "1 request failed, 2 left unplayed"


@needs_signals
def test_a_signal_ends_the_command_first(run, tmp_path):
    process = subprocess.Popen(
        [sys.executable, "-m", "llmcassette", "serve", "a.yaml", "--", sys.executable, "-c",
         "import time; print('up', flush=True); time.sleep(600)"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=run.folder,
    )  # fmt: skip
    assert process.stdout.readline() == "up\n"
    process.terminate()
    _, err = process.communicate(timeout=60)
    assert process.returncode == 128 + signal.SIGTERM
    assert err.splitlines()[-1] == "0 requests failed, 2 left unplayed"
