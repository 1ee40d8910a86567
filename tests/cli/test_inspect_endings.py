"""``llmcassette inspect``, ``stats`` and ``diff`` of requests without an answer, and of MCP."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from llmcassette import Headers
from tests.cli.commands import Commands, chat

if TYPE_CHECKING:
    from pathlib import Path

    from llmcassette import Interaction


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Commands:
    return Commands(tmp_path, monkeypatch)


def unanswered(ended: str) -> Interaction:
    request = {"method": "GET", "url": "https://api.example.com/prices", "body": b""}
    return chat(
        code=0, status="", headers=Headers(), body=b"", duration=0, ended=ended, request=request
    )


def test_a_request_without_an_answer_says_why(run: Commands) -> None:
    run.write("a.yaml", unanswered("connect"))
    shown = run("inspect", "a.yaml").out
    assert "GET api.example.com/prices" in shown
    assert shown.splitlines()[2].endswith("no answer (connect)")
    assert shown.splitlines()[3].strip() == "response    no answer (connect)"


def test_it_is_an_error_in_the_statistics_unless_the_caller_cancelled_it(run: Commands) -> None:
    for ended, errors in (("read-timeout", 1), ("cancelled", 0)):
        run.write("a.yaml", unanswered(ended))
        assert f'"errors": {errors}' in run("stats", "--json", "a.yaml").out


def test_another_reason_is_a_difference(run: Commands) -> None:
    run.write("a.yaml", unanswered("connect"))
    run.write("b.yaml", unanswered("dns"))
    ran = run("diff", "a.yaml", "b.yaml")
    assert ran.code == 1
    assert "status  no answer (connect) → no answer (dns)" in ran.out.replace('"', "")
