"""A test that runs again may play again what it has played of the cassettes of wider fixtures."""

from __future__ import annotations

import json

import pytest

from tests.ci.conftest import START, failures, played, problems, summary
from tests.plugin.conftest import URL

pytest.importorskip("pytest_rerunfailures")

FLAKY = """
    import llmcassette

    attempts = []

    def fail_at_first():
        attempts.append("an attempt")
        assert len(attempts) > 1
    """
INDEX = """
    @pytest.fixture(scope="session")
    def index(llm_cassettes):
        with llm_cassettes("index.yaml") as recorder:
            ask("index")
            yield recorder
            ask("bye")
    """
TEST = """
    def test_x(index):
        assert ask("one") == "re: one"
        fail_at_first()
        ask("two")
    """
SENT = ["index", "one", "two", "bye"]
ALL_PLAYED = ["replayed 5 interactions from 1 cassette: saved 7.5 s"]


@pytest.fixture
def project(project):
    project.without.remove("rerunfailures")
    return project


def rerun(project, *options):
    """A run in this process under the rules of CI, and what each cassette played."""
    result = project.run(
        "-pno:xdist", "--llm-ci", "--reruns=1", "--llm-report=report.json", *options
    )
    return result, plays(project)


def plays(project):
    report = json.loads((project.path / "report.json").read_text(encoding="utf-8"))
    return {path: use["played"] for path, use in report["cassettes"].items()}


def passes(project):
    """A run in which one test passes at its rerun, and nothing is wrong."""
    result, _ = rerun(project)
    assert (failures(result), problems(result)) == ([], [])
    return result.parseoutcomes() == {"passed": 1, "rerun": 1}


@pytest.mark.parametrize("scope", ["class", "module", "package", "session"])
def test_it_answers_again_what_it_answered_the_attempt_that_failed(project, scope):
    project.cassette("index.yaml", *SENT)
    in_class = "class TestIt:\n" + TEST.replace("(index)", "(self, index)").lstrip("\n")
    project.test(START, FLAKY, INDEX.replace("session", scope), in_class)

    result, used = rerun(project)

    assert result.parseoutcomes() == {"passed": 1, "rerun": 1}
    assert summary(result) == ALL_PLAYED
    assert used == {"cassettes/index.yaml": [0, 1, 1, 2, 3]}


def test_a_class_fixture_of_a_test_in_no_class_is_set_up_anew_with_its_cassette(project):
    project.cassette("index.yaml", *SENT)
    project.test(START, FLAKY, INDEX.replace("session", "class"), TEST)

    result, used = rerun(project)

    assert result.parseoutcomes() == {"passed": 1, "rerun": 1}
    assert summary(result) == ["replayed 4 interactions from 1 cassette: saved 6.0 s"]
    assert used == {"cassettes/index.yaml": [0, 1, 2, 3]}


def test_in_two_workers_too(project):
    project.cassette("index.yaml", *SENT)
    project.test(START, FLAKY, INDEX, TEST)

    result = project.run_apart("-n", "2", "--llm-ci", "--reruns=1", "--llm-report=report.json")

    assert result.parseoutcomes() == {"passed": 1, "rerun": 1}
    assert summary(result) == ALL_PLAYED
    assert plays(project) == {"cassettes/index.yaml": [0, 1, 1, 2, 3]}


OPENED = {
    "use_cassette": 'llmcassette.use_cassette("cassettes/index.yaml")',
    "a transport": 'httpx.Client(transport=llmcassette.CassetteTransport("cassettes/index.yaml"))',
}


@pytest.mark.parametrize("opened", OPENED.values(), ids=OPENED)
def test_also_where_the_fixture_opens_it_by_hand(project, opened):
    project.cassette("index.yaml", "index", "one")
    project.test(
        START,
        FLAKY,
        f"""
        import app
        import httpx

        @pytest.fixture(scope="module")
        def index():
            with {opened} as opened:
                client = opened if isinstance(opened, httpx.Client) else app.client
                client.post({URL!r}, json={{"question": "index"}})
                yield client

        def test_x(index):
            answer = index.post({URL!r}, json={{"question": "one"}}).json()
            fail_at_first()
            assert answer == {{"answer": "re: one"}}
        """,
    )

    result, used = rerun(project)

    assert result.parseoutcomes() == {"passed": 1, "rerun": 1}
    assert used == {"cassettes/index.yaml": [0, 1, 1]}


def test_also_where_a_class_of_unittest_opened_it(project):
    project.cassette("index.yaml", "index", "one")
    project.test(
        START,
        FLAKY,
        """
        import unittest

        class TestIt(unittest.TestCase):
            @classmethod
            def setUpClass(cls):
                cls.enterClassContext(llmcassette.use_cassette("cassettes/index.yaml"))
                ask("index")

            def test_x(self):
                ask("one")
                fail_at_first()
        """,
    )

    assert passes(project)


def test_also_where_it_is_open_before_any_test_begins(project):
    project.cassette("index.yaml", "one")
    project.test(
        START,
        FLAKY,
        """
        opened = llmcassette.use_cassette("cassettes/index.yaml")
        opened.__enter__()

        def test_x():
            ask("one")
            fail_at_first()

        def teardown_module():
            opened.__exit__(None, None, None)
        """,
    )

    assert passes(project)


