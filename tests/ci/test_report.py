"""``--llm-report``: what a run did, as JSON."""

from __future__ import annotations

import json

import pytest

from llmcassette.errors import CassetteError
from llmcassette.review.report.document import read_report
from llmcassette.review.report.facts import merge
from llmcassette.review.report.file import read
from tests.ci.conftest import START, errors

TESTS = """
    @pytest.mark.llm_cassette("a.yaml", ignore=["$.seed"])
    def test_x():
        assert ask("one") == ask("one") == "re: one"
    @pytest.mark.llm_cassette("a.yaml")
    def test_missing():
        ask_swallowing("three")
    def test_y(): pass
    """


DIFFERENCE = '  question\n    recorded  "one"\n    sent      "three"'


def test_holds_the_run(project):
    project.cassette("a.yaml", "one", "one", "two")
    project.test(START, TESTS)

    report = project.report("--llm-ci", "--deselect", "test_it.py::test_y")

    message = report["missed"][0].pop("message")
    assert message.startswith("question changed: no recorded interaction answers this request")
    assert report == {
        "version": 1,
        "root": ".",
        "in_repository": "",
        "complete": False,
        "ci": True,
        "checks": ["secret", "cut-answer", "incomplete"],
        "cassette_dir": "cassettes",
        "tests": {
            "test_it.py::test_x": "passed",
            "test_it.py::test_missing": "failed",
            "test_it.py::test_y": "deselected",
        },
        "files": ["test_it.py"],
        "other_files": [],
        "cassettes": {
            "cassettes/a.yaml": {
                "interactions": 3,
                "played": [0, 1],
                "openings": 2,
                "alike": [],
                "recorded": 0,
                "written": 0,
                "replayed": 2,
                "seconds": 3.0,
                "passed": False,
                "tests": {
                    "test_it.py::test_x": ["asked", "fixture", "named"],
                    "test_it.py::test_missing": ["asked", "fixture", "named"],
                },
                "fixtures": [],
                "unused": "",
                "stale": "",
                "max_age_hours": None,
            }
        },
        "missed": [
            {
                "test": "test_it.py::test_missing",
                "file": "test_it.py",
                "line": 9,
                "cassette": "cassettes/a.yaml",
                "blocked": False,
                "cause": "question changed",
                "difference": DIFFERENCE,
                "key": 'question changed\nquestion: "one" -> "three"',
                "sent_by": 'app.py:9: return client.post(url, json={"question": question…',
            }
        ],
        "missed_by_cause": [
            {
                "cause": "question changed",
                "difference": DIFFERENCE,
                "tests": ["test_it.py::test_missing"],
                "cassettes": ["cassettes/a.yaml"],
                "command": "pytest --llm-mode=new_episodes test_it.py::test_missing",
            }
        ],
        "verified": 0,
        "drift": [],
        "rules": [["ignore", "$.seed", False]],
        "unfired": {},
        "unsaved": [],
        "idle": {},
        "unwritten": {},
        "unscanned": [],
        "notes": {},
        "totals": {
            "replayed": 2,
            "seconds": 3.0,
            "recorded": 0,
            "missed": 1,
            "blocked": 0,
            "unfired": 0,
            "tokens": 0,
            "dollars": None,
        },
        "problems": [],
    }


def test_holds_the_problems(project):
    project.cassette("a.yaml", "one", "two")
    project.test(START, TESTS.replace('== ask("one") ', ""))

    report = project.report("--llm-ci", "-k", "test_x or test_y")
    project.test(
        START,
        TESTS.partition('    @pytest.mark.llm_cassette("a.yaml")')[0].replace('== ask("one") ', ""),
    )
    whole = project.report("--llm-ci")

    assert report["problems"] == []
    assert whole["problems"] == [
        {
            "code": "unplayed",
            "level": "error",
            "test": "test_it.py::test_x",
            "file": "cassettes/a.yaml",
            "line": 1,
            "message": "1 of 2 interactions was never played "
            "(1: POST https://api.example.com/v1/ask)",
            "fix": "pytest --llm-mode=rewrite test_it.py::test_x",
        }
    ]


