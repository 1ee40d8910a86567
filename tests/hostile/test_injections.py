"""Names and texts of a file reach no terminal, log, annotation or JUnit file raw.

``EVIL`` steers a terminal, reverses what is read, and begins a line that is a command in a log of
GitHub Actions.
"""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from llmcassette import ReplayError, dump, use_cassette
from llmcassette.escaping import one_line, printable
from llmcassette.model import Cassette, Headers, Interaction
from tests.cli.commands import Commands, chat

EVIL = "\x1b[31m\x07\x9b\u202e\u2028\n::error::evil\r##[error]evil"
SHOWN = r"\u001b[31m\u0007\u009b\u202e\u2028\n::error::evil\u000d\u0023#[error]evil"
PARAMETER = SHOWN.partition(r"\u0023")[0]
"""``EVIL`` as the name of a query parameter ends where the fragment begins."""
RAW = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]|##\[")
COMMAND = re.compile(r"^\s*::(?!(error|warning) file=)", re.MULTILINE)
KEY = "sk-ant-api03-" + "Ab3" * 30 + "AA"


def raw_parts(text: str) -> list[str]:
    return [found[0] for pattern in (RAW, COMMAND) for found in pattern.finditer(text)]


@pytest.fixture
def run(tmp_path, monkeypatch):
    return Commands(tmp_path, monkeypatch)


def conversation(evil, question="Hello"):
    tool = {"type": "function", "function": {"name": evil, "description": evil, "parameters": {}}}
    called = {"id": "1", "type": "function", "function": {"name": evil, "arguments": "{}"}}
    body = {
        "model": evil,
        "tools": [tool],
        evil: evil,
        "messages": [
            {"role": evil, "content": evil},
            {"role": "assistant", "tool_calls": [called]},
            {"role": "tool", "tool_call_id": "1", "content": evil},
            {"role": "user", "content": question},
        ],
    }
    return json.dumps(body, ensure_ascii=False).encode()


def answer(evil):
    choice = {"index": 0, "finish_reason": evil, "message": {"role": evil, "content": evil}}
    return json.dumps({"id": evil, "model": evil, "choices": [choice]}).encode()


def hostile(question="Hello", *, ended="", key="nothing"):
    """An interaction with ``EVIL`` wherever a file may have a text."""
    headers = Headers({"Content-Type": "application/json", EVIL: EVIL, "X-Key": key})
    recorded = chat(
        body=answer(EVIL),
        headers=headers,
        status=EVIL,
        ended=ended and EVIL,
        request={
            "url": f"https://api.openai.com/v1/chat/completions?{EVIL}=1",
            "headers": headers,
            "form": Headers({EVIL: EVIL}),
            "body": conversation(EVIL, question),
        },
    )
    request = replace(recorded.request, proto=EVIL, host=EVIL, trailer=Headers({EVIL: EVIL}))
    return Interaction(0, request, replace(recorded.response, proto=EVIL))


def test_printable_shows_what_it_escapes_and_leaves_the_rest():
    assert one_line(EVIL) == SHOWN
    assert printable("a\n  ::error::x\n::set-output::\nb::c\r\nd\té") == (
        "a\n  \\u003a:error::x\n\\u003a:set-output::\nb::c\nd    é"
    )
    assert printable("👩‍👩‍👧 و\u200cو") == "👩‍👩‍👧 و\u200cو"


COMMANDS = [
    "inspect a.yaml",
    "inspect a.yaml --full",
    "inspect a.yaml --events",
    "inspect a.yaml --raw",
    "inspect a.yaml --json",
    "diff a.yaml b.yaml",
    "diff a.yaml b.yaml --json",
    "diff b.yaml c.yaml",
    "check .",
    "check . --json",
    "check . --format github",
    "check . --format sarif",
    "stats .",
    "stats . --json",
    "redact . --dry-run",
    "redact . --dry-run --json",
    "fmt . --check",
    "fmt . --check --json",
    "textconv a.yaml",
    "convert . new --dry-run",
    "convert . new --dry-run --json",
    "prune . --report report.json --dry-run",
]


