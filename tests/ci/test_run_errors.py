"""What is wrong with a run as a whole is shown as pytest shows the errors of tests."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET

import pytest

from tests.ci.conftest import START, errors, problems
from tests.plugin.conftest import section

SUITE = """
    @pytest.mark.llm_cassette("left.yaml")
    def test_leaves_one():
        ask("one")

    @pytest.mark.llm_cassette("shared.yaml")
    @pytest.mark.parametrize("question", ["one", "two"])
    def test_shared(question):
        ask(question)
    """
ERRORS = """\
______________________ ERROR at teardown of test_leaves_one ______________________
unplayed: 1 of 2 interactions was never played (1: POST https://api.example.com/v1/ask)
  test  test_it.py::test_leaves_one
  file  cassettes/left.yaml
  fix   pytest --llm-mode=rewrite test_it.py::test_leaves_one
__________________ ERROR at teardown of cassettes/orphan.yaml __________________
orphan: no test opens this cassette
  file  cassettes/orphan.yaml
  fix   rm cassettes/orphan.yaml
__________________ ERROR at teardown of cassettes/shared.yaml __________________
unplayed: 1 of 3 interactions was never played (2: POST https://api.example.com/v1/ask)
  tests  test_it.py::test_shared[one], test_it.py::test_shared[two]
  file   cassettes/shared.yaml
  fix    pytest --llm-mode=rewrite 'test_it.py::test_shared[one]' 'test_it.py::test_shared[two]'
"""
SUMMARY = [
    "ERROR test_it.py::test_leaves_one - unplayed: cassettes/left.yaml: 1 of 2 interactions was "
    "never played (1: POST https://api.example.com/v1/ask). "
    "Fix: pytest --llm-mode=rewrite test_it.py::test_leaves_one",
    "ERROR cassettes/orphan.yaml - orphan: no test opens this cassette. "
    "Fix: rm cassettes/orphan.yaml",
    "ERROR cassettes/shared.yaml - unplayed: 1 of 3 interactions was never played "
    "(2: POST https://api.example.com/v1/ask). "
    "Fix: pytest --llm-mode=rewrite 'test_it.py::test_shared[one]' 'test_it.py::test_shared[two]'",
]
WAYS = [["-pno:xdist"], ["-n", "2"]]


@pytest.fixture
def suite(project, monkeypatch):
    """Three tests that pass, and three errors of the run."""
    monkeypatch.setenv("CI", "true")  # pytest does not cut the lines of its summary there
    project.cassette("left.yaml", "one", "two")
    project.cassette("shared.yaml", "one", "two", "three")
    project.cassette("orphan.yaml", "one")
    project.test(START, SUITE)
    return project


def lines(text):
    """The lines without pytest's rules, whose length depends on the terminal."""
    return [re.sub(r"^_+ | _+$", "", line) for line in text.splitlines()]


@pytest.mark.parametrize("way", WAYS, ids=["alone", "two workers"])
def test_the_section_the_summary_and_the_count_have_them(suite, way):
    result = suite.ci(*way)

    result.assert_outcomes(passed=3, errors=3)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert lines(section(result, "ERRORS")) == lines(ERRORS)
    assert [line for line in result.outlines if line.startswith("ERROR ")] == SUMMARY
    assert problems(result) == []


@pytest.mark.parametrize("way", WAYS, ids=["alone", "two workers"])
def test_the_junit_file_has_them(suite, way):
    suite.ci("--junitxml=junit.xml", *way)

    (run,) = ET.parse(suite.path / "junit.xml").getroot()
    found = [case.find("error") for case in run if case.find("error") is not None]
    assert (run.get("errors"), run.get("failures")) == ("3", "0")
    assert [one.get("message") for one in found] == [
        f'failed on teardown with "{line.partition(" - ")[2]}"' for line in SUMMARY
    ]


def test_no_letter_is_printed_among_those_of_tests(suite):
    progress = [line for line in suite.ci().outlines if line.startswith("test_it.py ")]

    assert [line.split()[1] for line in progress] == ["..."]


def test_one_letter_of_a_kind_is_shown_with_verbose_output(suite):
    progress = [line for line in suite.ci("-v").outlines if line.endswith("%]")]

    assert [line.split()[1] for line in progress] == ["PASSED"] * 3


def test_a_test_is_run_again_by_last_failed_and_a_cassette_is_not_among_these(suite):
    suite.without.remove("cacheprovider")
    suite.ci()

    result = suite.ci("--lf")

    result.assert_outcomes(passed=1, errors=1)
    (suite.path / "cassettes" / "left.yaml").unlink()
    suite.cassette("left.yaml", "one")
    result = suite.ci("--lf")
    result.assert_outcomes(passed=1)
    result = suite.ci("--lf")
    result.stdout.fnmatch_lines(["run-last-failure: no previously failed tests, *"])


def test_a_run_that_fails_anyway_has_them_too(suite):
    suite.write(other__test_other="def test_fails(): assert False\n")

    result = suite.ci()

    result.assert_outcomes(passed=3, failed=1, errors=2)  # the test might own the orphan


def test_a_warning_is_in_no_count(suite, monkeypatch):
    monkeypatch.delenv("CI")

    result = suite.run()

    result.assert_outcomes(passed=3)
    assert result.ret == pytest.ExitCode.OK
    assert errors(result) == []
    assert [line.strip().partition(": ")[0] for line in problems(result)] == [
        "warnings:",
        "test_it.py::test_leaves_one",
        "cassettes/orphan.yaml",
        "test_it.py::test_shared[one], test_it.py::test_shared[two]",
    ]


def test_a_request_that_comes_when_its_test_is_over_is_an_error_of_that_test(project):
    project.cassette("a.yaml", "one")
    project.test(
        START,
        """
        import threading
        threads = []

        def later(event):
            event.wait()
            ask_swallowing("another")

        @pytest.fixture(scope="module")
        def event():
            event = threading.Event()
            yield event
            event.set()
            threads[0].join()

        @pytest.mark.llm_cassette("a.yaml")
        def test_x(event):
            ask("one")
            threads.append(threading.Thread(target=later, args=[event]))
            threads[0].start()
        def test_y(): pass
        """,
    )

    result = project.ci()

    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert "1 error" in result.outlines[-1]
