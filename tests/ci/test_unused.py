"""``unused``: interactions that no test played."""

from __future__ import annotations

import pytest

from tests.ci.conftest import START, problems, summary

ONE_LEFT = """
    @pytest.mark.llm_cassette("a.yaml")
    def test_x():
        ask("one")
    """
TOLD = (
    "  test_it.py::test_x: cassettes/a.yaml: 1 of 2 interactions was never played "
    "(1: POST https://api.example.com/v1/ask). "
    "Fix: pytest --llm-mode=rewrite test_it.py::test_x"
)


def test_is_an_error_in_ci(project):
    project.cassette("a.yaml", "one", "two")
    project.test(START, ONE_LEFT)

    result = project.ci()

    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert summary(result) == [
        "replayed 1 interaction of 1 cassette: 1.5 s of the providers' time",
        "errors:",
        TOLD,
    ]


def test_is_an_error_where_the_environment_says_ci(project, monkeypatch):
    project.cassette("a.yaml", "one", "two")
    project.test(START, ONE_LEFT)
    monkeypatch.setenv("CI", "true")

    result = project.run()

    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert problems(result) == ["errors:", TOLD]


def test_is_a_warning_where_ci_is_switched_off(project, monkeypatch):
    project.cassette("a.yaml", "one", "two")
    project.test(START, ONE_LEFT)
    project.settings("ci = false")
    monkeypatch.setenv("CI", "true")

    result = project.run()

    assert result.ret == pytest.ExitCode.OK
    assert problems(result) == ["warnings:", TOLD]


def test_is_a_warning_elsewhere(project):
    project.cassette("a.yaml", "one", "two")
    project.test(START, ONE_LEFT)

    result = project.run()

    assert result.ret == pytest.ExitCode.OK
    assert problems(result) == ["warnings:", TOLD]


@pytest.mark.parametrize(
    ("value", "heading", "options"),
    [
        ("error", ["errors:"], []),
        ("warn", ["warnings:"], ["--llm-ci"]),
        ("ignore", [], ["--llm-ci"]),
    ],
)
def test_the_setting_decides(project, value, heading, options):
    project.cassette("a.yaml", "one", "two")
    project.settings(f'unused = "{value}"')
    project.test(START, ONE_LEFT)

    result = project.run(*options)

    assert problems(result)[:1] == heading
    assert result.ret == (value == "error")


def test_the_marker_may_set_it_for_one_cassette(project):
    project.cassette("a.yaml", "one", "two")
    project.test(START, ONE_LEFT.replace('"a.yaml"', '"a.yaml", unused="ignore"'))

    assert problems(project.ci()) == []


def test_a_value_that_is_none_is_refused(project):
    project.settings('unused = "yes"')
    project.test("def test_x(): pass")

    result = project.run()

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(
        ["*unused (pyproject.toml) must be 'error', 'warn' or 'ignore', not 'yes'"]
    )


SHARED = """
    @pytest.mark.llm_cassette("a.yaml")
    @pytest.mark.parametrize("question", ["one", "two"])
    def test_x(question):
        ask(question)
    """


def test_a_shared_file_is_judged_by_all_its_tests_together(project):
    project.cassette("a.yaml", "one", "two")
    project.test(START, SHARED)

    assert problems(project.ci()) == []


def test_a_shared_file_names_its_tests(project):
    project.cassette("a.yaml", "one", "two", "three")
    project.test(START, SHARED)

    assert problems(project.ci()) == [
        "errors:",
        "  test_it.py::test_x[one], test_it.py::test_x[two]: cassettes/a.yaml: 1 of 3 interactions "
        "was never played (2: POST https://api.example.com/v1/ask). "
        "Fix: pytest --llm-mode=rewrite 'test_it.py::test_x[one]' 'test_it.py::test_x[two]'",
    ]


@pytest.mark.parametrize(
    "options",
    [["-k", "one"], ["test_it.py::test_x[one]"], ["--deselect", "test_it.py::test_x[two]"]],
    ids=lambda options: options[0],
)
def test_a_part_of_the_tests_of_a_shared_file_tells_nothing(project, options):
    project.cassette("a.yaml", "one", "two")
    project.test(START, SHARED)

    result = project.ci(*options)

    result.assert_outcomes(passed=1, deselected=0 if "::" in options[0] else 1)
    assert problems(result) == []


def test_a_test_in_a_file_that_was_not_collected_may_play_the_rest(project):
    project.cassette("a.yaml", "one", "two")
    project.write(
        test_one=f"{START}{ONE_LEFT}",
        test_two=f"{START}{ONE_LEFT.replace('one', 'two')}",
    )

    assert problems(project.ci("test_one.py")) == []
    assert problems(project.ci()) == []


def test_stopping_at_the_first_failure_tells_nothing(project):
    project.cassette("a.yaml", "one", "two")
    project.test(
        START,
        """
        def test_first():
            assert False
        """,
        SHARED,
    )

    assert problems(project.ci("-x")) == []


@pytest.mark.parametrize("end", ["assert False", "pytest.skip()", "pytest.xfail()"])
def test_a_test_that_did_not_pass_tells_nothing(project, end):
    project.cassette("a.yaml", "one", "two")
    project.test(START, ONE_LEFT.replace('ask("one")', f'ask("one"); {end}'))

    result = project.ci()

    assert result.parseoutcomes() != {"passed": 1}
    assert problems(result) == []


def test_what_a_fixture_sends_in_its_teardown_counts(project):
    project.cassette("a.yaml", "one", "two")
    project.test(
        START,
        """
        @pytest.fixture
        def client():
            yield
            ask("two")
        @pytest.mark.llm_cassette("a.yaml")
        def test_x(client):
            ask("one")
        """,
    )

    assert problems(project.ci()) == []


BY_HAND = """
    import llmcassette
    def test_x():
        with llmcassette.use_cassette("cassettes/a.yaml"):
            ask("one")
    def test_y():
        pass
    """


def test_a_file_opened_by_hand_is_judged_by_a_whole_run(project):
    project.cassette("a.yaml", "one", "two")
    project.test(START, BY_HAND)

    assert problems(project.ci()) == ["errors:", TOLD]
    assert problems(project.ci("-k", "test_x")) == []


def test_the_file_of_a_wider_fixture_is_judged_by_a_whole_run(project):
    project.cassette("a.yaml", "one", "two")
    project.test(
        START,
        """
        @pytest.fixture(scope="module")
        def index(llm_cassettes):
            with llm_cassettes("a.yaml"):
                yield ask("one")
        def test_x(index): pass
        def test_y(index): pass
        """,
    )

    assert problems(project.ci()) == [
        "errors:",
        "  cassettes/a.yaml: 1 of 2 interactions was never played "
        "(1: POST https://api.example.com/v1/ask). "
        "Fix: llmcassette prune --report FILE cassettes/a.yaml",
    ]
    assert problems(project.ci("-k", "test_x")) == []


def test_recording_is_no_reason(project):
    project.cassette("a.yaml", "one", "two")
    project.test(START, ONE_LEFT)

    assert problems(project.run("--llm-mode=live")) == []
