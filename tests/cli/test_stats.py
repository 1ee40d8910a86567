"""``llmcassette stats``."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from llmcassette.cli.output.text import text_width
from llmcassette.model import Chunk, Headers
from llmcassette.recorder import pricing
from tests.cli.commands import DONE, FINISH, SSE, STREAM, Commands, chat
from tests.corpus import CORPUS, needs_corpus

if TYPE_CHECKING:
    from pathlib import Path

    from llmcassette.providers import Completion


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Commands:
    def listed(completion: Completion) -> pricing.Price | None:
        known = completion.usage is not None and completion.model == "gpt-4o-mini"
        return pricing.Price(0.25, "list") if known else None

    monkeypatch.setattr("llmcassette.review.statistics.price", listed)
    monkeypatch.setattr("llmcassette.cli.output.stats.price_list_installed", lambda: True)
    commands = Commands(tmp_path, monkeypatch)
    body = STREAM + FINISH + DONE
    chunks = (Chunk(len(STREAM), 0.5), Chunk(len(body) - len(STREAM), 1.0))
    commands.write(
        "a.yaml",
        chat(),
        chat(id=1),
        chat(id=2, model="模型-" * 20),
        chat(id=3, body=body, headers=SSE, chunks=chunks),
        chat(id=4, body=b'{"error":{"message":"slow down"}}', code=429, status="429"),
        chat(
            id=5,
            body=b"<html>",
            headers=Headers({"Content-Type": "text/html"}),
            request={"method": "GET", "url": "https://example.org/", "body": b""},
        ),
    )
    return commands


def test_a_table_that_fits_80_columns(run: Commands) -> None:
    ran = run("stats", "a.yaml")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out == (
        "model                          provider  calls  errors  in  out    cost  seconds\n"
        "gpt-4o-mini                    openai        4       1  20   10   $0.50      3.5\n"
        "(no model)                                   1       -   0    0       -      0.5\n"
        "模型-模型-模型-模型-模型-模…   openai        1       -  10    5       -      0.5\n"
        "all                                          6       1  30   15  $0.50+      4.5\n"
        "1 file · no price known for 1 answer\n"
    )
    assert all(text_width(line) <= 80 for line in ran.out.splitlines())


def test_one_model_needs_no_sum(run: Commands) -> None:
    run.write("b.yaml", chat())
    assert run("stats", "b.yaml").out == (
        "model        provider  calls  in  out   cost  seconds\n"
        "gpt-4o-mini  openai        1  10    5  $0.25      0.5\n"
        "1 file\n"
    )


def test_without_the_price_list_the_extra_is_named(
    run: Commands, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("llmcassette.review.statistics.price", lambda _: None)
    monkeypatch.setattr("llmcassette.cli.output.stats.price_list_installed", lambda: False)
    run.write("b.yaml", chat())
    last = run("stats", "b.yaml").out.splitlines()[-1]
    assert last == "1 file · no price for 1 answer: pip install 'pytest-llmcassette[cost]'"


def test_json(run: Commands) -> None:
    run.write("b.yaml", chat())
    document = json.loads(run("stats", "b.yaml", "--json").out)
    model = {
        "provider": "openai",
        "model": "gpt-4o-mini",
        "calls": 1,
        "errors": 0,
        "input_tokens": 10,
        "cached_tokens": 0,
        "output_tokens": 5,
        "cost": 0.25,
        "unpriced": 0,
        "seconds": 0.5,
        "untimed": 0,
    }
    assert document == {
        "schema": 1,
        "files": 1,
        "models": [model],
        "total": model | {"provider": "", "model": ""},
    }


def test_a_broken_file_is_an_error_and_the_others_are_counted(run: Commands) -> None:
    (run.folder / "b.yaml").write_text("version: 3\n")
    ran = run("stats", ".")
    assert ran.code == 2
    assert ran.err.startswith("llmcassette: b.yaml:1: version: expected version 2, found version 3")
    assert ran.out.splitlines()[-1] == "1 file · no price known for 1 answer"


@needs_corpus
def test_the_corpus_counts_every_interaction(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = json.loads(
        Commands(tmp_path, monkeypatch)("stats", str(CORPUS / "go-vcr-v2"), "--json").out
    )
    assert document["files"] == 218
    assert document["total"]["calls"] == sum(model["calls"] for model in document["models"])
    assert document["total"]["input_tokens"] > 100_000


def test_several_processes_count_what_one_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = Commands(tmp_path, monkeypatch)
    for number in range(20):
        run.write(f"cassettes/{number:02}.yaml", chat(), chat(id=1, model=f"m{number % 2}"))
    (run.folder / "cassettes/30.yaml").write_text("---\nversion: 2\ninteractions: 7\n")

    alone, shared = run("stats", "cassettes"), run("stats", "cassettes", "--jobs", "2")

    assert alone.code == 2
    assert (shared.code, shared.out, shared.err) == (alone.code, alone.out, alone.err)


def test_a_background_answer_that_is_polled_is_one_call(run: Commands) -> None:
    url = "https://api.openai.com/v1/responses"
    started = {"id": "resp_1", "object": "response", "model": "m", "status": "queued"}
    usage = {"input_tokens": 9, "output_tokens": 4, "total_tokens": 13}
    done = started | {"status": "completed", "usage": usage}
    asked = {"url": url, "body": b'{"model": "m", "input": "Hi"}'}
    poll = {"method": "GET", "url": f"{url}/resp_1", "body": b""}
    run.write(
        "b.yaml",
        chat(body=json.dumps(started).encode(), request=asked),
        chat(id=1, body=json.dumps(started).encode(), request=poll),
        chat(id=2, body=json.dumps(done).encode(), request=poll),
        chat(id=3, body=json.dumps(done).encode(), request=poll),
    )
    total = json.loads(run("stats", "b.yaml", "--json").out)["total"]
    assert (total["calls"], total["input_tokens"], total["output_tokens"]) == (1, 9, 4)


def test_times_that_were_not_recorded_are_not_zero(run: Commands) -> None:
    run.write("b.yaml", chat(duration=0.0))
    run.write("c.yaml", chat(), chat(id=1, duration=0.0))
    assert run("stats", "b.yaml").out.splitlines()[1].endswith("$0.25")
    assert run("stats", "c.yaml").out.splitlines()[1].endswith("$0.50     0.5+")
