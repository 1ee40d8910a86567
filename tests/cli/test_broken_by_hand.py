"""Cassettes that somebody broke by hand: what is wrong is named, with line and column."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import llmcassette
from llmcassette.json.broken import broken_json
from llmcassette.matching.index import Index
from llmcassette.matching.miss.explain import explain_miss
from llmcassette.matching.rules import Rules
from tests.cli.commands import Commands, chat
from tests.providers.wires import post

if TYPE_CHECKING:
    from pathlib import Path

URL = "https://api.openai.com/v1/chat/completions"
BROKEN = b'{"model": "m",\n "messages" [{"role": "user", "content": "Hi"}]}'
WHERE = "broken at line 2, column 13: expecting ':' delimiter"


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Commands:
    return Commands(tmp_path, monkeypatch)


def test_check_names_the_place_in_a_request(run: Commands) -> None:
    run.write("a.yaml", chat(request={"url": URL, "body": BROKEN}))
    ran = run("check", "a.yaml")
    assert ran.code == 1
    assert f"LC001 interaction 0: the JSON of the request is {WHERE}" in ran.out


def test_a_request_that_the_server_refused_is_as_it_was_sent(run: Commands) -> None:
    refused = b'{"error": {"message": "no JSON"}}'
    run.write("a.yaml", chat(request={"url": URL, "body": BROKEN}, body=refused, code=400))
    assert run("check", "a.yaml").code == 0


def test_check_names_the_place_in_an_answer(run: Commands) -> None:
    answer = b'{"object": "chat.completion"\n "choices": []}'
    run.write("a.yaml", chat(body=answer))
    out = run("check", "a.yaml").out
    assert "the JSON is broken at line 2, column 2: expecting ',' delimiter (openai)" in out


def test_a_miss_names_the_place() -> None:
    recorded = chat(request={"url": URL, "body": BROKEN})
    sent = post(URL, {"model": "m", "messages": [{"role": "user", "content": "Hi"}]})
    report = str(explain_miss(sent, Index([recorded], Rules())))
    assert f"JSON, {WHERE}" in report


def test_an_unresolved_merge_is_named(run: Commands) -> None:
    path = run.write("a.yaml", chat())
    lines = path.read_text().splitlines()
    lines[5:6] = ["<<<<<<< HEAD", lines[5], "=======", lines[5], ">>>>>>> branch"]
    path.write_text("\n".join(lines))
    with pytest.raises(
        llmcassette.CassetteError, match="a merge conflict is not resolved"
    ) as raised:
        llmcassette.load(path)
    assert raised.value.line == 6


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"a": 1}', ""),
        ('{"a": 1', ""),
        ('{"a": "b', ""),
        ("a: b", ""),
        ("[form data omitted]", ""),
        ("{{name}}", ""),
        ('{"a" 1}', "broken at line 1, column 6: expecting ':' delimiter"),
        ('{\n<<<<<<< HEAD\n"a": 1}', "merge conflict at line 2"),
        ("[" * 100_000, ""),
    ],
)
def test_broken_is_not_cut(text: str, said: str) -> None:
    assert broken_json(text) == said
