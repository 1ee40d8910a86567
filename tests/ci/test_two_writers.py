"""Two tests record into one file only if each names it in its marker."""

from __future__ import annotations

import pytest

from tests.ci.conftest import START, problems
from tests.ci.conftest import errors as errors_of_run

ONE = """
    @pytest.mark.llm_cassette("a.yaml")
    def test_x():
        ask("one")
    """
OWN = """
    @pytest.mark.llm_cassette("test_it/test_y.yaml")
    def test_x():
        ask("one", URL)

    @pytest.mark.llm_cassette
    def test_y():
        ask("two", URL)
    """
BY_HAND = """
    import llmcassette

    @pytest.mark.parametrize("name", ["x", "y"])
    def test_it(name):
        with llmcassette.use_cassette("cassettes/a.yaml"):
            ask(name, URL)
    """
BOTH_NAME = """
    @pytest.mark.llm_cassette("a.yaml")
    def test_x():
        ask("one", URL)

    @pytest.mark.llm_cassette("a.yaml")
    def test_y():
        ask("two", URL)
    """
ONE_NAMES = f"""{BOTH_NAME.partition("def test_y")[0].rpartition("    @")[0]}
    import llmcassette

    def test_y():
        with llmcassette.use_cassette("cassettes/a.yaml"):
            ask("two", URL)
    """
WITH_FIXTURE = """
    @pytest.fixture(scope="module")
    def index(llm_cassettes):
        with llm_cassettes("a.yaml"):
            return ask("index", URL)

    @pytest.mark.llm_cassette("a.yaml")
    def test_x(index):
        ask("one", URL)
    """
RECORDING = ["once", "new_episodes", "all", "rewrite"]
WAYS = [["-pno:xdist"], ["-n", "2"]]
OF_THE_OTHER = (
    "test_it.py::test_x: cassettes/test_it/test_y.yaml: this file belongs to test_it.py::test_y "
    "(named after it); re-recording test_it.py::test_y or test_it.py::test_x overwrites the other. "
    "Fix: name another file in the marker of test_it.py::test_x, or this one in both markers"
)
LOSES = "recorded into it; re-recording one loses what the other recorded. Fix: "
OWN_FILES = "give each test a file of its own, or name this one in both markers"


def errors(result):
    """The errors of the run, which failed by these alone."""
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert result.parseoutcomes().keys() <= {"passed", "errors", "error"}
    return errors_of_run(result)


@pytest.fixture
def written(project, httpserver_url):
    def write(test):
        project.test(START, test.replace("URL", repr(httpserver_url)))
        return project

    return write


def test_a_cassette_named_after_one_test_and_by_another(project):
    project.cassette("test_it/test_y.yaml", "one", "two")
    project.test(START, OWN.replace(", URL", ""))

    assert errors(project.ci()) == [OF_THE_OTHER]
    assert problems(project.run()) == ["warnings:", f"  {OF_THE_OTHER}"]


@pytest.mark.parametrize("mode", RECORDING)
def test_a_run_that_records_for_both_of_these_fails(written, mode):
    result = written(OWN).run(f"--llm-mode={mode}")

    assert errors(result) == [OF_THE_OTHER]


@pytest.mark.parametrize("mode", RECORDING)
def test_a_file_that_two_tests_record_by_hand(written, mode):
    result = written(BY_HAND).run(f"--llm-mode={mode}")

    assert errors(result) == [
        "test_it.py::test_it[x]: cassettes/a.yaml: test_it.py::test_it[x] and "
        f"test_it.py::test_it[y] {LOSES}{OWN_FILES}"
    ]


@pytest.mark.parametrize("mode", RECORDING)
def test_a_file_that_one_names_and_another_records_by_hand(written, mode):
    result = written(ONE_NAMES).run(f"--llm-mode={mode}")

    assert errors(result) == [
        "test_it.py::test_x: cassettes/a.yaml: test_it.py::test_x and test_it.py::test_y "
        f"{LOSES}{OWN_FILES}"
    ]


@pytest.mark.parametrize("mode", RECORDING)
def test_a_file_that_a_test_and_a_wider_fixture_record(written, mode):
    result = written(WITH_FIXTURE).run(f"--llm-mode={mode}")

    assert errors(result) == [
        "test_it.py::test_x: cassettes/a.yaml: test_it.py::test_x and a fixture of a wider scope "
        f"{LOSES}"
        "give the fixture a file of its own"
    ]


@pytest.mark.parametrize("order", [1, -1], ids=["less first", "more first"])
@pytest.mark.parametrize("way", WAYS, ids=["alone", "two workers"])
def test_whoever_comes_first_and_brings_what_the_other_asks(written, way, order):
    less = """
    def test_less():
        with llmcassette.use_cassette("cassettes/a.yaml"):
            ask("one", URL)
    """
    more = less.replace("less", "more").replace(
        'ask("one", URL)', 'ask("one", URL); ask("two", URL)'
    )
    project = written("import llmcassette\n".rjust(23) + "".join([less, more][::order]))

    result = project.run("--llm-record", *way)

    one, other = ["less", "more"][::order]
    assert errors(result) == [
        f"test_it.py::test_{one}: cassettes/a.yaml: test_it.py::test_{one} and "
        f"test_it.py::test_{other} {LOSES}{OWN_FILES}"
    ]


@pytest.mark.parametrize("mode", RECORDING)
def test_a_file_that_both_markers_name_is_theirs(written, mode):
    result = written(BOTH_NAME).run(f"--llm-mode={mode}")

    result.assert_outcomes(passed=2)
    assert problems(result) == [
        "recorded 2 interactions into 1 cassette:",
        "  cassettes/a.yaml",
    ]


def test_any_number_of_tests_may_replay_a_file_by_hand(project):
    project.cassette("a.yaml", "x", "y")
    project.test(START, BY_HAND.replace(", URL", ""))

    result = project.ci()

    result.assert_outcomes(passed=2)
    assert problems(result) == []


def test_one_that_fails_has_not_written(written):
    project = written(BY_HAND.replace("ask(name, URL)", 'ask(name, URL); assert name == "x"'))

    result = project.run("--llm-record")

    result.assert_outcomes(passed=1, failed=1)
    assert errors_of_run(result) == []


def test_one_that_opens_its_file_twice_writes_it_alone(written):
    project = written(BY_HAND.replace("@pytest", "# @pytest").replace("(name)", "(name='x')"))

    result = project.run("--llm-record")

    assert problems(result)[0] == "recorded 1 interaction into 1 cassette:"
    assert errors_of_run(result) == []
