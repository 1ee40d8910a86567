"""Cassettes that several tests share: opened by a fixture of a wider scope, or named by markers."""

from __future__ import annotations

import json

import pytest

from tests.ci.conftest import START, errors, failures, played, summary
from tests.plugin.conftest import section
from tests.plugin.test_recording import questions

FIXTURE = """
    @pytest.fixture(scope="SCOPE")
    def index(llm_cassettes):
        with llm_cassettes("index.yaml") as recorder:
            ask("index")
            yield recorder
            ask("bye")
    """
TESTS = """
    class TestOne:
        def test_x(self, index):
            assert ask("x") == "re: x"

        def test_y(self, index):
            assert ask("y") == "re: y"
    """
SCOPES = ["class", "module", "session"]
SENT = ["index", "x", "y", "bye"]
MISSED = """\
question changed: no recorded interaction answers this request
  question
    recorded  "bye"
    sent      "y"
If this change is intentional, re-record:
  pytest --llm-mode=new_episodes test_it.py::TestOne::test_y
  cassette  cassettes/index.yaml
  contains  3 interactions, 2 replayed
  nearest   interaction 2, not replayed yet
  request   POST https://api.example.com/v1/ask
  body      {"question":"y"}
  sent by   app.py:9: return client.post(url, json={"question": question…
test_it.py:16: UnmatchedRequestError""".splitlines()


ENDS = {
    "fails": "assert False",
    "skips": 'pytest.skip("no")',
    "is expected to fail": 'pytest.xfail("no")',
}


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
def test_nothing_is_said_of_what_a_test_that_did_not_pass_may_have_played(project, end):
    project.cassette("index.yaml", "index", "x", "y", "bye")
    tests = TESTS.replace(
        "        def test_x(self, index):", f"        def test_x(self, index):\n            {end}"
    )
    project.test(START, shared("session"), tests)

    result = project.ci("--llm-report=report.json")

    assert "never played" not in result.stdout.str()
    used = json.loads((project.path / "report.json").read_text())["cassettes"]
    assert used["cassettes/index.yaml"]["passed"] is False


def shared(scope):
    return FIXTURE.replace("SCOPE", scope)


@pytest.mark.parametrize("scope", SCOPES)
def test_a_fixtures_cassette_answers_it_and_every_test_that_uses_it(project, scope):
    project.cassette("index.yaml", *SENT)
    project.test(START, shared(scope), TESTS)

    result = project.ci()

    result.assert_outcomes(passed=2)
    assert summary(result) == ["replayed 4 interactions from 1 cassette: saved 6.0 s"]
    assert result.ret == pytest.ExitCode.OK


@pytest.mark.parametrize("scope", SCOPES)
def test_what_a_fixtures_cassette_recorded_is_replayed_to_its_end(live, server, scope):
    live.test(START, shared(scope), TESTS.replace("re:", "live:"))

    recorded = live.run("--llm-record")

    recorded.assert_outcomes(passed=2)
    assert summary(recorded) == [
        "recorded 4 interactions into 1 cassette:",
        "  cassettes/index.yaml",
    ]
    assert server.asked == questions(live.path / "cassettes" / "index.yaml") == SENT
    replayed = live.ci()
    replayed.assert_outcomes(passed=2)
    assert played(replayed) == ["replayed 4 interactions from 1 cassette"]


@pytest.mark.parametrize("scope", SCOPES)
def test_one_interaction_that_no_test_plays_is_named_at_the_end(project, scope):
    project.cassette("index.yaml", *SENT, "never")
    project.test(START, shared(scope), TESTS)

    result = project.ci()

    result.assert_outcomes(passed=2, errors=1)
    assert summary(result) == ["replayed 4 interactions from 1 cassette: saved 6.0 s"]
    assert errors(result) == [
        "cassettes/index.yaml: 1 of 5 interactions was never played "
        "(4: POST https://api.example.com/v1/ask); opened by the fixture index. "
        "Fix: pytest --llm-report=llm.json; "
        "llmcassette prune --report llm.json cassettes/index.yaml",
    ]
    assert result.ret == pytest.ExitCode.TESTS_FAILED


