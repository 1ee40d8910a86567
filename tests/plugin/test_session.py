"""What serves cassettes is imported when something uses one, and reads what has happened before."""

from __future__ import annotations

import json

import pytest

SHOW = """
    from conftest_plugin.session import session_of


    def pytest_sessionfinish(session):
        run = session_of(session.config)
        print()
        print(f"tests: {dict(sorted(run.outcomes.items())) if run.is_active else 'idle'}")
"""


@pytest.fixture
def outcomes(project):
    """What the run knows of its tests at its end."""
    project.write(conftest=SHOW)

    def run(*options):
        result = project.run("-s", *options)
        (line,) = (line for line in result.outlines if line.startswith("tests: "))
        return line.removeprefix("tests: ")

    return run


BY_HAND = """
    import llmcassette
    import pytest
    from app import ask, ask_swallowing

    def test_skipped():
        pytest.skip()

    def test_failed():
        assert False

    def test_that_errs(missing_fixture): ...

    def test_passed(): ...

    def test_by_hand():
        with llmcassette.use_cassette("cassettes/it.yaml"):
            assert ask("one") == "re: one"

    def test_later():
        pytest.skip()
"""


def test_a_run_without_cassettes_stays_as_it_is(project, outcomes):
    project.test("def test_nothing(): ...\n")

    assert outcomes() == "idle"


def test_a_cassette_opened_by_hand_finds_what_became_of_the_tests_before_it(project, outcomes):
    project.cassette("it.yaml", "one")
    project.test(BY_HAND)

    assert outcomes() == str(
        {
            "test_it.py::test_by_hand": "passed",
            "test_it.py::test_failed": "failed",
            "test_it.py::test_later": "skipped",
            "test_it.py::test_passed": "passed",
            "test_it.py::test_skipped": "skipped",
            "test_it.py::test_that_errs": "failed",
        }
    )


def test_it_finds_what_was_deselected(project, outcomes):
    project.cassette("it.yaml", "one")
    project.test(BY_HAND)

    assert outcomes("-k", "passed or by_hand") == str(
        {
            "test_it.py::test_by_hand": "passed",
            "test_it.py::test_failed": "deselected",
            "test_it.py::test_later": "deselected",
            "test_it.py::test_passed": "passed",
            "test_it.py::test_skipped": "deselected",
            "test_it.py::test_that_errs": "deselected",
        }
    )


def test_a_miss_of_the_first_cassette_opened_by_hand_fails_the_test_that_swallows_it(project):
    project.cassette("it.yaml", "one")
    project.test(
        """
        import llmcassette
        from app import ask_swallowing

        def test_by_hand():
            with llmcassette.use_cassette("cassettes/it.yaml"):
                ask_swallowing("two")
        """
    )

    result = project.run()

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "question changed: no recorded interaction answers this request",
            "FAILED test_it.py::test_by_hand*",
        ]
    )


@pytest.mark.parametrize("scope", ["function", "module", "session"])
def test_so_does_one_opened_by_a_fixture(project, scope):
    project.cassette("it.yaml", "one")
    project.test(
        f"""
        import llmcassette
        import pytest
        from app import ask_swallowing

        @pytest.fixture(scope="{scope}")
        def index():
            with llmcassette.use_cassette("cassettes/it.yaml"):
                yield

        def test_nothing(): ...

        def test_with_fixture(index):
            ask_swallowing("two")
        """
    )

    result = project.run()

    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["FAILED test_it.py::test_with_fixture*"])


def test_one_opened_in_a_teardown_is_served_and_counted(project):
    project.cassette("it.yaml", "one")
    project.test(
        """
        import llmcassette
        import pytest
        from app import ask

        @pytest.fixture
        def late():
            yield
            with llmcassette.use_cassette("cassettes/it.yaml"):
                assert ask("one") == "re: one"

        def test_it(late): ...
        """
    )

    result = project.run()

    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["replayed 1 interaction from 1 cassette: *"])


def test_tests_that_differ_only_in_case_are_told_apart_before_one_opens_a_cassette(project):
    project.cassette("test_it/test_a.yaml", "one")
    project.test(
        """
        from app import ask

        def test_a(request):
            assert request.getfixturevalue("llm_cassette").path.name == "test_a.yaml"
            assert ask("one") == "re: one"

        def test_A(): ...
        """
    )

    project.run().assert_outcomes(passed=2)


def test_a_wrong_marker_in_one_file_does_not_hide_the_tests_of_others(project):
    project.cassette("b.yaml", "one", "two")
    project.write(
        test_a="""
            import pytest

            @pytest.mark.llm_cassette("a.yaml", "b.yaml")
            def test_wrong(): ...
            """,
        test_b="""
            import pytest
            from app import ask

            @pytest.mark.llm_cassette("b.yaml")
            def test_one(): assert ask("one") == "re: one"

            @pytest.mark.llm_cassette("b.yaml")
            def test_two(): ...
            """,
    )

    result = project.run("--llm-mode=rewrite", "test_a.py", "test_b.py::test_one")

    result.assert_outcomes(errors=2)
    result.stdout.fnmatch_lines(
        ["*rewriting it needs every test that names it; not selected are:", "*test_b.py::test_two"]
    )


def test_a_report_is_written_where_nothing_uses_a_cassette(project):
    project.test("def test_nothing(): ...\n")

    project.run("--llm-report=report.json")

    report = json.loads((project.path / "report.json").read_text())
    assert report["tests"] == {"test_it.py::test_nothing": "passed"}


def test_threads_that_open_the_first_cassettes_at_once_are_all_counted(project):
    for name in ("one", "two", "three", "four"):
        project.cassette(f"{name}.yaml", name)
    project.test(
        """
        import threading
        from concurrent.futures import ThreadPoolExecutor
        import llmcassette
        from app import ask

        together = threading.Barrier(4)

        def answer(name):
            together.wait()
            with llmcassette.use_cassette(f"cassettes/{name}.yaml"):
                return ask(name)

        def test_it():
            names = ["one", "two", "three", "four"]
            with ThreadPoolExecutor(4) as pool:
                assert list(pool.map(answer, names)) == [f"re: {name}" for name in names]
        """
    )

    result = project.run()

    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["replayed 4 interactions from 4 cassettes: *"])