def test_is_what_check_and_prune_read(project):
    project.cassette("a.yaml", "one", "two")
    project.test(
        START,
        TESTS.partition('    @pytest.mark.llm_cassette("a.yaml")')[0].replace('== ask("one") ', ""),
    )
    project.run("--llm-report=out/report.json")

    report = read_report(project.path / "out" / "report.json")

    used = report.used(project.path / "cassettes" / "a.yaml")
    assert (used.played, used.interactions, used.passed) == ({0}, 2, True)
    assert report.used(project.path / "cassettes" / "b.yaml") is None


def test_a_part_of_the_tests_is_refused_by_prune(project):
    project.cassette("a.yaml", "one")
    project.test(START, TESTS)
    project.run("--llm-report=report.json", "-k", "test_x")

    with pytest.raises(CassetteError, match="of a partial run"):
        read_report(project.path / "report.json")


def test_the_cassette_of_a_skipped_test_is_not_pruned(project):
    project.cassette("a.yaml", "one")
    project.test(START, TESTS, "pytestmark = pytest.mark.skip\n")
    project.run("--llm-report=report.json")

    used = read_report(project.path / "report.json").used(project.path / "cassettes" / "a.yaml")

    assert not used.passed


def test_a_project_without_cassettes_has_one_too(project):
    project.test("def test_x(): pass")

    report = project.report()

    assert report["cassettes"] == {}
    assert report["complete"] is True
    assert report["tests"] == {"test_it.py::test_x": "passed"}
    assert report["files"] == ["test_it.py"]


def test_is_relative_to_where_pytest_was_started(project, monkeypatch):
    project.cassette("a.yaml", "one")
    project.test(START, TESTS)
    (project.path / "sub").mkdir()
    monkeypatch.chdir(project.path / "sub")

    project.run("--llm-report=report.json", "..")

    assert json.loads((project.path / "sub" / "report.json").read_text())["root"] == ".."


def test_one_that_cannot_be_written_fails_the_run(project):
    project.cassette("a.yaml", "one", "one")
    project.test(START, TESTS.partition('    @pytest.mark.llm_cassette("a.yaml")')[0])
    (project.path / "report.json").mkdir()

    result = project.run("--llm-report=report.json")

    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert errors(result) == ["report.json: cannot be written: Is a directory"]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("{", "no report of a test run: not JSON"),
        ("[]", "no report of a test run: it must say version 1"),
        ('{"version": 2}', "no report of a test run: it must say version 1"),
        ('{"version": 1}', "no report of a test run: KeyError: 'ci'"),
    ],
)
def test_another_file_is_refused_by_name(tmp_path, text, problem):
    path = tmp_path / "report.json"
    path.write_text(text)

    with pytest.raises(CassetteError, match=r"report\.json: ") as caught:
        read([path])
    assert problem in str(caught.value)


def test_a_file_that_is_not_there_is_refused_by_name(tmp_path):
    with pytest.raises(CassetteError, match="cannot be read: No such file or directory"):
        read([tmp_path / "report.json"])


SHARDED = """
    @pytest.mark.parametrize("question", ["one", "two"])
    @pytest.mark.llm_cassette("a.yaml")
    def test_x(question):
        ask(question)
    """


def shards(project, *runs):
    for number, options in enumerate(runs):
        project.run("--llm-ci", f"--llm-report=shard{number}.json", *options)
    reports = read([project.path / f"shard{number}.json" for number in range(len(runs))])
    return merge(report.facts for report in reports)


@pytest.mark.parametrize(
    "runs",
    [
        [["-k", "one"], ["-k", "two"]],
        [["test_it.py::test_x[one]"], ["test_it.py::test_x[two]"]],
    ],
)
def test_shards_together_are_whole(project, runs):
    from llmcassette.review.report.run_errors import problems as judge

    project.cassette("a.yaml", "one", "two", "three")
    project.cassette("b.yaml", "one")
    project.test(START, SHARDED)

    facts = shards(project, *runs)

    assert facts.complete
    assert [one.code for one in judge(facts, project.path)] == ["unplayed", "orphan"]


def test_a_shard_that_is_missing_leaves_tests_that_were_not_run(project):
    project.cassette("a.yaml", "one", "two")
    project.write(test_it=f"{START}{SHARDED}", test_other="def test_y(): pass\n")

    facts = shards(project, ["test_it.py::test_x[one]"])

    assert facts.not_run() == ["test_it.py::test_x[two]", "test_other.py"]
