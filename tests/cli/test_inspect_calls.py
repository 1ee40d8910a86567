"""``llmcassette inspect`` of calls that are no conversations."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.cli.commands import Commands, chat

if TYPE_CHECKING:
    from pathlib import Path

    from llmcassette.model import Interaction

RESPONSES = "https://api.openai.com/v1/responses"


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Commands:
    return Commands(tmp_path, monkeypatch)


def embedding() -> Interaction:
    answer = {
        "model": "e",
        "data": [{"embedding": [0.125, 0.25]}],
        "usage": {"prompt_tokens": 5, "total_tokens": 5},
    }
    url = "https://api.openai.com/v1/embeddings"
    asked = {"url": url, "body": b'{"model": "e", "input": "Hi"}'}
    return chat(body=json.dumps(answer).encode(), request=asked)


def test_a_call_is_shown_in_one_line(run: Commands) -> None:
    run.write("a.yaml", embedding())
    assert run("inspect", "a.yaml").out == (
        "a.yaml · 1 interaction · 5 tokens\n"
        "\n"
        "0  openai embeddings e ─────────────────────────────────────────────────────────\n"
        "  call        1 text → 1 vector of 2 dimensions\n"
        "              5 in, 0 out · 500 ms\n"
    )


@pytest.mark.parametrize("command", [("textconv",), ("inspect", "--full")])
def test_vectors_are_never_shown_as_numbers(run: Commands, command: tuple[str, ...]) -> None:
    run.write("a.yaml", embedding())
    out = run(*command, "a.yaml").out
    assert "0.125" not in out
    assert '{"embedding": "(2 dimensions)"}' in out
    assert '"input": "Hi"' in out


def test_a_poll_of_a_background_answer_is_shown_as_the_answer(run: Commands) -> None:
    done = {
        "id": "resp_1",
        "object": "response",
        "model": "m",
        "status": "completed",
        "output": [{"type": "message", "content": [{"type": "output_text", "text": "Sunny."}]}],
        "usage": {"input_tokens": 9, "output_tokens": 4, "total_tokens": 13},
    }
    poll = {"method": "GET", "url": f"{RESPONSES}/resp_1", "body": b""}
    run.write("a.yaml", chat(body=json.dumps(done).encode(), request=poll))
    assert run("inspect", "a.yaml").out == (
        "a.yaml · 1 interaction · 13 tokens\n"
        "\n"
        "0  GET api.openai.com/v1/responses/resp_1 ────────────────────────────────── 200\n"
        "  answer      Sunny.\n"
        "              completed · 9 in, 4 out · 500 ms\n"
    )
