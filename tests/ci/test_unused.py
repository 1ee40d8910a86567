"""``unused``: interactions that no test played."""

from __future__ import annotations

import pytest

import llmcassette
from llmcassette import Cassette, Interaction, Response
from tests.ci.conftest import START, errors, problems, summary

ONE_LEFT = """
    @pytest.mark.llm_cassette("a.yaml")
    def test_x():
        ask("one")
    """
SAID = (
    "cassettes/a.yaml: 1 of 2 interactions was never played "
    "(1: POST https://api.example.com/v1/ask). "
    "Fix: pytest --llm-mode=rewrite test_it.py::test_x"
)
TOLD = f"test_it.py::test_x: {SAID}"
PLAYED_ONE = "replayed 1 interaction from 1 cassette: saved 1.5 s"


def test_is_an_error_at_the_end_of_a_run_in_ci_that_names_the_test(project):
    project.cassette("a.yaml", "one", "two")
    project.test(START, ONE_LEFT)

    result = project.ci()

    result.assert_outcomes(passed=1, errors=1)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert errors(result) == [TOLD]
    assert summary(result) == [PLAYED_ONE]


def test_is_an_error_where_the_environment_says_ci(project, monkeypatch):
    project.cassette("a.yaml", "one", "two")
    project.test(START, ONE_LEFT)
    monkeypatch.setenv("CI", "true")

    result = project.run()

    result.assert_outcomes(passed=1, errors=1)
    assert errors(result) == [TOLD]
    assert summary(result) == [PLAYED_ONE]


def test_is_a_warning_where_ci_is_switched_off(project, monkeypatch):
    project.cassette("a.yaml", "one", "two")
    project.test(START, ONE_LEFT)
    project.settings("ci = false")
    monkeypatch.setenv("CI", "true")

    result = project.run()

    assert result.ret == pytest.ExitCode.OK
    assert problems(result) == ["warnings:", f"  {TOLD}"]


def test_is_a_warning_elsewhere(project):
    project.cassette("a.yaml", "one", "two")
    project.test(START, ONE_LEFT)

    result = project.run()

    assert result.ret == pytest.ExitCode.OK
    assert problems(result) == ["warnings:", f"  {TOLD}"]


@pytest.mark.parametrize(
    ("value", "told", "options"),
    [("warn", ["warnings:", f"  {TOLD}"], ["--llm-ci"]), ("ignore", [], ["--llm-ci"])],
)
def test_the_setting_decides(project, value, told, options):
    project.cassette("a.yaml", "one", "two")
    project.settings(f'unused = "{value}"')
    project.test(START, ONE_LEFT)

    result = project.run(*options)

    result.assert_outcomes(passed=1)
    assert problems(result) == told
    assert result.ret == pytest.ExitCode.OK


def test_the_setting_makes_it_an_error_everywhere(project):
    project.cassette("a.yaml", "one", "two")
    project.settings('unused = "error"')
    project.test(START, ONE_LEFT)

    result = project.run()

    result.assert_outcomes(passed=1, errors=1)
    assert errors(result) == [TOLD]
    assert problems(result) == []


def test_the_marker_may_set_it_for_one_cassette(project):
    project.cassette("a.yaml", "one", "two")
    project.test(START, ONE_LEFT.replace('"a.yaml"', '"a.yaml", unused="ignore"'))

    result = project.ci()

    assert errors(result) == problems(result) == []


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

    assert errors(project.ci()) == []


