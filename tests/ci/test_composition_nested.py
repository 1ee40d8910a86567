"""Several cassettes in one test: one after the other, or one inside the other."""

from __future__ import annotations

import pytest

from tests.ci.composition import ASKED
from tests.ci.conftest import START, errors, failures, problems, summary
from tests.plugin.conftest import section
from tests.plugin.test_recording import questions

OPENED = {
    "use_cassette": 'llmcassette.use_cassette("cassettes/NAME.yaml")',
    "llm_cassettes": 'llm_cassettes("NAME.yaml")',
}
NESTED = """
    import llmcassette

    @pytest.mark.llm_cassette("outer.yaml")
    def test_x(llm_cassette, llm_cassettes):
        ask("before")
        with INNER as inner:
            ask("inside")
            with INNERMOST:
                ask("deep inside")
            ask("inside again")
        ask("after")
        assert llm_cassette.errors == inner.errors == ()
    """
HELD = {
    "outer": ["before", "after"],
    "inner": ["inside", "inside again"],
    "innermost": ["deep inside"],
}
REPLAYED = "replayed 5 interactions from 3 cassettes: saved 7.5 s"


def nested(how):
    inner, innermost = (OPENED[how].replace("NAME", name) for name in ("inner", "innermost"))
    return NESTED.replace("INNERMOST", innermost).replace("INNER", inner)


@pytest.fixture(params=OPENED)
def how(request):
    """How the inner cassettes are opened."""
    return request.param


@pytest.fixture
def held(project):
    for name, asked in HELD.items():
        project.cassette(f"{name}.yaml", *asked)
    return project


def test_the_innermost_answers_and_each_is_played_to_its_end(held, how):
    held.test(START, nested(how))

    result = held.ci()

    result.assert_outcomes(passed=1)
    assert summary(result) == [REPLAYED]
    assert result.ret == pytest.ExitCode.OK


def test_each_records_what_is_asked_while_it_is_the_innermost(live, how):
    live.test(START, nested(how))

    recorded = live.run("--llm-record")

    recorded.assert_outcomes(passed=1)
    assert summary(recorded) == [
        "recorded 5 interactions into 3 cassettes:",
        "  cassettes/inner.yaml",
        "  cassettes/innermost.yaml",
        "  cassettes/outer.yaml",
    ]
    for name, asked in HELD.items():
        assert questions(live.path / "cassettes" / f"{name}.yaml") == asked
    replayed = live.ci()
    replayed.assert_outcomes(passed=1)
    assert problems(replayed) == []


def test_a_cassette_inside_that_is_not_played_to_its_end_is_told_with_its_test(held, how):
    held.cassette("inner.yaml", *HELD["inner"], "never")
    held.test(START, nested(how))

    result = held.ci()

    result.assert_outcomes(passed=1, errors=1)
    assert summary(result) == [REPLAYED]
    assert errors(result) == [
        "test_it.py::test_x: cassettes/inner.yaml: 1 of 3 interactions was never played "
        f"(2: {ASKED}). Fix: pytest --llm-mode=rewrite test_it.py::test_x",
    ]
    assert result.ret == pytest.ExitCode.TESTS_FAILED


def test_a_tests_own_that_is_not_played_to_its_end_is_told_likewise(held, how):
    held.cassette("outer.yaml", *HELD["outer"], "never")
    held.test(START, nested(how))

    result = held.ci()

    result.assert_outcomes(passed=1, errors=1)
    assert errors(result) == [
        "test_it.py::test_x: cassettes/outer.yaml: 1 of 3 interactions was never played "
        f"(2: {ASKED}). Fix: pytest --llm-mode=rewrite test_it.py::test_x",
    ]
    assert summary(result) == [REPLAYED]


def test_a_miss_inside_names_the_inner_cassette_and_is_not_answered_by_the_outer(held, how):
    held.cassette("outer.yaml", *HELD["outer"], "inside again")
    held.cassette("inner.yaml", "inside")
    held.test(START, nested(how))

    result = held.ci()

    result.assert_outcomes(failed=1)
    assert failures(result) == [
        "test_x",
        "question changed: no recorded interaction answers this request",
        "  question",
        '    recorded  "inside"',
        '    sent      "inside{+ again+}"',
        "If this change is intentional, re-record:",
        "  pytest --llm-mode=new_episodes test_it.py::test_x",
        "  cassette  cassettes/inner.yaml",
        "  contains  1 interaction, 1 replayed",
        "  nearest   interaction 0, already replayed",
        f"  request   {ASKED}",
        '  body      {"question":"inside again"}',
        '  sent by   app.py:9: return client.post(url, json={"question": question…',
        "test_it.py:13: UnmatchedRequestError",
    ]