def test_commands_print_nothing_raw(run):
    dump(Cassette(interactions=(hostile(ended="x", key=KEY),)), "a.yaml")
    dump(Cassette(interactions=(hostile("Bye"), chat(id=1))), "b.yaml")
    dump(Cassette(interactions=(chat(), hostile(EVIL))), "c.yaml")
    dump(Cassette(interactions=(hostile(),)), f"{EVIL.replace('/', '')}.yaml")
    Path("d.yaml").write_text(f"version: 2\ninteractions:\n- {json.dumps(EVIL)}: 1\n")
    Path("e.yaml").write_text("version: 2\ninteractions: [*\x85::error::x]\n")
    Path("f.yaml").write_text(f"version: {json.dumps(EVIL)}\ninteractions: []\n")
    Path("report.json").write_text(json.dumps({"version": 1, "cassettes": {}}))
    for command in COMMANDS:
        ran = run(*command.split())
        for stream in (ran.out, ran.err):
            assert raw_parts(stream) == [], (command, stream)
        if "--json" in command or "sarif" in command:
            assert json.loads(ran.out), command


def test_json_means_the_same_as_the_file(run):
    dump(Cassette(interactions=(hostile(),)), "a.yaml")
    (file,) = json.loads(run("inspect", "a.yaml", "--json").out)["files"]
    assert file["interactions"][0]["conversation"]["model"] == EVIL


def test_redact_shows_names_of_headers_on_one_line(run):
    dump(Cassette(interactions=(chat(request={"headers": Headers({EVIL: "1"})}),)), "a.yaml")
    assert run("redact", "a.yaml", "--dry-run").out == (
        f"a.yaml: would be redacted\n  interaction 0, request.headers: {SHOWN} removed\n"
    )


def test_an_annotation_is_one_line(run):
    dump(Cassette(interactions=(chat(ended=EVIL),)), "a.yaml")
    ran = run("check", "a.yaml", "--format", "github", "--select", "incomplete")
    assert ran.out == (
        "::error file=a.yaml,line=29,title=LC004 incomplete::interaction 0: the body is not whole: "
        f"it was cut by {SHOWN}. Fix: record it again with the tests that use it\n"
    )


def test_a_miss_names_tools_and_parameters_on_one_line(run):
    dump(Cassette(interactions=(hostile(),)), "a.yaml")
    with use_cassette("a.yaml"), httpx.Client() as client:
        sent = conversation("weather")
        with pytest.raises(ReplayError) as caught:
            client.post("https://api.openai.com/v1/chat/completions?b=2", content=sent)
    assert raw_parts(str(caught.value)) == []
    assert f"query parameter {PARAMETER}\n    (only recorded)" in str(caught.value)
    assert f"(tool call {SHOWN}, only recorded)" in str(caught.value)


def test_errors_of_reading_are_printable(run):
    texts = {
        "key": f"version: 2\ninteractions: []\n{json.dumps(EVIL)}: 1\n{json.dumps(EVIL)}: 1\n",
        "alias": "version: 2\ninteractions: [*\u202e]\n",
        "tag": f"version: 2\ninteractions: !{'%0A::error::x'} x\n",
        "code": f"version: 2\ninteractions:\n- request: {{method: GET, url: 'x:'}}\n"
        f"  response: {{code: {json.dumps(EVIL)}}}\n",
        "control": "version: 2\ninteractions: [\x1b]\n",
    }
    for name, text in texts.items():
        Path("a.yaml").write_text(text)
        ran = run("inspect", "a.yaml")
        assert (ran.code, ran.out) == (2, ""), name
        assert ran.err.startswith("llmcassette: a.yaml:"), name
        assert ran.err.count("\n") == 1, (name, ran.err)
        assert raw_parts(ran.err) == [], (name, ran.err)
