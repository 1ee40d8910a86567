"""``check --merge`` as a CI job runs it: with reports downloaded to wherever it is."""

from __future__ import annotations

import json
import shutil

import pytest

from tests.ci.conftest import START
from tests.ci.test_merge import TESTS
from tests.cli.commands import Commands

SUMMARY = "2 reports, 2 tests (0 failed), 1 cassette: 2 errors, 0 warnings"


def told(root):
    """What is wrong, with paths to paste where one is."""
    one, two = (f"{root}test_it.py::test_x[{name}]" for name in ("one", "two"))
    return [
        f"error: {one}, {two}: {root}cassettes/a.yaml: 1 of 3 interactions was never played "
        f"(2: POST https://api.example.com/v1/ask). Fix: pytest --llm-mode=rewrite '{one}' '{two}'",
        f"error: {root}cassettes/b.yaml: no test opens this cassette. "
        f"Fix: rm {root}cassettes/b.yaml",
    ]


@pytest.fixture
def repository(tmp_path):
    """A repository with one project in it."""
    folder = tmp_path / "repository"
    (folder / ".git").mkdir(parents=True)
    return folder


@pytest.fixture
def root(project, repository, monkeypatch):
    """The project's root folder in the repository, after its shards have run."""
    project.cassette("a.yaml", "one", "two", "three")
    project.cassette("b.yaml", "one")
    project.test(START, TESTS)
    root = repository / "packages" / "agent"
    shutil.copytree(project.path, root)
    project.path = root
    monkeypatch.chdir(root)
    for question in ("one", "two"):
        options = [f"--rootdir={root}", f"--llm-report={question}.json", str(root)]
        assert project.ci("-k", question, *options).ret == pytest.ExitCode.OK
    return root


@pytest.fixture
def downloads(root, tmp_path):
    """Where the reports are now: each artifact in a folder of its own."""
    for question in ("one", "two"):
        folder = tmp_path / "downloads" / f"shard-{question}"
        folder.mkdir(parents=True)
        (root / f"{question}.json").rename(folder / "llm.json")
    return tmp_path / "downloads"


@pytest.fixture
def merge(downloads, monkeypatch):
    def run(folder, *more):
        folder.mkdir(exist_ok=True)
        return Commands(folder, monkeypatch)("check", "--merge", str(downloads), *more)

    return run


def test_in_the_root_folder(merge, root):
    ran = merge(root)

    assert (ran.code, ran.out.splitlines()) == (1, told(""))
    assert ran.err.splitlines() == [SUMMARY]


def test_in_a_folder_below_it(merge, root):
    ran = merge(root / "docs")

    assert (ran.code, ran.out.splitlines()) == (1, told("../"))
    assert ran.err.splitlines() == [SUMMARY]


@pytest.mark.parametrize("below", [".", "docs"])
def test_anywhere_else_in_the_repository(merge, repository, below):
    ran = merge(repository / below)

    up = "" if below == "." else "../"
    assert (ran.code, ran.out.splitlines()) == (1, told(f"{up}packages/agent/"))
    assert ran.err.splitlines() == [SUMMARY]


def test_anywhere_where_the_folder_is_named(merge, tmp_path, root):
    ran = merge(tmp_path / "elsewhere", "--root", str(root))

    assert (ran.code, ran.out.splitlines()) == (1, told("../repository/packages/agent/"))
    assert ran.err.splitlines() == [SUMMARY]


def test_anywhere_while_the_reports_lie_where_they_were_written(
    project, root, tmp_path, monkeypatch
):
    (tmp_path / "elsewhere").mkdir()

    run = Commands(tmp_path / "elsewhere", monkeypatch)
    ran = run("check", "--merge", str(root / "one.json"), str(root / "two.json"))

    assert (ran.code, ran.out.splitlines()) == (1, told("../repository/packages/agent/"))


def test_elsewhere_it_says_what_is_missing(merge, tmp_path):
    ran = merge(tmp_path / "elsewhere")

    assert (ran.code, ran.out) == (2, "")
    assert ran.err == (
        "llmcassette: the test files of these reports, such as test_it.py, are not below the "
        "working directory, nor below a folder above it: run this in a checkout of the project, "
        "or name its root folder with --root\n"
    )


def test_a_test_that_was_not_run_is_named_as_it_is_seen_from_there(merge, downloads, repository):
    shutil.rmtree(downloads / "shard-two")

    ran = merge(repository)

    assert (ran.code, ran.out) == (1, "")
    assert ran.err.splitlines()[0] == (
        "error: packages/agent/test_it.py::test_x[two] was not run in any shard"
    )


