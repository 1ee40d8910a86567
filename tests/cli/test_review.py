"""``llmcassette review``: by git, in a repository of its own."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.cli.cassettes import answering, asking, numbered, user
from tests.cli.commands import Commands

if TYPE_CHECKING:
    from llmcassette.model import Request, Response


def exchange(prompt: str, text: str, answer: str = "Hi.") -> tuple[Request, Response]:
    return asking({"role": "system", "content": prompt}, user(text)), answering(answer)


def git(run: Commands, *args: str) -> str:
    identity = ["-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false"]
    done = subprocess.run(
        ["git", *identity, *args], cwd=run.folder, check=True, capture_output=True, text=True
    )
    return done.stdout


def status(run: Commands) -> str:
    """What git says of the files; ``M `` is staged, `` M`` is not."""
    return git(run, "status", "--porcelain", "--untracked-files=all")


@pytest.fixture
def run(tmp_path, monkeypatch) -> Commands:
    """Two cassettes with a changed prompt, one with another answer, a new one, another tool's."""
    commands = Commands(tmp_path, monkeypatch)
    (tmp_path / "c").mkdir()
    for name in ("a", "b"):
        commands.write(f"c/{name}.yaml", *numbered(exchange("Be kind.", name)))
    commands.write("c/said.yaml", *numbered(exchange("Be kind.", "said", "Cats purr.")))
    (tmp_path / "compose.yaml").write_text("services: {}\n")
    git(commands, "init", "-q")
    git(commands, "add", ".")
    git(commands, "commit", "-qm", "one")
    for name in ("a", "b"):
        commands.write(f"c/{name}.yaml", *numbered(exchange("Be very kind.", name)))
    commands.write("c/said.yaml", *numbered(exchange("Be kind.", "said", "Cats sleep.")))
    commands.write("c/new.yaml", *numbered(exchange("Be kind.", "new")))
    (tmp_path / "compose.yaml").write_text("services: {web: {}}\n")
    return commands


@pytest.fixture
def answering_with(run, monkeypatch):
    """Runs the command for a person who types these answers."""
    monkeypatch.setattr("llmcassette.cli.commands.review.at_terminal", lambda: True)
    return lambda *lines: run("review", stdin="".join(f"{line}\n" for line in lines).encode())


def test_without_a_terminal_it_shows_the_groups(run):
    before = status(run)

    ran = run("review")

    assert ran.code == 1
    assert ran.err == "\nNot a terminal: nothing was asked. Accept all: llmcassette review --yes\n"
    assert [line for line in ran.out.splitlines() if "cassette" in line and "(" in line] == [
        "system prompt changed (2 cassettes)",
        "new cassettes (1 cassette)",
        "answer reworded (1 cassette)",
    ]
    assert "compose" not in ran.out
    assert status(run) == before


def test_json_is_for_programs(run):
    document = json.loads(run("review", "--json").out)

    assert [(one["cause"], len(one["files"])) for one in document["groups"]] == [
        ("system prompt changed", 2),
        ("new cassettes", 1),
        ("answer reworded", 1),
    ]


def test_yes_stages_all_cassettes_and_no_other_file(run):
    ran = run("review", "--yes")

    assert (ran.code, ran.out) == (0, "4 accepted\n")
    assert status(run) == (
        "M  c/a.yaml\nM  c/b.yaml\nA  c/new.yaml\nM  c/said.yaml\n M compose.yaml\n"
    )
    assert run("review").out == "nothing to review\n"


def test_groups_are_accepted_restored_and_skipped(run, answering_with):
    ran = answering_with("a", "s", "r")

    assert ran.code == 1
    assert "restored 1 cassette; the new recordings are gone\n" in ran.out
    assert status(run) == "M  c/a.yaml\nM  c/b.yaml\n M compose.yaml\n?? c/new.yaml\n"


def test_each_cassette_of_a_group_may_be_decided_by_itself(run, answering_with):
    answering_with("e", "a", "r", "q")

    assert status(run).splitlines()[0] == "M  c/a.yaml"
    assert " c/b.yaml" not in status(run)


def test_a_new_cassette_is_deleted_only_if_its_loss_is_agreed_to(run, answering_with):
    ran = answering_with("s", "r", "n", "s")
    assert "git has no copy of 1 new cassette. Delete for good?" in ran.out
    assert (run.folder / "c/new.yaml").exists()

    answering_with("s", "r", "y", "s")
    assert not (run.folder / "c/new.yaml").exists()


def test_open_shows_all_differences_and_asks_again(run, answering_with):
    out = answering_with("o", "q").out

    assert out.count("system prompt changed (in 2 cassettes)") == 1


def test_outside_a_repository_is_an_error(tmp_path, monkeypatch):
    ran = Commands(tmp_path, monkeypatch)("review")

    assert ran.code == 2
    assert "not a git repository" in ran.err