def test_a_missing_cassette_inside_fails_the_test_at_its_line(held):
    (held.path / "cassettes" / "inner.yaml").unlink()
    held.test(START, nested("llm_cassettes"))

    result = held.ci()

    result.assert_outcomes(failed=1)
    # Python 3.13 underlines what failed.
    lines = [
        line for line in section(result, "FAILURES").split("\n") if line.strip(" ^") or not line
    ]
    assert "\n".join(lines).endswith(
        '>       with llm_cassettes("inner.yaml") as inner:\n'
        "E       llmcassette.errors.CassetteError: cassettes/inner.yaml: "
        "there is no such cassette.\n"
        "E       To record it: pytest --llm-record test_it.py::test_x\n"
        "\n"
        "test_it.py:9: CassetteError"
    )


IN_TURN = """
    import llmcassette

    def test_x(llm_cassettes):
        for name in ("a", "b", "a"):
            with INNER:
                ask(name)
    """


def in_turn(how):
    return IN_TURN.replace("INNER", OPENED[how].replace('"', "f'", 1).replace('"', "'")).replace(
        "NAME", "{name}"
    )


def test_one_after_the_other_each_opens_its_file_afresh(project, how):
    project.cassette("a.yaml", "a")
    project.cassette("b.yaml", "b")
    project.test(START, in_turn(how))

    result = project.ci()

    result.assert_outcomes(passed=1)
    assert summary(result) == ["replayed 3 interactions from 2 cassettes: saved 4.5 s"]
    assert result.ret == pytest.ExitCode.OK


def test_one_that_is_opened_twice_is_recorded_as_it_will_be_replayed(live, how):
    live.test(START, in_turn(how))

    live.run("--llm-record").assert_outcomes(passed=1)

    assert questions(live.path / "cassettes" / "a.yaml") == ["a"]
    result = live.ci()
    result.assert_outcomes(passed=1)
    assert problems(result) == []


def test_the_same_file_inside_itself_begins_afresh(project):
    project.cassette("a.yaml", "one", "two")
    project.test(
        START,
        """
        @pytest.mark.llm_cassette("a.yaml")
        def test_x(llm_cassette, llm_cassettes):
            ask("one")
            with llm_cassettes("a.yaml") as inner:
                ask("one"), ask("two")
            assert [len(llm_cassette.played), len(inner.played)] == [1, 2]
        """,
    )

    result = project.ci()

    result.assert_outcomes(passed=1)
    assert summary(result) == ["replayed 3 interactions from 1 cassette: saved 4.5 s"]


def test_a_marker_on_the_test_goes_before_one_on_the_class_and_settings_add_up(project):
    project.cassette("test.yaml", "one")
    project.test(
        START,
        """
        import httpx
        @pytest.mark.llm_cassette("class.yaml", ignore_hosts=["telemetry.example.com"])
        class TestX:
            @pytest.mark.llm_cassette("test.yaml")
            def test_x(self):
                ask("one")
                with pytest.raises(httpx.ConnectError, match="ignore_hosts"):
                    httpx.get("https://telemetry.example.com")
        """,
    )

    result = project.ci()

    result.assert_outcomes(passed=1)
    assert summary(result) == ["replayed 1 interaction from 1 cassette: saved 1.5 s"]


DECORATED = """
    def test_x(llm_cassettes):
        @llm_cassettes("inner.yaml")
        def asked():
            return [ask("inside"), ask("inside again")]

        assert asked() == asked()
    """


def test_llm_cassettes_decorates_a_function_as_use_cassette_does(held):
    held.test(START, DECORATED)

    result = held.run()

    result.assert_outcomes(passed=1)
    assert summary(result)[0] == "replayed 4 interactions from 1 cassette: saved 6.0 s"
