"""``llmcassette check --merge``: the shards of a CI job, in one verdict."""

from __future__ import annotations

import json

import click
import pytest

from llmcassette.cli.commands.check import check
from tests.ci.conftest import RUNNER, START

TESTS = """
    @pytest.mark.parametrize("question", ["one", "two"])
    @pytest.mark.llm_cassette("a.yaml")
    def test_x(question):
        ask(question)
    """
UNPLAYED = (
    "error: test_it.py::test_x[one], test_it.py::test_x[two]: cassettes/a.yaml: "
    "1 of 3 interactions was never played (2: POST https://api.example.com/v1/ask). "
    "Fix: pytest --llm-mode=rewrite 'test_it.py::test_x[one]' 'test_it.py::test_x[two]'"
)


@pytest.fixture
def shards(project, monkeypatch):
    monkeypatch.chdir(project.path)
    project.cassette("a.yaml", "one", "two", "three")
    project.cassette("b.yaml", "one")
    project.test(START, TESTS)
    for question in ("one", "two"):
        result = project.ci("-k", question, f"--llm-report={question}.json")
        assert result.ret == pytest.ExitCode.OK
    return project


def merge(*arguments):
    result = RUNNER.invoke(check, ["--merge", *arguments], standalone_mode=False)
    if result.exception is not None:
        raise result.exception
    return result


def test_decides_what_no_shard_could(shards):
    result = merge("one.json", "two.json")

    assert result.return_value == 1
    assert result.stdout.splitlines() == [
        UNPLAYED,
        "error: cassettes/b.yaml: no test opens this cassette. Fix: rm cassettes/b.yaml",
    ]
    assert result.stderr == "2 reports, 2 tests (0 failed), 1 cassette: 2 errors, 0 warnings\n"


def test_a_missing_shard_is_noticed(shards):
    result = merge("one.json")

    assert result.return_value == 1
    assert result.stdout == ""
    assert result.stderr.splitlines()[0] == (
        "error: test_it.py::test_x[two] was not run in any shard"
    )


def test_nothing_wrong_is_zero(shards):
    shards.cassette("a.yaml", "one", "two")
    (shards.path / "cassettes" / "b.yaml").unlink()
    for question in ("one", "two"):
        shards.ci("-k", question, f"--llm-report={question}.json")

    assert merge("one.json", "two.json").return_value == 0


def test_as_json(shards):
    document = json.loads(merge("one.json", "two.json", "--json").stdout)

    assert [one["code"] for one in document["problems"]] == ["unplayed", "orphan"]
    assert document["not_run"] == []


def test_as_annotations(shards):
    lines = merge("one.json", "two.json", "--format", "github").stdout.splitlines()

    assert [line.partition(",")[0] for line in lines] == [
        "::error file=cassettes/a.yaml",
        "::error file=cassettes/b.yaml",
    ]


def test_ten_tests_that_were_not_run_are_named(shards):
    numbers = "@pytest.mark.parametrize('number', range(12))\ndef test_y(number): pass\n"
    shards.write(test_other=f"import pytest\n{numbers}")
    shards.ci("-k", "one", "--llm-report=one.json")

    lines = merge("one.json", "two.json").stderr.splitlines()

    assert lines[0] == "error: test_other.py::test_y[0] was not run in any shard"
    assert lines[9:11] == [
        "error: test_other.py::test_y[9] was not run in any shard",
        "error: and 2 more",
    ]


def test_a_format_that_there_is_not(shards):
    with pytest.raises(click.UsageError, match="--merge does not support --format sarif"):
        merge("one.json", "two.json", "--format", "sarif")
