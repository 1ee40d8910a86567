"""``llmcassette fmt``."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from llmcassette import storage
from llmcassette.model import Cassette
from tests.cli.commands import Commands, chat
from tests.corpus import CORPUS, SAMPLES, corpus_files, needs_corpus

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Commands:
    return Commands(tmp_path, monkeypatch)


def values(path: Path) -> list[object]:
    return [(one.request, one.response) for one in storage.load(path).interactions]


def test_every_dialect_becomes_one_and_no_value_changes(run: Commands) -> None:
    shutil.copytree(SAMPLES, run.folder / "s")
    before = {path.name: values(path) for path in (run.folder / "s").glob("*.yaml")}
    ran = run("fmt", "s")
    assert (ran.code, ran.err) == (0, "4 of 5 files changed\n")
    assert ran.out == "".join(
        f"s/{name}.yaml: formatted\n"
        for name in (
            "multi_tool_streaming",
            "multi_tool_streaming_escaped",
            "tool",
            "tool_streaming_together",
        )
    )
    assert {path.name: values(path) for path in (run.folder / "s").glob("*.yaml")} == before
    again = run("fmt", "--check", "s")
    assert (again.code, again.out, again.err) == (0, "", "0 of 5 files would change\n")


def test_check_writes_nothing(run: Commands) -> None:
    path = run.write("a.yaml", chat())
    crlf = path.read_bytes().replace(b"\n", b"\r\n")
    path.write_bytes(crlf)
    ran = run("fmt", "--check", "a.yaml")
    assert (ran.code, ran.out) == (1, "a.yaml: would be formatted\n")
    assert path.read_bytes() == crlf


def test_a_broken_file_is_left_as_it_was_and_the_others_are_formatted(run: Commands) -> None:
    run.write("b.yaml", chat()).write_bytes(
        run.write("b.yaml", chat()).read_bytes().replace(b"\n", b"\r\n")
    )
    (run.folder / "a.yaml").write_text("version: 2\ninteractions: x\n")
    ran = run("fmt", ".")
    assert (ran.code, ran.out) == (2, "b.yaml: formatted\n")
    assert ran.err == (
        "llmcassette: a.yaml:2: interactions: expected a list, found 'x'\n"
        "1 of 2 files changed, 1 error\n"
    )
    assert (run.folder / "a.yaml").read_text() == "version: 2\ninteractions: x\n"


@needs_corpus
@pytest.mark.parametrize("project", sorted(path.name for path in CORPUS.glob("go-vcr-v2/*")))
def test_the_corpus_keeps_its_values(run: Commands, project: str) -> None:
    for number, path in enumerate(corpus_files(f"go-vcr-v2/{project}")[:15]):
        storage.dump(
            Cassette(interactions=storage.load(path).interactions), run.folder / f"{number}.yaml"
        )
        assert values(run.folder / f"{number}.yaml") == values(path)
    assert run("fmt", "--check", ".").code == 0