def test_a_shared_file_names_its_tests(project):
    project.cassette("a.yaml", "one", "two", "three")
    project.test(START, SHARED)

    assert errors(project.ci()) == [
        "test_it.py::test_x[one], test_it.py::test_x[two]: cassettes/a.yaml: 1 of 3 interactions "
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
    assert errors(result) == []


def test_a_test_in_a_file_that_was_not_collected_may_play_the_rest(project):
    project.cassette("a.yaml", "one", "two")
    project.write(
        test_one=f"{START}{ONE_LEFT}",
        test_two=f"{START}{ONE_LEFT.replace('one', 'two')}",
    )

    assert errors(project.ci("test_one.py")) == []
    assert errors(project.ci()) == []


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

    assert errors(project.ci("-x")) == []


@pytest.mark.parametrize("end", ["assert False", "pytest.skip()", "pytest.xfail()"])
def test_a_test_that_did_not_pass_tells_nothing(project, end):
    project.cassette("a.yaml", "one", "two")
    project.test(START, ONE_LEFT.replace('ask("one")', f'ask("one"); {end}'))

    result = project.ci()

    assert result.parseoutcomes() != {"passed": 1}
    assert errors(result) == []


UNITTEST = """
    import unittest
    @pytest.mark.llm_cassette("a.yaml")
    class TestX(unittest.TestCase):
        DECORATOR
        def test_x(self):
            ask("one")
            END
    """


@pytest.mark.parametrize(
    ("decorator", "end"),
    [("", "self.fail()"), ("", "self.skipTest('')"), ("@unittest.expectedFailure", "self.fail()")],
)
def test_a_unittest_that_did_not_pass_tells_nothing(project, decorator, end):
    project.cassette("a.yaml", "one", "two")
    project.test(START, UNITTEST.replace("DECORATOR", decorator).replace("END", end))

    result = project.ci()

    assert result.parseoutcomes().keys() <= {"failed", "skipped", "xfailed"}
    assert "never played" not in result.stdout.str()


def test_a_unittest_is_judged_likewise(project):
    project.cassette("a.yaml", "one", "two")
    project.test(START, UNITTEST.replace("DECORATOR", "").replace("END", ""))

    result = project.ci()

    result.assert_outcomes(passed=1, errors=1)
    assert errors(result) == [TOLD.replace("test_x", "TestX::test_x")]


def test_a_test_with_a_failed_subtest_tells_nothing(project):
    project.cassette("a.yaml", "one", "two")
    project.test(
        START,
        """
        @pytest.mark.llm_cassette("a.yaml")
        def test_x(subtests):
            ask("one")
            with subtests.test():
                assert False
        """,
    )

    result = project.ci()

    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert "never played" not in result.stdout.str()


LATER = """
    @pytest.fixture
    def client():
        yield
        LATER
    @pytest.mark.llm_cassette("a.yaml")
    def test_x(client):
        ask("one")
    """


def test_what_a_fixture_sends_in_its_teardown_counts(project):
    project.cassette("a.yaml", "one", "two")
    project.test(START, LATER.replace("LATER", 'ask("two")'))

    result = project.ci()

    result.assert_outcomes(passed=1)
    assert result.ret == pytest.ExitCode.OK


@pytest.mark.parametrize(
    "later",
    [
        "def teardown_function():\n    ask('two')",
        "class TestX:\n    def teardown_method(self):\n        ask('two')",
    ],
    ids=["teardown_function", "teardown_method"],
)
def test_what_pytests_own_teardowns_send_counts(project, later):
    marked = '@pytest.mark.llm_cassette("a.yaml")\ndef test_x(self=None):\n    ask("one")\n'
    indent = "    " if later.startswith("class") else ""
    test = "".join(f"{indent}{line}\n" for line in marked.splitlines())
    project.cassette("a.yaml", "one", "two")
    project.write(test_it=f"import pytest\nfrom app import ask\n{later}\n{test}")

    result = project.ci()

    result.assert_outcomes(passed=1)
    assert result.ret == pytest.ExitCode.OK, summary(result)


# As pytest-rerunfailures does it.
RUN_AGAIN = """
    from _pytest.runner import runtestprotocol
    def pytest_runtest_protocol(item, nextitem):
        first = runtestprotocol(item, log=False, nextitem=nextitem)
        assert [report.outcome for report in first] == ["passed", "failed", "passed"]
        item._initrequest()
        runtestprotocol(item, nextitem=nextitem)
        return True
    """


def test_a_failed_test_that_is_run_again_is_judged_anew(project):
    project.cassette("a.yaml", "one", "two")
    project.write(conftest=RUN_AGAIN)
    project.test(
        START,
        """
        runs = []
        @pytest.mark.llm_cassette("a.yaml")
        def test_x():
            runs.append(ask("one"))
            assert len(runs) > 1
            ask("two")
        """,
    )

    report = project.report("--llm-ci")

    assert report["tests"] == {"test_it.py::test_x": "passed"}
    assert report["problems"] == []


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

    assert errors(project.ci()) == [TOLD]
    assert errors(project.ci("-k", "test_x")) == []


@pytest.mark.parametrize("order", [1, -1], ids=["before", "after"])
def test_a_file_that_another_test_opens_by_hand_is_judged_with_it(project, order):
    project.cassette("a.yaml", "one", "two")
    by_hand = BY_HAND.replace("test_x", "test_z").replace('"one"', '"two"')
    project.test(START, *[ONE_LEFT, by_hand][::order])

    result = project.ci()

    result.assert_outcomes(passed=3)
    assert errors(result) == []


def test_what_the_test_itself_opens_by_hand_counts_as_well(project):
    project.cassette("a.yaml", "one", "two")
    project.write(helping="from llmcassette import use_cassette as opened\n")
    project.test(
        START,
        """
        from helping import opened
        @pytest.mark.llm_cassette("a.yaml")
        def test_x():
            ask("one")
            with opened("cassettes/a.yaml"):
                ask("two")
        """,
    )

    result = project.ci()

    result.assert_outcomes(passed=1)
    assert errors(result) == []


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

    assert errors(project.ci()) == [
        "cassettes/a.yaml: 1 of 2 interactions was never played "
        "(1: POST https://api.example.com/v1/ask); opened by the fixture index. "
        "Fix: pytest --llm-report=llm.json; "
        "llmcassette prune --report llm.json cassettes/a.yaml",
    ]
    assert errors(project.ci("-k", "test_x")) == []


def test_the_file_of_a_wider_fixture_may_be_played_by_a_skipped_test_beside_it(project):
    project.cassette("a.yaml", "one", "two")
    project.test(
        START,
        """
        @pytest.fixture(scope="module")
        def index(llm_cassettes):
            with llm_cassettes("a.yaml"):
                yield
        def test_x(index): ask("one")
        @pytest.mark.skip
        def test_y(index): ask("two")
        """,
    )

    assert errors(project.ci()) == []


def test_recording_is_no_reason(project):
    project.cassette("a.yaml", "one", "two")
    project.test(START, ONE_LEFT)

    assert problems(project.run("--llm-mode=live")) == []


def test_a_request_that_got_no_answer_is_never_unused(project):
    path = project.cassette("a.yaml", "one", "two")
    first, second = llmcassette.load(path).interactions
    no_answer = Response(code=0, ended="connect")
    side = Interaction(1, second.request, no_answer)
    llmcassette.dump(Cassette(interactions=(first, side)), path)
    project.test(START, ONE_LEFT)

    project.ci().assert_outcomes(passed=1)
