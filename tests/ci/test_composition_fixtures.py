"""The traffic of fixtures: in the test's cassette, or in one of their own."""

from __future__ import annotations

import pytest

from tests.ci.composition import ASKED
from tests.ci.conftest import START, errors, failures, problems, summary
from tests.plugin.conftest import section
from tests.plugin.test_recording import questions

OWN = {
    "llm_cassettes": """
    @pytest.fixture
    def login(llm_cassettes):
        with llm_cassettes("login.yaml"):
            ask("user")
            ask("password")
    """,
    "use_cassette": """
    import llmcassette

    @pytest.fixture
    def login():
        with llmcassette.use_cassette("cassettes/login.yaml"):
            ask("user")
            ask("password")
    """,
    "a decorator": """
    import llmcassette

    @pytest.fixture
    @llmcassette.use_cassette("cassettes/login.yaml")
    def login():
        ask("user")
        ask("password")
    """,
    "a coroutine": """
    import pytest_asyncio
    from app import ask_async

    @pytest_asyncio.fixture
    async def login(llm_cassettes):
        with llm_cassettes("login.yaml"):
            await ask_async("user")
            await ask_async("password")
    """,
}
TESTS = """
    @pytest.mark.llm_cassette("x.yaml")
    def test_x(login):
        ask("x")
    """


@pytest.fixture(params=OWN)
def own(request):
    """A fixture that opens a cassette for itself."""
    return OWN[request.param]


def test_what_a_fixture_of_the_test_sends_is_in_the_tests_cassette(project):
    project.cassette("x.yaml", "user", "x", "bye")
    project.test(
        START,
        """
        @pytest.fixture
        def login():
            ask("user")
            yield
            ask("bye")

        @pytest.mark.llm_cassette("x.yaml", unused="ignore")
        def test_x(login):
            ask("x")
        """,
    )

    result = project.ci()

    result.assert_outcomes(passed=1)
    assert summary(result) == ["replayed 3 interactions from 1 cassette: saved 4.5 s"]
    assert result.ret == pytest.ExitCode.OK


def test_a_fixture_with_a_cassette_of_its_own_leaves_the_tests_alone(project, own):
    project.cassette("login.yaml", "user", "password")
    project.cassette("x.yaml", "x")
    project.test(START, own, TESTS)

    result = project.ci()

    result.assert_outcomes(passed=1)
    assert summary(result) == ["replayed 3 interactions from 2 cassettes: saved 4.5 s"]
    assert result.ret == pytest.ExitCode.OK


def test_both_are_recorded_apart_and_replayed(live, own):
    live.test(START, own, TESTS)

    recorded = live.run("--llm-record")

    recorded.assert_outcomes(passed=1)
    assert summary(recorded) == [
        "recorded 3 interactions into 2 cassettes:",
        "  cassettes/login.yaml",
        "  cassettes/x.yaml",
    ]
    assert questions(live.path / "cassettes" / "login.yaml") == ["user", "password"]
    assert questions(live.path / "cassettes" / "x.yaml") == ["x"]
    replayed = live.ci()
    replayed.assert_outcomes(passed=1)
    assert problems(replayed) == []


def test_what_the_fixture_leaves_unplayed_is_told_with_the_test(project):
    project.cassette("login.yaml", "user", "password", "never")
    project.cassette("x.yaml", "x")
    project.test(START, OWN["llm_cassettes"], TESTS)

    result = project.ci()

    result.assert_outcomes(passed=1, errors=1)
    assert errors(result) == [
        "test_it.py::test_x: cassettes/login.yaml: 1 of 3 interactions was never played "
        f"(2: {ASKED}). Fix: pytest --llm-mode=rewrite test_it.py::test_x",
    ]
    assert result.ret == pytest.ExitCode.TESTS_FAILED