def test_what_fixtures_of_the_test_asked_is_asked_again_and_what_wider_ones_did_is_not(project):
    project.cassette("index.yaml", "wide", "narrow", "wide", "call", "bye")
    project.test(
        START,
        FLAKY,
        """
        @pytest.fixture(scope="session", autouse=True)
        def cassette(llm_cassettes):
            with llm_cassettes("index.yaml"):
                yield

        @pytest.fixture(scope="module")
        def wide(cassette):
            ask("wide")

        @pytest.fixture
        def narrow(wide):
            ask("narrow")
            yield
            ask("bye")

        def test_x(narrow):
            ask("wide")
            ask("call")
            fail_at_first()
        """,
    )

    result, used = rerun(project)

    assert result.parseoutcomes() == {"passed": 1, "rerun": 1}
    assert problems(result) == []
    assert used == {"cassettes/index.yaml": [0, 1, 1, 2, 2, 3, 3, 4, 4]}


def test_the_attempt_may_end_in_the_set_up_of_a_fixture_of_its_own(project):
    project.cassette("index.yaml", *SENT)
    project.test(
        START,
        FLAKY,
        INDEX,
        """
        @pytest.fixture
        def narrow(index):
            ask("one")
            fail_at_first()

        def test_x(narrow):
            ask("two")
        """,
    )

    assert passes(project)


def test_a_wider_fixture_that_failed_is_set_up_again_and_one_below_it_is_not(project):
    project.cassette("index.yaml", "below", "failing", "one")
    project.test(
        START,
        FLAKY,
        """
        @pytest.fixture(scope="session", autouse=True)
        def cassette(llm_cassettes):
            with llm_cassettes("index.yaml"):
                yield

        @pytest.fixture(scope="module")
        def below():
            ask("below")

        @pytest.fixture(scope="module")
        def failing(below):
            ask("failing")
            fail_at_first()

        def test_x(failing):
            ask("one")
        """,
    )

    result, used = rerun(project)

    assert result.parseoutcomes() == {"passed": 1, "rerun": 1}
    assert used == {"cassettes/index.yaml": [0, 1, 1, 2]}


def test_what_a_parametrised_fixture_asked_before_its_next_parameter_stays(project):
    project.cassette("index.yaml", "a", "asked of a", "bye a", "b", "asked of b", "bye b")
    project.test(
        START,
        FLAKY,
        """
        @pytest.fixture(scope="session", autouse=True)
        def cassette(llm_cassettes):
            with llm_cassettes("index.yaml"):
                yield

        @pytest.fixture(scope="module", params=["a", "b"])
        def wide(request):
            ask(request.param)
            yield request.param
            ask(f"bye {request.param}")

        def test_x(wide):
            ask(f"asked of {wide}")
            if wide == "b":
                fail_at_first()
        """,
    )

    result, used = rerun(project)

    assert result.parseoutcomes() == {"passed": 2, "rerun": 1}
    assert used == {"cassettes/index.yaml": [0, 1, 2, 3, 4, 4, 5]}


def test_what_other_tests_played_before_stays(project):
    project.cassette("index.yaml", "same", "same", "same")
    project.test(
        START,
        FLAKY,
        INDEX.replace('ask("index")', 'ask("same")').replace('ask("bye")', "pass"),
        """
        def test_before(index):
            ask("same")

        def test_x(index):
            ask("same")
            fail_at_first()
        """,
    )

    result, used = rerun(project)

    assert result.parseoutcomes() == {"passed": 2, "rerun": 1}
    assert used == {"cassettes/index.yaml": [0, 1, 2, 2]}


def test_each_rerun_begins_anew(project):
    project.cassette("index.yaml", *SENT)
    project.test(START, FLAKY, INDEX, TEST.replace("fail_at_first()", "assert False"))

    result, used = rerun(project, "--reruns=3")

    assert result.parseoutcomes() == {"failed": 1, "rerun": 3}
    assert used == {"cassettes/index.yaml": [0, 1, 1, 1, 1, 3]}


def test_a_miss_at_a_rerun_tells_what_the_attempt_before_it_did_not_play(project):
    project.cassette("index.yaml", "index", "one", "bye")
    project.test(START, FLAKY, INDEX, TEST)

    result, _ = rerun(project)

    told = failures(result)
    assert told[:2] == ["test_x", "question changed: no recorded interaction answers this request"]
    assert "  cassette  cassettes/index.yaml" in told
    assert "  contains  3 interactions, 2 replayed" in told


SETTINGS = ["allow_repeats=True", "ordered=True"]


@pytest.mark.parametrize("setting", SETTINGS)
def test_whatever_the_order_of_play(project, setting):
    project.cassette("index.yaml", "index", "one", "two")
    project.test(
        START,
        FLAKY,
        INDEX.replace('.yaml"', f'.yaml", {setting}').replace('ask("bye")', "pass"),
        TEST,
    )

    assert passes(project)


def test_what_was_played_while_others_are_recorded_is_played_again(live, server):
    live.cassette("index.yaml", "one")
    index = live.path / "cassettes" / "index.yaml"
    index.write_text(index.read_text().replace(URL, server.url))
    live.test(START, FLAKY, INDEX, TEST)

    result = live.run("-pno:xdist", "--llm-mode=new_episodes", "--reruns=1")

    assert result.parseoutcomes() == {"passed": 1, "rerun": 1}
    assert server.asked == ["index", "two", "bye"]
    assert played(result) == [
        "replayed 2 interactions from 1 cassette",
        "recorded 3 interactions into 1 cassette:",
        "  cassettes/index.yaml",
    ]


def test_a_test_that_is_listed_twice_and_another_between_is_no_rerun(project):
    project.cassette("index.yaml", "one", "one")
    project.write(
        conftest="""
            def pytest_collection_modifyitems(items):
                items.append(items[0])
            """
    )
    project.test(
        START,
        FLAKY,
        INDEX.replace('ask("index")', "pass").replace('ask("bye")', "pass"),
        """
        def test_x(index):
            ask("one")

        def test_between(index):
            pass
        """,
    )

    result, used = rerun(project)

    result.assert_outcomes(passed=3)
    assert used == {"cassettes/index.yaml": [0, 1]}
