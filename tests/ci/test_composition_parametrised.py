"""Parametrised tests: a cassette each, or one for all."""

from __future__ import annotations

import pytest

from tests.ci.composition import ASKED
from tests.ci.conftest import START, errors, problems, summary
from tests.plugin.test_recording import questions

EACH = """
    @pytest.mark.llm_cassette
    @pytest.mark.parametrize("city", ["Rome", "Oslo"])
    def test_x(city):
        assert city in ask(city)
    """
TOGETHER = EACH.replace("@pytest.mark.llm_cassette", '@pytest.mark.llm_cassette("cities.yaml")')
BY_A_FIXTURE = """
    @pytest.fixture(params=["Rome", "Oslo"])
    def city(request):
        return request.param

    @pytest.mark.llm_cassette
    def test_x(city):
        assert city in ask(city)
    """
A_MARKER_EACH = """
    @pytest.mark.parametrize(
        "city",
        [
            pytest.param(city, marks=pytest.mark.llm_cassette(f"{city}.yaml"))
            for city in ("Rome", "Oslo")
        ],
    )
    def test_x(city):
        assert city in ask(city)
    """
A_MODULES_FIXTURE = """
    @pytest.fixture(scope="module", params=["Rome", "Oslo"])
    def city(request, llm_cassettes):
        with llm_cassettes(f"{request.param}.yaml"):
            yield request.param

    def test_x(city):
        assert city in ask(city)

    def test_y(city):
        assert city in ask(f"{city} again")
    """
FILES = {
    "each": (EACH, ["test_it/test_x[Oslo].yaml", "test_it/test_x[Rome].yaml"]),
    "by a fixture": (BY_A_FIXTURE, ["test_it/test_x[Oslo].yaml", "test_it/test_x[Rome].yaml"]),
    "together": (TOGETHER, ["cities.yaml"]),
    "a marker each": (A_MARKER_EACH, ["Oslo.yaml", "Rome.yaml"]),
    "a module's fixture": (A_MODULES_FIXTURE, ["Oslo.yaml", "Rome.yaml"]),
}


@pytest.mark.parametrize("how", FILES)
def test_what_each_parameter_recorded_is_replayed(live, how):
    text, files = FILES[how]
    live.test(START, text)
    tests = 4 if how == "a module's fixture" else 2

    recorded = live.run("--llm-record")
    replayed = live.ci()

    recorded.assert_outcomes(passed=tests)
    assert summary(recorded) == [
        f"recorded {tests} interactions into {len(files)} cassette"
        f"{'' if len(files) == 1 else 's'}:",
        *(f"  cassettes/{file}" for file in files),
    ]
    replayed.assert_outcomes(passed=tests)
    assert problems(replayed) == []
    assert replayed.ret == pytest.ExitCode.OK


def test_each_parameter_is_judged_by_its_own_cassette(project):
    project.cassette("test_it/test_x[Rome].yaml", "Rome")
    project.cassette("test_it/test_x[Oslo].yaml", "Oslo", "never")
    project.test(START, EACH)

    result = project.ci()

    result.assert_outcomes(passed=2, errors=1)
    assert errors(result) == [
        "test_it.py::test_x[Oslo]: cassettes/test_it/test_x[Oslo].yaml: "
        "1 of 2 interactions was never played "
        f"(1: {ASKED}). Fix: pytest --llm-mode=rewrite 'test_it.py::test_x[Oslo]'",
    ]


def test_a_cassette_of_all_parameters_is_judged_at_the_end(project):
    project.cassette("cities.yaml", "Rome", "Oslo", "never")
    project.test(START, TOGETHER)

    result = project.ci()

    result.assert_outcomes(passed=2, errors=1)
    assert summary(result) == ["replayed 2 interactions from 1 cassette: saved 3.0 s"]
    assert errors(result) == [
        "test_it.py::test_x[Rome], test_it.py::test_x[Oslo]: cassettes/cities.yaml: 1 of 3 "
        f"interactions was never played (2: {ASKED}). "
        "Fix: pytest --llm-mode=rewrite 'test_it.py::test_x[Rome]' 'test_it.py::test_x[Oslo]'",
    ]
    assert result.ret == pytest.ExitCode.TESTS_FAILED


def test_the_cassette_of_a_parameter_that_is_gone_is_an_orphan(project):
    for city in ("Rome", "Oslo", "Bonn"):
        project.cassette(f"test_it/test_x[{city}].yaml", city)
    project.test(START, EACH)

    result = project.ci()

    result.assert_outcomes(passed=2, errors=1)
    assert errors(result) == [
        "cassettes/test_it/test_x[Bonn].yaml: no test opens this cassette. "
        "Fix: rm 'cassettes/test_it/test_x[Bonn].yaml'",
    ]


def test_a_new_parameter_is_recorded_without_the_others(live, server):
    live.test(START, EACH)
    live.run("--llm-record").assert_outcomes(passed=2)
    live.test(START, EACH.replace('"Oslo"]', '"Oslo", "Bonn"]'))

    live.run("--llm-record").assert_outcomes(passed=3)

    assert server.asked == ["Rome", "Oslo", "Bonn"]
    assert questions(live.path / "cassettes" / "test_it" / "test_x[Bonn].yaml") == ["Bonn"]
    result = live.ci()
    result.assert_outcomes(passed=3)
    assert problems(result) == []