def test_what_the_fixture_misses_is_an_error_of_the_test_at_the_fixtures_line(project):
    project.cassette("login.yaml", "user")
    project.cassette("x.yaml", "x")
    project.test(START, OWN["llm_cassettes"], TESTS)

    result = project.ci()

    result.assert_outcomes(errors=1)
    assert [line for line in section(result, "ERRORS").splitlines() if line] == [
        "___________________________ ERROR at setup of test_x ___________________________",
        "question changed: no recorded interaction answers this request",
        "  question",
        '    recorded  "user"',
        '    sent      "password"',
        "If this change is intentional, re-record:",
        "  pytest --llm-mode=new_episodes test_it.py::test_x",
        "  cassette  cassettes/login.yaml",
        "  contains  1 interaction, 1 replayed",
        "  nearest   interaction 0, already replayed",
        f"  request   {ASKED}",
        '  body      {"question":"password"}',
        '  sent by   app.py:9: return client.post(url, json={"question": question…',
        "test_it.py:8: UnmatchedRequestError",
    ]
    assert summary(result) == [
        "replayed 1 interaction from 1 cassette: saved 1.5 s",
    ]


def test_a_fixture_that_several_tests_use_opens_its_cassette_for_each(live, server):
    live.test(START, OWN["llm_cassettes"], TESTS, TESTS.replace("x", "y"))

    recorded = live.run("--llm-record")

    recorded.assert_outcomes(passed=2)
    assert problems(recorded) == [
        "recorded 4 interactions into 3 cassettes:",
        "  cassettes/login.yaml",
        "  cassettes/x.yaml",
        "  cassettes/y.yaml",
    ]
    assert server.asked == ["user", "password", "x", "user", "password", "y"]
    assert questions(live.path / "cassettes" / "login.yaml") == ["user", "password"]
    replayed = live.ci()
    replayed.assert_outcomes(passed=2)
    assert problems(replayed) == []
    again = live.run("--llm-mode=rewrite", "-k", "test_x")
    again.assert_outcomes(passed=1, deselected=1)
    assert questions(live.path / "cassettes" / "login.yaml") == ["user", "password"]


def test_a_fixture_of_wider_scope_without_a_cassette_is_told_what_to_write(project):
    project.cassette("x.yaml", "x")
    project.test(
        START,
        """
        @pytest.fixture(scope="module")
        def login():
            ask("user")
        """,
        TESTS,
    )

    result = project.ci()

    result.assert_outcomes(errors=1)
    assert section(result, "ERRORS").splitlines()[1:] == [
        "the module-scoped fixture 'login' sent a request while no cassette was open, in the "
        "set-up of test_it.py::test_x.",
        "Give it a cassette of its own with the fixture `llm_cassettes`:",
        '    with llm_cassettes("index.yaml"): ...',
        "or name the host in pass_hosts, if it is to be reached.",
        "",
        "test_it.py:6: ReplayError",
    ]


def test_a_fixtures_cassette_alone_is_enough_for_a_test_without_a_marker(project):
    project.cassette("login.yaml", "user", "password", "never")
    project.test(START, OWN["llm_cassettes"], "def test_x(login): pass")

    result = project.ci()

    result.assert_outcomes(passed=1, errors=1)
    assert errors(result) == [
        "test_it.py::test_x: cassettes/login.yaml: 1 of 3 interactions was never played "
        f"(2: {ASKED}). Fix: pytest --llm-mode=rewrite test_it.py::test_x",
    ]
    assert failures(result) == []


HELD_OPEN = """
    @pytest.fixture
    def login(llm_cassettes):
        with llm_cassettes("login.yaml"):
            ask("user")
            yield

    @pytest.mark.llm_cassette("x.yaml")
    def test_x(login):
        ask("x")
        assert not "a good answer"
    """


def test_what_a_fixture_recorded_for_a_test_that_failed_is_not_saved(live):
    live.test(START, HELD_OPEN)

    result = live.run("--llm-record")

    result.assert_outcomes(failed=1)
    assert not (live.path / "cassettes").exists()
    assert summary(result) == [
        "not saved, because the test did not pass (--llm-record-failed saves it):",
        "  test_it.py::test_x",
    ]


def test_it_is_saved_where_that_is_asked_for(live):
    live.test(START, HELD_OPEN)

    live.run("--llm-record", "--llm-record-failed").assert_outcomes(failed=1)

    assert questions(live.path / "cassettes" / "login.yaml") == ["user", "x"]
