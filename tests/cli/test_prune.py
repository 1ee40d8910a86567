"""``llmcassette prune``."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from llmcassette import Headers, storage
from tests.cli.commands import Commands, chat

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Commands:
    commands = Commands(tmp_path, monkeypatch)
    for name in ("all", "some", "none", "orphan", "failed", "unknown"):
        commands.write(f"cassettes/{name}.yaml", chat("A"), chat("B", id=1), chat("C", id=2))
    report(commands, {
        "all.yaml": {"played": [0, 1, 2], "interactions": 3},
        "some.yaml": {"played": [0, 2]},
        "none.yaml": {"played": []},
        "failed.yaml": {"played": [], "passed": False},
        "unknown.yaml": {},
    })  # fmt: skip
    return commands


def report(run: Commands, cassettes: dict[str, object]) -> None:
    named = {f"cassettes/{name}": value for name, value in cassettes.items()}
    (run.folder / "report.json").write_text(json.dumps({"version": 1, "cassettes": named}))


OUTPUT = """\
cassettes/none.yaml: {removed}
  no interaction was played
cassettes/orphan.yaml: {removed}
  no test opened it
cassettes/some.yaml: {pruned}
  interaction 1: POST https://api.openai.com/v1/chat/completions
"""


def test_what_was_never_played_goes(run: Commands) -> None:
    ran = run("prune", "--report", "report.json", "cassettes")
    assert (ran.code, ran.out, ran.err) == (
        0,
        OUTPUT.format(removed="removed", pruned="pruned"),
        "3 of 6 files changed\n",
    )
    left = sorted(path.name for path in (run.folder / "cassettes").iterdir())
    assert left == ["all.yaml", "failed.yaml", "some.yaml", "unknown.yaml"]
    kept = storage.load(run.folder / "cassettes/some.yaml").interactions
    assert kept == (chat("A"), chat("C", id=1))


def test_a_dry_run_removes_nothing(run: Commands) -> None:
    before = {path: path.read_bytes() for path in run.folder.rglob("*.yaml")}
    ran = run("prune", "--report", "report.json", "cassettes", "-n")
    assert ran.out == OUTPUT.format(removed="would be removed", pruned="would be pruned")
    assert ran.err == "3 of 6 files would change\n"
    assert {path: path.read_bytes() for path in run.folder.rglob("*.yaml")} == before


def test_a_cassette_that_changed_since_the_run_is_left_alone(run: Commands) -> None:
    for use in ({"played": [0], "interactions": 2}, {"played": [5]}):
        report(run, {"all.yaml": use})
        before = (run.folder / "cassettes/all.yaml").read_bytes()
        ran = run("prune", "--report", "report.json", "cassettes/all.yaml")
        assert (ran.code, ran.out, ran.err) == (
            2,
            "",
            "llmcassette: cassettes/all.yaml: changed since the reported run; run the tests"
            " again\n0 of 1 file changed, 1 error\n",
        )
        assert (run.folder / "cassettes/all.yaml").read_bytes() == before


def test_what_is_no_cassette_is_never_removed(run: Commands) -> None:
    path = run.folder / "cassettes/compose.yaml"
    path.write_text("services: {}\n")
    ran = run("prune", "--report", "report.json", str(path))
    assert (ran.code, ran.out) == (2, "")
    assert path.exists()


def test_paths_of_a_report_are_relative_to_its_root(run: Commands) -> None:
    (run.folder / "out").mkdir()
    (run.folder / "out/report.json").write_text(
        '{"version": 1, "root": "../cassettes", "cassettes": {"orphan.yaml": {"played": [0]}}}'
    )
    ran = run("prune", "--report", "out/report.json", "cassettes/orphan.yaml", "--json")
    (row,) = json.loads(ran.out)["files"]
    assert (row["removed"], len(row["changes"])) == (False, 2)


def test_a_run_of_some_tests_removes_nothing(run: Commands) -> None:
    (run.folder / "report.json").write_text('{"version": 1, "complete": false, "cassettes": {}}')
    ran = run("prune", "--report", "report.json", "cassettes")
    assert ran.code == 2
    assert len(list((run.folder / "cassettes").iterdir())) == 6


def test_a_request_that_got_no_answer_stays(run: Commands) -> None:
    side = chat(id=1, code=0, status="", headers=Headers(), body=b"", ended="connect")
    run.write("cassettes/side.yaml", chat("A"), side)
    report(run, {"side.yaml": {"played": [0], "interactions": 2}})
    ran = run("prune", "--report", "report.json", "cassettes/side.yaml")
    assert (ran.code, ran.out) == (0, "")