def test_a_miss_fails_the_test_that_asked_and_its_fix_names_that_test(project):
    project.cassette("index.yaml", "index", "x", "bye")
    project.test(START, shared("session"), TESTS)

    result = project.ci()

    result.assert_outcomes(passed=1, failed=1)
    assert failures(result) == ["TestOne.test_y", *MISSED]


@pytest.mark.parametrize("scope", SCOPES)
def test_a_miss_of_the_fixture_is_an_error_of_every_test_that_uses_it(project, scope):
    project.cassette("index.yaml", *SENT[1:])
    project.test(START, shared(scope), TESTS)

    result = project.ci()

    result.assert_outcomes(errors=2)
    told = section(result, "ERRORS").splitlines()
    assert [line for line in told if "test_" in line] == [
        "_______________________ ERROR at setup of TestOne.test_x _______________________",
        "  pytest --llm-mode=new_episodes test_it.py::TestOne::test_x",
        "test_it.py:7: UnmatchedRequestError",
        "_______________________ ERROR at setup of TestOne.test_y _______________________",
        "  pytest --llm-mode=new_episodes test_it.py::TestOne::test_x",
        "test_it.py:7: UnmatchedRequestError",
    ]


def test_scopes_may_be_open_at_the_same_time_and_the_innermost_answers(project):
    project.cassette("session.yaml", "s1", "s2")
    project.cassette("module.yaml", "m1", "m2")
    project.cassette("class.yaml", "c1", "c2")
    project.cassette("test.yaml", "t1", "t2")
    project.test(
        START,
        """
        def opened(scope, first):
            @pytest.fixture(scope=scope)
            def cassette(llm_cassettes):
                with llm_cassettes(f"{scope}.yaml"):
                    ask(first)
                    yield
            return cassette

        of_session = opened("session", "s1")
        of_module = opened("module", "m1")
        of_class = opened("class", "c1")

        def test_s(of_session): ask("s2")
        class TestC:
            def test_m(self, of_module): ask("m2")
            @pytest.mark.llm_cassette("test.yaml")
            def test_own(self, of_class):
                ask("t1"), ask("t2")
            def test_c(self, of_class): ask("c2")
        """,
    )

    result = project.ci("-p", "no:randomly")

    result.assert_outcomes(passed=4)
    assert summary(result) == ["replayed 8 interactions from 4 cassettes: saved 12.0 s"]
    assert result.ret == pytest.ExitCode.OK


def test_a_fixture_that_two_classes_use_opens_its_file_afresh_for_each(live, server):
    live.test(START, shared("class"), TESTS, TESTS.replace("TestOne", "TestTwo"))
    live.write(test_it=(live.path / "test_it.py").read_text().replace("re:", "live:"))

    for mode in ("--llm-record", "--llm-mode=rewrite", "--llm-mode=new_episodes"):
        live.run(mode).assert_outcomes(passed=4)
        assert questions(live.path / "cassettes" / "index.yaml") == SENT

    result = live.ci()

    result.assert_outcomes(passed=4)
    assert played(result) == ["replayed 8 interactions from 1 cassette"]


NAMED = """
    pytestmark = pytest.mark.llm_cassette("shared.yaml")

    def test_x():
        ask("both"), ask("x")

    def test_y():
        ask("both"), ask("y")
    """


@pytest.mark.parametrize("mode", ["--llm-record", "--llm-mode=new_episodes", "--llm-mode=rewrite"])
def test_what_two_markers_name_holds_once_what_both_tests_ask(live, mode):
    live.test(START, NAMED)

    live.run(mode).assert_outcomes(passed=2)

    assert questions(live.path / "cassettes" / "shared.yaml") == ["both", "x", "y"]
    result = live.ci()
    result.assert_outcomes(passed=2)
    assert played(result) == ["replayed 4 interactions from 1 cassette"]
    assert result.ret == pytest.ExitCode.OK
