"""What ``addopts`` in the ini file leaves out makes a run partial, as on the command line."""

from __future__ import annotations

import shlex

import pytest

from llmcassette.cli.commands.check import check
from llmcassette.errors import CassetteError
from llmcassette.review.report.document import read_report
from tests.ci.conftest import RUNNER, START, errors

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
ORPHAN = "cassettes/orphan.yaml: no test opens this cassette. Fix: rm cassettes/orphan.yaml"
UNPLAYED = (
    "test_it.py::test_own: cassettes/own.yaml: 1 of 2 interactions was never played "
    "(1: POST https://api.example.com/v1/ask). "
    "Fix: pytest --llm-mode=rewrite test_it.py::test_own"
)
SHARED = (
    "test_it.py::test_quick, test_it.py::test_slow: cassettes/shared.yaml: "
    "1 of 3 interactions was never played (2: POST https://api.example.com/v1/ask). "
    "Fix: pytest --llm-mode=rewrite test_it.py::test_quick test_it.py::test_slow"
)
DESELECTED = {
    "test_it.py::test_quick": "passed",
    "test_it.py::test_slow": "deselected",
    "test_it.py::test_slow_alone": "deselected",
    "test_it.py::test_own": "passed",
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


@pytest.mark.parametrize(
    "addopts",
    [
        '-m "not slow"',
        '-k "not slow"',
        "--deselect=test_it.py::test_slow --deselect=test_it.py::test_slow_alone",
    ],
    ids=lambda addopts: addopts.partition(" ")[0].partition("=")[0],
)
@pytest.mark.parametrize("way", ["addopts", "command line", "environment"])
def test_every_way_to_leave_tests_out_makes_the_run_partial(suite, monkeypatch, addopts, way):
    suite.ini(MARKER, f"addopts = {addopts if way == 'addopts' else ''}")
    if way == "environment":
        monkeypatch.setenv("PYTEST_ADDOPTS", addopts)
    options = shlex.split(addopts) if way == "command line" else []

    report = suite.report("--llm-ci", *options)

    assert report["tests"] == DESELECTED
    assert report["complete"] is False
    assert [one["code"] for one in report["problems"]] == ["unplayed"]


def test_two_workers_find_the_same(suite):
    pytest.importorskip("xdist")

    assert errors(suite.ci("-n", "2")) == errors(suite.ci("-pno:xdist")) == [UNPLAYED]


def test_a_plugin_that_deselects_makes_it_partial(suite):
    suite.ini(MARKER)
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
    assert errors(suite.ci("-m", "")) == [ORPHAN, UNPLAYED, SHARED]


def test_prune_wants_all_tests(suite):
    suite.run("--llm-report=report.json")

    with pytest.raises(CassetteError, match="of a partial run"):
        read_report(suite.path / "report.json")

    suite.run("--llm-report=report.json", "-m", "")
    assert read_report(suite.path / "report.json").cassettes


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
def test_what_a_deselected_test_may_open_is_no_orphan(suite, how):
    suite.test(START, SUITE, BY_HAND.replace("OPENER", OPENERS[how]))

    assert errors(suite.ci()) == [UNPLAYED]


@pytest.mark.parametrize("how", OPENERS)
def test_what_a_fixture_of_a_deselected_test_may_open_is_no_orphan(suite, how):
    suite.write(conftest=BY_FIXTURE.replace("OPENER", OPENERS[how]))
    suite.test(START, SUITE.replace("test_slow_alone()", "test_slow_alone(index)"))

    assert errors(suite.ci()) == [UNPLAYED]


def test_a_file_that_is_ignored_keeps_its_cassettes_and_those_beside_it(suite):
    suite.ini(MARKER, "addopts = --ignore=test_other.py --ignore-glob=*_third.py")
    suite.write(test_other="", test_third="")
    for name in ("named", "third", "test_other/test_x"):
        suite.cassette(f"{name}.yaml", "one")

    assert errors(suite.ci()) == []


def test_orphans_are_found_in_folders_that_were_collected_whole(suite):
    suite.write(sub__test_sub=f"{START}{SUITE}")
    suite.cassette("../sub/cassettes/orphan.yaml", "one")
    for name in ("shared", "own", "test_sub/test_slow_alone"):
        suite.cassette(f"../sub/cassettes/{name}.yaml", "one", "two")

    found = errors(suite.ci("-m", "", "sub"))

    assert [line for line in found if "orphan" in line] == [
        "sub/cassettes/orphan.yaml: no test opens this cassette. Fix: rm sub/cassettes/orphan.yaml"
    ]


def merged(suite, *runs):
    """The verdict over shards, each with its options."""
    names = [f"shard-{number}.json" for number, _ in enumerate(runs)]
    for name, options in zip(names, runs, strict=True):
        suite.ci(f"--llm-report={name}", *options)
    result = RUNNER.invoke(check, ["--merge", *names], standalone_mode=False)
    return result.stdout.splitlines(), result.stderr.splitlines()


@pytest.fixture
def sharded(suite, monkeypatch):
    monkeypatch.chdir(suite.path)
    suite.write(test_other="def test_z(): pass\n")
    return suite


def test_shards_by_paths_miss_the_tests_that_none_ran(sharded):
    found, summary = merged(sharded, ["test_it.py"], ["test_other.py"])

    assert found == [f"error: {UNPLAYED}"]
    assert summary[:2] == [
        "error: test_it.py::test_slow was not run in any shard",
        "error: test_it.py::test_slow_alone was not run in any shard",
    ]


def test_a_shard_of_the_tests_left_out_completes_the_suite(sharded):
    found, summary = merged(sharded, [], ["-m", "slow"])

    assert found == [f"error: {ORPHAN}", f"error: {UNPLAYED}", f"error: {SHARED}"]
    assert summary == ["2 reports, 5 tests (0 failed), 3 cassettes: 3 errors, 0 warnings"]
