"""Four workers, however they share the tests, come to the verdict of one process."""

from __future__ import annotations

import json
import os

import pytest

from tests.ci.conftest import START, errors

pytest.importorskip("xdist")

needs_time = pytest.mark.skipif(
    not os.environ.get("LLMCASSETTE_LONG_TESTS"), reason="takes a minute: make test-long"
)

MODULE = """
    @pytest.mark.llm_cassette("shared.yaml")
    @pytest.mark.parametrize("question", QUESTIONS)
    def test_it(question):
        ask(question)

    @pytest.mark.llm_cassette
    def test_alone():
        ask("alone")

    @pytest.mark.llm_cassette
    def test_idle():
        pass
    """


@pytest.fixture
def suite(project):
    """Files that tests of two modules share, and one fault of each kind that needs all workers."""
    for number in range(2):
        questions = [f"{number}-{each}" for each in range(3)]
        name = f"test_{number}"
        project.write(**{name: f"{START}{MODULE}".replace("QUESTIONS", repr(questions))})
        project.cassette(f"{name}/test_alone.yaml", "alone", "never")
        project.cassette(f"{name}/test_idle.yaml", "idle")
    project.cassette("shared.yaml", *(f"{m}-{q}" for m in range(2) for q in range(3)), "never")
    project.cassette("orphan.yaml", "one")
    return project


def verdict(project, *options):
    result = project.ci("--llm-report=report.json", *options)
    report = json.loads((project.path / "report.json").read_text(encoding="utf-8"))
    for use in report["cassettes"].values():
        use["tests"] = dict(sorted(use["tests"].items()))
    report["tests"] = dict(sorted(report["tests"].items()))
    return result.ret, errors(result), report


ALONE = ("-p", "no:xdist")


def test_one_process_finds_them_all(suite):
    status, lines, report = verdict(suite, *ALONE)

    assert status == pytest.ExitCode.TESTS_FAILED
    assert len(lines) == 6
    assert set(report["tests"].values()) == {"passed"}
    assert [one["code"] for one in report["problems"]] == [
        "orphan",
        "unplayed",
        "unplayed",
        "no-request",
        "unplayed",
        "no-request",
    ]
    assert report["complete"] is True


def test_two_workers_find_the_same(suite):
    assert verdict(suite, "-n", "2") == verdict(suite, *ALONE)


@needs_time
@pytest.mark.parametrize("dist", ["load", "loadfile", "worksteal"])
def test_four_workers_find_the_same(suite, dist):
    alone = verdict(suite, *ALONE)

    for _ in range(2):
        assert verdict(suite, "-n", "4", f"--dist={dist}") == alone


@needs_time
def test_a_worker_that_dies_leaves_the_run_in_parts(suite):
    suite.write(test_2="import os\ndef test_x(): os._exit(1)\n")

    status, _, report = verdict(suite, "-n", "2", "--max-worker-restart=0")

    assert status != pytest.ExitCode.OK
    assert report["complete"] is False
    assert "orphan" not in [one["code"] for one in report["problems"]]
