"""``unittest.TestCase``: markers, setUp and setUpClass, subtests, asynchronous cases."""

from __future__ import annotations

import pytest

from tests.ci.composition import ASKED
from tests.ci.conftest import START, errors, failures, problems, summary
from tests.plugin.conftest import section
from tests.plugin.test_recording import questions

HEAD = START + "    import unittest, llmcassette\n    from app import ask_async\n"
CASES = {
    "TestCase": """
    @pytest.mark.llm_cassette("a.yaml")
    class TestX(unittest.TestCase):
        def setUp(self):
            self.assertEqual(ask("begin"), "re: begin")
            self.addCleanup(ask, "clean")

        def test_x(self):
            self.assertEqual(ask("x"), "re: x")

        def tearDown(self):
            ask("end")
    """,
    "IsolatedAsyncioTestCase": """
    @pytest.mark.llm_cassette("a.yaml")
    class TestX(unittest.IsolatedAsyncioTestCase):
        async def asyncSetUp(self):
            self.assertEqual(await ask_async("begin"), "re: begin")
            self.addAsyncCleanup(ask_async, "clean")

        async def test_x(self):
            self.assertEqual(await ask_async("x"), "re: x")

        async def asyncTearDown(self):
            await ask_async("end")
    """,
}
SENT = ["begin", "x", "end", "clean"]
OF_CLASS = {
    "use_cassette": """
    class TestX(unittest.TestCase):
        @classmethod
        def setUpClass(cls):
            cassette = llmcassette.use_cassette("cassettes/class.yaml")
            cls.index = cls.enterClassContext(cassette)
            ask("index")
    """,
    "llm_cassettes": """
    @pytest.fixture(scope="class")
    def index(request, llm_cassettes):
        with llm_cassettes("class.yaml") as request.cls.index:
            ask("index")
            yield

    @pytest.mark.usefixtures("index")
    class TestX(unittest.TestCase):
    """,
}
METHODS = """
        def test_a(self):
            self.assertIn("a", ask("a"))

        def test_b(self):
            self.assertIn("b", ask("b"))
            self.assertEqual(len(self.index.errors), 0)
    """


@pytest.fixture(params=CASES)
def case(request):
    return CASES[request.param]


@pytest.fixture(params=OF_CLASS)
def of_class(request):
    """A case whose class opens a cassette for all its tests."""
    return OF_CLASS[request.param] + METHODS


def test_set_up_test_tear_down_and_cleanups_are_in_the_tests_cassette(project, case):
    project.cassette("a.yaml", *SENT)
    project.test(HEAD, case)

    result = project.ci("-W", "error")

    result.assert_outcomes(passed=1)
    assert summary(result) == ["replayed 4 interactions from 1 cassette: saved 6.0 s"]
    assert result.ret == pytest.ExitCode.OK


def test_they_are_recorded_and_replayed(live, case):
    live.test(HEAD, case.replace("re:", "live:"))

    live.run("--llm-record").assert_outcomes(passed=1)

    assert questions(live.path / "cassettes" / "a.yaml") == SENT
    result = live.ci()
    result.assert_outcomes(passed=1)
    assert problems(result) == []


@pytest.mark.parametrize("where", ["begin", "x", "end", "clean"])
def test_a_miss_fails_the_test_wherever_it_comes_from(project, case, where):
    project.cassette("a.yaml", *(asked for asked in SENT if asked != where))
    project.test(HEAD, case)

    result = project.ci()

    result.assert_outcomes(failed=1)
    told = failures(result)
    assert told[:2] == [
        "TestX.test_x",
        "question changed: no recorded interaction answers this request",
    ]
    assert "  cassette  cassettes/a.yaml" in told
    assert f"  contains  3 interactions{PLAYED[where]}" in told
    assert "  pytest --llm-mode=rewrite test_it.py::TestX::test_x" in told


PLAYED = {"begin": "", "x": ", 1 replayed", "end": ", 2 replayed", "clean": ", 3 replayed"}


def test_a_cassette_without_a_name_is_named_after_class_and_method(project):
    project.cassette("test_it/TestX.test_x.yaml", "x")
    project.test(
        HEAD,
        """
        class TestX(unittest.TestCase):
            @pytest.mark.llm_cassette
            def test_x(self):
                ask("x")
        """,
    )

    result = project.ci()

    result.assert_outcomes(passed=1)
    assert problems(result) == []


