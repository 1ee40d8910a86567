"""A run of some tests, or one that ends early, decides nothing that only the whole suite can."""

from __future__ import annotations

import json

import pytest

from tests.ci.conftest import START, errors, problems

FIRST = """
    import pathlib

    @pytest.mark.llm_cassette("shared.yaml")
    def test_first():
        ask("one")

    @pytest.mark.llm_cassette("shared.yaml")
    def test_fails():
        ask("two")
        assert not pathlib.Path("fails").exists()

    def test_plain(): pass
    """
SECOND = """
    @pytest.mark.llm_cassette("shared.yaml")
    def test_last():
        ask("three")

    @pytest.mark.llm_cassette
    def test_own():
        ask("one")
    """
WHOLE = [
    "cassettes/orphan.yaml: no test opens this cassette. Fix: rm cassettes/orphan.yaml",
    "test_1.py::test_first, test_1.py::test_fails, test_2.py::test_last: cassettes/shared.yaml: "
    "1 of 4 interactions was never played (3: POST https://api.example.com/v1/ask). "
    "Fix: pytest --llm-mode=rewrite test_1.py::test_first test_1.py::test_fails "
    "test_2.py::test_last",
]


@pytest.fixture
def suite(project):
    """Two files whose tests share a cassette, and two faults that only a whole run can see."""
    project.without.remove("cacheprovider")
    project.cassette("shared.yaml", "one", "two", "three", "never")
    project.cassette("test_2/test_own.yaml", "one")
    project.cassette("orphan.yaml", "one")
    project.write(test_1=f"{START}{FIRST}", test_2=f"{START}{SECOND}")
    return project


def failing(suite, *options):
    """A run in which one test fails."""
    (suite.path / "fails").touch()
    try:
        return suite.ci(*options)
    finally:
        (suite.path / "fails").unlink()


def test_the_whole_suite_tells(suite):
    result = suite.ci()

    result.assert_outcomes(passed=5, errors=2)
    assert errors(result) == WHOLE


@pytest.mark.parametrize(
    "options",
    [
        ["-k", "test_last or test_own"],
        ["--deselect=test_2.py::test_last"],
        ["test_1.py"],
        ["--ignore=test_2.py"],
        ["--ignore-glob=*_2.py"],
    ],
    ids=lambda options: options[0],
)
def test_some_tests_of_a_cassette_tell_nothing(suite, options):
    result = suite.ci(*options)

    assert result.ret == pytest.ExitCode.OK
    assert errors(result) == []


@pytest.mark.parametrize("options", [["-m", "llm_cassette"], ["--deselect=test_1.py::test_plain"]])
def test_all_tests_of_a_cassette_tell_of_that_alone(suite, options):
    result = suite.ci(*options)

    result.assert_outcomes(passed=4, deselected=1, errors=1)
    assert errors(result) == WHOLE[1:]


@pytest.mark.parametrize(
    "options", [["-x"], ["--maxfail=1"], ["--sw"]], ids=lambda options: options[0]
)
def test_a_run_that_stops_at_a_failure_tells_nothing(suite, options):
    result = failing(suite, *options)

    result.assert_outcomes(passed=1, failed=1)
    assert errors(result) == []


def test_a_failed_test_leaves_its_cassette_and_the_orphans_of_its_folder_undecided(suite):
    result = failing(suite)

    result.assert_outcomes(passed=4, failed=1)
    assert errors(result) == []


@pytest.mark.parametrize(
    ("option", "passed", "deselected"), [("--lf", 1, 0), ("--sw", 4, 1)], ids=["--lf", "--sw"]
)
def test_going_on_from_the_last_failure_tells_nothing(suite, option, passed, deselected):
    failing(suite, "--sw" if option == "--sw" else "-q")

    result = suite.ci(option)

    result.assert_outcomes(passed=passed, deselected=deselected)
    assert errors(result) == []


