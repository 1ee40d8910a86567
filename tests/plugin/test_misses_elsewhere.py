"""A miss outside of the call phase, or in a cassette that is not the test's own."""

from __future__ import annotations

import pytest

from tests.plugin.conftest import section
from tests.plugin.test_verdict import located, shortened


def test_a_miss_raised_through_a_fixture_is_an_error_of_the_set_up(project):
    project.cassette("a.yaml", "one")
    project.write(
        conftest="""
            import pytest
            from app import ask

            @pytest.fixture
            def answer():
                return ask("two")
            """,
        test_it="""
            import pytest

            @pytest.mark.llm_cassette("a.yaml")
            def test_x(answer):
                pass
            """,
    )

    result = project.run()

    result.assert_outcomes(errors=1)
    assert shortened(section(result, "ERRORS")) == (
        "___________________________ ERROR at setup of test_x ___________________________\n"
        "question changed: no recorded interaction answers this request [...]\n"
        "conftest.py:6: UnmatchedRequestError"
    )


@pytest.mark.parametrize("call", ["ask", "ask_swallowing"])
def test_a_miss_in_a_fixtures_teardown_is_an_error_of_the_teardown(project, call):
    project.cassette("a.yaml", "one")
    project.test(f"""
        import pytest
        from app import {call} as call

        @pytest.fixture
        def answer():
            yield
            call("two")

        @pytest.mark.llm_cassette("a.yaml")
        def test_x(answer):
            pass
        """)

    result = project.run()

    result.assert_outcomes(passed=1, errors=1)
    assert shortened(section(result, "ERRORS")) == (
        "_________________________ ERROR at teardown of test_x __________________________\n"
        "question changed: no recorded interaction answers this request [...]\n"
        "test_it.py:7: UnmatchedRequestError"
    )


def test_a_skip_in_the_set_up_does_not_hide_a_miss(project):
    project.cassette("a.yaml", "one")
    project.test("""
        import pytest
        from app import ask_swallowing

        @pytest.fixture
        def answer():
            ask_swallowing("two")
            pytest.skip("not today")

        @pytest.mark.llm_cassette("a.yaml")
        def test_x(answer):
            pass
        """)

    project.run().assert_outcomes(errors=1)


def test_a_session_fixtures_miss_is_told_for_every_test_that_asks_for_it(project):
    project.cassette("a.yaml", "one")
    project.test("""
        import pytest
        from app import ask

        @pytest.fixture(scope="session")
        def index(llm_cassettes):
            with llm_cassettes("a.yaml"):
                return ask("two")

        def test_x(index): pass
        def test_y(index): pass
        """)

    result = project.run()

    result.assert_outcomes(errors=2)
    assert shortened(section(result, "ERRORS")) == (
        "___________________________ ERROR at setup of test_x ___________________________\n"
        "question changed: no recorded interaction answers this request [...]\n"
        "test_it.py:7: UnmatchedRequestError\n"
        "___________________________ ERROR at setup of test_y ___________________________\n"
        "question changed: no recorded interaction answers this request [...]\n"
        "test_it.py:7: UnmatchedRequestError"
    )


def test_a_miss_in_a_cassette_of_wider_scope_fails_the_test_that_asked(project):
    project.cassette("a.yaml", "one", "two", "three")
    project.test("""
        import pytest
        from app import ask_swallowing

        @pytest.fixture(scope="module", autouse=True)
        def index(llm_cassettes):
            with llm_cassettes("a.yaml") as recorder:
                yield recorder

        def test_x(): ask_swallowing("one")
        def test_y(): ask_swallowing("four")
        def test_z(): ask_swallowing("two")
        """)

    result = project.run()

    result.assert_outcomes(passed=2, failed=1)
    assert located(section(result, "FAILURES").splitlines()).startswith("test_it.py:10:")


def test_a_request_after_the_end_of_its_test_fails_the_run(project):
    project.cassette("a.yaml", "one")
    project.test("""
        import contextvars, threading
        import pytest
        from app import ask_swallowing

        ended = threading.Event()

        def later():
            ended.wait(60)
            ask_swallowing("one")

        @pytest.mark.llm_cassette("a.yaml")
        def test_x():
            global thread
            thread = threading.Thread(target=contextvars.copy_context().run, args=[later])
            thread.start()

        def test_y():
            ended.set()
            thread.join()
        """)

    result = project.run()

    result.assert_outcomes(passed=2, errors=1)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert section(result, "ERRORS") == (
        "_________________________ ERROR at teardown of test_x __________________________\n"
        "replay: a request came after its cassette cassettes/a.yaml had closed.\n"
        "It was made by a task or thread that outlived the test (or the `with` block) that "
        "opened the cassette: wait for it, or cancel it, before that ends.\n"
        "  test  test_it.py::test_x"
    )