def test_a_folder_that_is_not_the_root_is_refused(merge, tmp_path, repository):
    ran = merge(tmp_path / "elsewhere", "--root", "../repository")

    assert (ran.code, ran.out) == (2, "")
    assert ran.err == (
        "llmcassette: the test files of these reports, such as test_it.py, are not below "
        "../repository: --root names the folder that pytest calls rootdir\n"
    )


def test_reports_of_different_projects_are_refused(merge, downloads, root, tmp_path):
    other = json.loads((downloads / "shard-two" / "llm.json").read_text(encoding="utf-8"))
    other["in_repository"] = "packages/other"
    (downloads / "shard-two" / "llm.json").write_text(json.dumps(other), encoding="utf-8")

    ran = merge(root)

    assert (ran.code, ran.out) == (2, "")
    assert ran.err == (
        "llmcassette: these reports are of different projects: "
        f"{downloads}/shard-one/llm.json is of packages/agent, "
        f"{downloads}/shard-two/llm.json of packages/other\n"
    )


def test_a_folder_without_reports_is_refused(root, tmp_path, monkeypatch):
    (tmp_path / "empty").mkdir()

    ran = Commands(root, monkeypatch)("check", "--merge", "../../../empty")

    assert (ran.code, ran.out, ran.err) == (
        2,
        "",
        "llmcassette: ../../../empty: holds no report: there is no .json in it\n",
    )


def test_a_test_file_that_has_gone_since_does_not_hide_the_root(merge, downloads, root):
    for path in downloads.rglob("*.json"):
        report = json.loads(path.read_text(encoding="utf-8"))
        report["files"].append("test_gone.py")
        path.write_text(json.dumps(report), encoding="utf-8")

    assert merge(root / "docs").out.splitlines() == told("../")


def test_json_names_the_root(merge, repository):
    document = json.loads(merge(repository, "--json").out)

    assert document["root"] == "packages/agent"
    assert [one["file"] for one in document["problems"]] == ["cassettes/a.yaml", "cassettes/b.yaml"]


def test_annotations_name_files_of_the_checkout(merge, repository, root, monkeypatch):
    monkeypatch.setenv("GITHUB_WORKSPACE", str(repository))

    lines = merge(root / "cassettes", "--format", "github").out.splitlines()

    assert [line.partition(",")[0] for line in lines] == [
        "::error file=packages/agent/cassettes/a.yaml",
        "::error file=packages/agent/cassettes/b.yaml",
    ]


def test_the_settings_are_those_of_the_project(merge, repository, root):
    (root / "pyproject.toml").write_text("[tool.llmcassette]\nunknown = 1\n", encoding="utf-8")

    ran = merge(repository)

    assert ran.code == 2
    assert "packages/agent/pyproject.toml" in ran.err
    assert "there is no setting 'unknown'" in ran.err


def test_the_root_is_for_merging_only(root, monkeypatch):
    ran = Commands(root, monkeypatch)("check", "cassettes", "--root", ".")

    assert ran.code == 2
    assert ran.err.endswith("--root needs --merge\n")


@pytest.fixture
def whole(project, root, tmp_path):
    """The report of a whole run, carried away."""
    project.run(f"--rootdir={root}", "--llm-report=whole.json", str(root))
    (root / "whole.json").rename(tmp_path / "whole.json")
    return tmp_path / "whole.json"


def test_prune_finds_the_project_of_a_report_that_was_carried_away(whole, root, monkeypatch):
    ran = Commands(root, monkeypatch)("prune", "--report", str(whole), "cassettes", "--dry-run")

    assert ran.out.splitlines() == [
        "cassettes/a.yaml: would be pruned",
        "  interaction 2: POST https://api.example.com/v1/ask",
        "cassettes/b.yaml: would be removed",
        "  no test opened it",
    ]


def test_prune_removes_nothing_where_it_does_not_find_it(whole, root, tmp_path, monkeypatch):
    (tmp_path / "elsewhere").mkdir()

    run = Commands(tmp_path / "elsewhere", monkeypatch)
    ran = run("prune", "--report", str(whole), str(root / "cassettes"))

    assert (ran.code, ran.out) == (2, "")
    assert ran.err == (
        f"llmcassette: {whole}: is of a project whose test files, such as test_it.py, are neither "
        "where the report was written nor here: run this in the project's root folder\n"
    )
    assert (root / "cassettes" / "b.yaml").exists()