def test_last_failed_passes_over_whole_files_and_does_not_know_them(suite):
    """With nothing left to deselect in the file that it looks at."""
    suite.write(
        test_1=f"{START}{FIRST}".replace("def test_first", "def first").replace(
            "def test_plain", "def plain"
        )
    )
    failing(suite)

    result = suite.ci("--lf", "--llm-report=report.json")

    result.assert_outcomes(passed=1)
    assert errors(result) == []
    report = json.loads((suite.path / "report.json").read_text(encoding="utf-8"))
    assert report["complete"] is False
    assert report["other_files"] == ["test_2.py"]


def test_last_failed_does_not_rewrite_a_file_that_a_file_passed_over_names(suite, httpserver_url):
    suite.write(test_1=f"{START}{FIRST}".replace("def test_first", "def first"))
    failing(suite)

    result = suite.run("--lf", "--llm-mode=rewrite")

    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(
        ["*rewriting it needs every test that names it; not selected are:", "*test_2.py"]
    )


def test_failed_first_is_a_whole_run_in_another_order(suite):
    failing(suite)

    result = suite.ci("--ff")

    result.assert_outcomes(passed=5, errors=2)
    assert errors(result) == WHOLE


SKIPS = {
    "in its midst": ('ask("three")', 'pytest.skip("later")'),
    "by its mark": (
        '@pytest.mark.llm_cassette("shared.yaml")',
        '@pytest.mark.skip\n    @pytest.mark.llm_cassette("shared.yaml")',
    ),
    "by a fixture": ("def test_last()", "def test_last(absent)"),
}
ABSENT = """
    @pytest.fixture
    def absent():
        ask("three")
        pytest.skip("not here")
    """


@pytest.mark.parametrize("how", SKIPS)
def test_a_test_that_is_skipped_leaves_its_cassette_and_orphans_undecided(suite, how):
    suite.write(test_2=f"{START}{ABSENT}{SECOND.replace(*SKIPS[how])}")

    result = suite.ci()

    result.assert_outcomes(passed=4, skipped=1)
    assert errors(result) == []


def test_a_file_that_skips_itself_leaves_its_cassettes_undecided(suite):
    suite.write(test_2=f"{START}    pytest.importorskip('no_such_module')\n{SECOND}")

    result = suite.ci("--llm-report=report.json")

    result.assert_outcomes(passed=3, skipped=1)
    assert errors(result) == []
    report = json.loads((suite.path / "report.json").read_text(encoding="utf-8"))
    assert report["complete"] is False
    assert report["tests"]["test_2.py"] == "skipped"


INTERRUPTS = {"Ctrl-C": "raise KeyboardInterrupt", "pytest.exit": 'pytest.exit("enough")'}


@pytest.mark.parametrize("how", INTERRUPTS)
def test_an_interrupted_run_tells_nothing(suite, how):
    suite.write(test_2=START + SECOND.replace('ask("three")', INTERRUPTS[how]))

    result = suite.ci("--llm-report=report.json", no_reraise_ctrlc=True)

    assert result.ret == pytest.ExitCode.INTERRUPTED
    assert errors(result) == []
    report = json.loads((suite.path / "report.json").read_text(encoding="utf-8"))
    assert report["complete"] is False
    assert report["tests"] == {
        "test_1.py::test_first": "passed",
        "test_1.py::test_fails": "passed",
        "test_1.py::test_plain": "passed",
        "test_2.py::test_last": "not run",
        "test_2.py::test_own": "not run",
    }


def test_what_an_interrupted_test_recorded_is_not_saved(suite, httpserver_url):
    asking = f'ask("one", {httpserver_url!r})\n        raise KeyboardInterrupt'
    suite.write(test_2=START + SECOND.replace('ask("one")', asking))
    (suite.path / "cassettes" / "test_2" / "test_own.yaml").unlink()

    result = suite.run("--llm-record", "-k", "test_own", no_reraise_ctrlc=True)

    assert result.ret == pytest.ExitCode.INTERRUPTED
    assert problems(result) == [
        "not saved, because the test did not pass (--llm-record-failed saves it):",
        "  test_2.py::test_own",
    ]
    assert not (suite.path / "cassettes" / "test_2" / "test_own.yaml").exists()