@pytest.mark.skipif(pytest.version_tuple < (9,), reason="pytest 9 brings subtests")
def test_subtests_share_the_cassette_and_a_miss_fails_theirs(project):
    project.cassette("a.yaml", "one", "three")
    project.test(
        HEAD,
        """
        @pytest.mark.llm_cassette("a.yaml")
        class TestX(unittest.TestCase):
            def test_x(self):
                for question in ("one", "two", "three"):
                    with self.subTest(question=question):
                        ask(question)
        """,
    )

    result = project.ci()

    assert result.ret == pytest.ExitCode.TESTS_FAILED
    told = failures(result)
    assert told.count("question changed: no recorded interaction answers this request") == 1
    assert summary(result) == [
        "replayed 2 interactions from 1 cassette: saved 3.0 s",
    ]


def test_a_class_may_open_a_cassette_for_all_its_tests(project, of_class):
    project.cassette("class.yaml", "index", "a", "b")
    project.test(HEAD, of_class)

    result = project.ci("-W", "error")

    result.assert_outcomes(passed=2)
    assert summary(result) == ["replayed 3 interactions from 1 cassette: saved 4.5 s"]
    assert result.ret == pytest.ExitCode.OK


def test_a_classs_cassette_is_recorded_and_replayed(live, of_class):
    live.test(HEAD, of_class)

    live.run("--llm-record").assert_outcomes(passed=2)

    assert questions(live.path / "cassettes" / "class.yaml") == ["index", "a", "b"]
    result = live.ci()
    result.assert_outcomes(passed=2)
    assert problems(result) == []


def test_what_no_test_of_the_class_plays_is_told_at_the_end(project, of_class):
    opened = "; opened by the fixture index" if "llm_cassettes" in of_class else ""
    project.cassette("class.yaml", "index", "a", "b", "never")
    project.test(HEAD, of_class)

    result = project.ci()

    result.assert_outcomes(passed=2, errors=1)
    assert errors(result) == [
        f"cassettes/class.yaml: 1 of 4 interactions was never played (3: {ASKED}){opened}. "
        "Fix: pytest --llm-report=llm.json; "
        "llmcassette prune --report llm.json cassettes/class.yaml",
    ]
    assert result.ret == pytest.ExitCode.TESTS_FAILED


def test_a_method_with_a_cassette_of_its_own_goes_before_the_classs(project, of_class):
    project.cassette("class.yaml", "index", "b")
    project.cassette("a.yaml", "a")
    project.test(HEAD, of_class.replace("def test_a", "@OWN\n        def test_a"))
    text = (project.path / "test_it.py").read_text(encoding="utf-8")
    project.write(test_it=text.replace("@OWN", '@pytest.mark.llm_cassette("a.yaml")'))

    result = project.ci()

    result.assert_outcomes(passed=2)
    assert summary(result) == ["replayed 3 interactions from 2 cassettes: saved 4.5 s"]
    assert result.ret == pytest.ExitCode.OK


def test_set_up_of_a_class_without_a_cassette_names_itself(project):
    project.cassette("a.yaml", "x")
    project.test(
        HEAD,
        """
        @pytest.mark.llm_cassette("a.yaml")
        class TestX(unittest.TestCase):
            @classmethod
            def setUpClass(cls):
                ask("index")

            def test_x(self):
                ask("x")
        """,
    )

    result = project.ci()

    result.assert_outcomes(errors=1)
    assert section(result, "ERRORS").splitlines()[1:] == [
        "setUpClass of TestX sent a request while no cassette was open, in the set-up of "
        "test_it.py::TestX::test_x.",
        "Give it a cassette of its own:",
        '    with llmcassette.use_cassette("cassettes/index.yaml"): ...',
        "or name the host in pass_hosts, if it is to be reached.",
        "",
        "test_it.py:10: ReplayError",
    ]


def test_set_up_of_a_class_whose_tests_have_no_marker_is_told_what_opens_a_cassette(project):
    project.cassette("a.yaml", "x")
    project.test(
        HEAD,
        """
        class TestX(unittest.TestCase):
            @classmethod
            def setUpClass(cls):
                ask("index")

            def test_x(self): pass

        @pytest.mark.llm_cassette("a.yaml")
        def test_y():
            ask("x")
        """,
    )

    result = project.ci()

    result.assert_outcomes(passed=1, errors=1)
    assert section(result, "ERRORS").splitlines()[1:] == [
        "httpx tried to connect to api.example.com:443, but the network is blocked.",
        "  test      test_it.py::TestX::test_x",
        "If the test needs this host, add to [tool.llmcassette] in pyproject.toml:",
        '  allowed_hosts = ["api.example.com"]',
        "If it is telemetry, let it fail unnoticed:",
        '  ignore_hosts = ["api.example.com"]',
        "If it is a request to an LLM: no cassette was open; a test has one by the marker "
        "llm_cassette, a fixture by llm_cassettes, other code by use_cassette.",
        "",
        "test_it.py:9: BlockedHostError",
    ]
