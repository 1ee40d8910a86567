"""What ``addopts`` in the ini file leaves out is no part of the suite, and yet not gone."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from llmcassette.cli.commands.check import check
from llmcassette.errors import CassetteError
from llmcassette.review.check.document import read_report
from tests.ci.conftest import START, failures, problems

SUITE = """
    @pytest.mark.llm_cassette("shared.yaml")
    def test_quick():
        ask("one")

    @pytest.mark.slow
    @pytest.mark.llm_cassette("shared.yaml")
    def test_slow():
        ask("two")

    @pytest.mark.slow
    @pytest.mark.llm_cassette
    def test_slow_alone():
        ask("one")

    @pytest.mark.llm_cassette("own.yaml")
    def test_own():
        ask("one")
    """
MARKER = "markers = slow: not in every run"
ORPHAN = (
    "  cassettes/orphan.yaml: no test opens this cassette. "
    "Fix: delete it: git rm cassettes/orphan.yaml"
)
UNPLAYED = (
    "cassettes/own.yaml: 1 of 2 interactions was never played "
    "(1: POST https://api.example.com/v1/ask). "
    "Fix: pytest --llm-mode=rewrite test_it.py::test_own"
)
SHARED = (
    "test_it.py::test_quick, test_it.py::test_slow: cassettes/shared.yaml: "
    "1 of 3 interactions was never played (2: POST https://api.example.com/v1/ask). "
    "Fix: pytest --llm-mode=rewrite test_it.py::test_quick test_it.py::test_slow"
)
LEFT_OUT = {
    "test_it.py::test_quick": "passed",
    "test_it.py::test_slow": "left out",
    "test_it.py::test_slow_alone": "left out",
    "test_it.py::test_own": "failed",
}


@pytest.fixture
def suite(project):
    """Two quick tests and two slow ones, which the project leaves out."""
    project.ini(MARKER, 'addopts = -m "not slow"')
    project.cassette("shared.yaml", "one", "two", "never")
    project.cassette("own.yaml", "one", "two")
    project.cassette("test_it/test_slow_alone.yaml", "one")
    project.cassette("orphan.yaml", "one")
    project.test(START, SUITE)
    return project


@pytest.mark.parametrize("way", [["-pno:xdist"], ["-n", "2"]], ids=["alone", "two workers"])
def test_a_run_without_more_words_is_of_the_whole_suite(suite, way):
    result = suite.ci("--llm-report=report.json", *way)

    report = json.loads((suite.path / "report.json").read_text(encoding="utf-8"))
    assert failures(result)[1] == UNPLAYED
    assert problems(result) == ["errors:", ORPHAN]
    assert report["tests"] == LEFT_OUT
    assert report["complete"] is False


@pytest.mark.parametrize(
    "addopts",
    [
        '-m "not slow"',
        '-k "not slow"',
        "--deselect=test_it.py::test_slow --deselect=test_it.py::test_slow_alone",
    ],
    ids=lambda addopts: addopts.partition(" ")[0].partition("=")[0],
)
def test_every_way_to_leave_tests_out_counts(suite, addopts):
    suite.ini(MARKER, f"addopts = {addopts}")

    report = suite.report("--llm-ci")

    assert report["tests"] == LEFT_OUT
    assert [one["code"] for one in report["problems"]] == ["orphan", "unplayed"]


@pytest.mark.parametrize(
    "options",
    [
        ["-k", "quick"],
        ["-m", "slow"],
        ["--deselect=test_it.py::test_own"],
        ["-o", "addopts=-k own"],
    ],
    ids=lambda options: options[0].partition("=")[0],
)
def test_what_the_command_line_adds_makes_it_a_run_of_some_tests(suite, options):
    report = suite.report("--llm-ci", *options)

    assert "deselected" in report["tests"].values()
    assert "orphan" not in [one["code"] for one in report["problems"]]


ADDED = {
    "-m, then -k": ('-m "not slow"', "-k=not slow_alone"),
    "-k, then -m": ('-k "not slow"', "-m=not slow"),
    "-k, then another -k": ('-k "not slow"', "-k=not slow_alone and not slow"),
    "-m, then --deselect": ('-m "not slow"', "--deselect=test_it.py::test_slow"),
}


@pytest.mark.parametrize("how", ADDED)
def test_words_that_take_only_what_the_project_leaves_out_make_it_no_smaller(suite, how):
    addopts, option = ADDED[how]
    suite.ini(MARKER, f"addopts = {addopts}")

    report = suite.report("--llm-ci", *option.split("=", 1) if option[1] != "-" else [option])

    assert report["tests"] == LEFT_OUT
    assert [one["code"] for one in report["problems"]] == ["orphan", "unplayed"]


@pytest.mark.parametrize(
    ("addopts", "option"),
    [
        ('-m "not slow"', ["-k", "quick or slow"]),
        ("--deselect=test_it.py::test_slow", ["--deselect=test_it.py::test_own"]),
    ],
    ids=["-k", "--deselect"],
)
def test_each_test_that_is_deselected_is_told_by_whom(suite, addopts, option):
    suite.ini(MARKER, f"addopts = {addopts}")

    report = suite.report(*option)

    assert report["tests"]["test_it.py::test_slow"] == "left out"
    assert report["tests"]["test_it.py::test_own"] == "deselected"


def test_words_of_the_project_that_count_no_more_need_not_be_right(suite):
    suite.ini(MARKER, 'addopts = -m "not ("')

    report = suite.report("-m", "not slow")

    assert report["tests"]["test_it.py::test_slow"] == "deselected"


def test_what_the_environment_adds_does_too(suite, monkeypatch):
    monkeypatch.setenv("PYTEST_ADDOPTS", "-k quick")

    assert problems(suite.ci()) == []


def test_a_plugin_that_deselects_makes_it_a_run_of_some_tests(suite):
    suite.write(
        conftest="""
            def pytest_collection_modifyitems(config, items):
                config.hook.pytest_deselected(items=[items.pop(0)])
            """
    )

    report = suite.report("--llm-ci")

    assert report["tests"]["test_it.py::test_quick"] == "deselected"
    assert [one["code"] for one in report["problems"]] == ["unplayed"]


def test_all_tests_on_demand_decide_everything(suite):
    result = suite.ci("-m", "")

    assert failures(result)[1] == UNPLAYED
    assert problems(result) == ["errors:", ORPHAN, f"  {SHARED}"]


def test_prune_wants_all_tests(suite):
    suite.run("--llm-report=report.json")

    with pytest.raises(CassetteError, match="of a run of some tests only"):
        read_report(suite.path / "report.json")

    suite.run("--llm-report=report.json", "-m", "")
    assert read_report(suite.path / "report.json").complete


OPENERS = {
    "by its name": 'llmcassette.use_cassette("cassettes/orphan.yaml")',
    "by a computed name": 'llmcassette.use_cassette(f"cassettes/{name}.yaml")',
}
BY_HAND = """
    import llmcassette

    @pytest.mark.slow
    @pytest.mark.parametrize("name", ["orphan"])
    def test_by_hand(name):
        with OPENER:
            ask("one")
    """
BY_FIXTURE = """
    import llmcassette, pytest

    @pytest.fixture(scope="session")
    def index():
        name = "orphan"
        with OPENER:
            yield
    """


@pytest.mark.parametrize("how", OPENERS)
def test_what_a_test_left_out_may_open_is_no_orphan(suite, how):
    suite.test(START, SUITE, BY_HAND.replace("OPENER", OPENERS[how]))

    assert problems(suite.ci()) == []


@pytest.mark.parametrize("how", OPENERS)
def test_what_a_fixture_of_a_test_left_out_may_open_is_no_orphan(suite, how):
    suite.write(conftest=BY_FIXTURE.replace("OPENER", OPENERS[how]))
    suite.test(START, SUITE.replace("test_slow_alone()", "test_slow_alone(index)"))

    assert problems(suite.ci()) == []


def test_a_file_that_the_project_ignores_keeps_its_cassettes(suite):
    suite.ini(MARKER, "addopts = --ignore=test_other.py --ignore-glob=*_third.py")
    suite.write(
        test_other='NAMED = "named.yaml"\n',
        test_third='NAMED = "third.yaml"\n',
    )
    for name in ("named", "third", "test_other/test_x"):
        suite.cassette(f"{name}.yaml", "one")

    whole, by_path = suite.ci(), suite.ci("test_it.py")

    assert problems(whole) == problems(by_path) == ["errors:", ORPHAN, f"  {SHARED}"]


def test_files_that_the_project_names_are_the_whole_suite(suite):
    suite.ini(MARKER, "addopts = test_it.py")
    suite.write(test_other="def test_z(): pass\n")

    assert ORPHAN in problems(suite.ci())
    assert ORPHAN not in problems(suite.ci("test_it.py::test_own"))


def merged(suite, *runs):
    """The verdict over shards, each with its options."""
    names = [f"shard-{number}.json" for number, _ in enumerate(runs)]
    for name, options in zip(names, runs, strict=True):
        suite.ci(f"--llm-report={name}", *options)
    result = CliRunner().invoke(check, ["--merge", *names], standalone_mode=False)
    return result.stdout.splitlines(), result.stderr.splitlines()


@pytest.fixture
def sharded(suite, monkeypatch):
    monkeypatch.chdir(suite.path)
    suite.write(test_other="def test_z(): pass\n")
    return suite


def test_shards_by_paths_leave_out_what_the_project_does(sharded):
    said, summary = merged(sharded, ["test_it.py"], ["test_other.py"])

    assert said == [f"error:{ORPHAN[1:]}"]
    assert summary == ["2 reports, 5 tests (1 failed), 3 cassettes: 1 error, 0 warnings"]


def test_a_shard_of_the_tests_left_out_completes_the_suite(sharded):
    said, summary = merged(sharded, [], ["-m", "slow"])

    assert said == [f"error:{ORPHAN[1:]}", f"error: {SHARED}"]
    assert summary == ["2 reports, 5 tests (1 failed), 3 cassettes: 2 errors, 0 warnings"]


def test_shards_by_words_still_miss_a_test_that_none_ran(sharded):
    said, summary = merged(sharded, ["-k", "quick or slow"], ["-k", "test_z"])

    assert said == []
    assert summary[:-1] == ["error: test_it.py::test_own was not run in any shard"]
