"""Two workers say what one process says."""

from __future__ import annotations

import pytest

from tests.plugin.conftest import section

pytest.importorskip("xdist")

TESTS = """
import pytest
from app import ask, ask_swallowing

pytestmark = pytest.mark.llm_cassette("a.yaml")

@pytest.mark.parametrize("question", ["one", "two"])
def test_x(question):
    assert ask(question) == f"re: {question}"

def test_missing():
    ask_swallowing("three")
    assert ask("one") == "no"
"""


def test_the_report_and_the_summary_are_the_same_in_workers(project):
    project.cassette("a.yaml", "one", "two")
    project.test(TESTS)

    alone = project.run()
    together = project.run_apart("-n", "2")

    for result in (alone, together):
        result.assert_outcomes(passed=2, failed=1)
    *lines, marker = section(together, "FAILURES").replace("\n[gw", "\n[gw").splitlines()
    told = [line for line in [*lines, marker] if not line.startswith("[gw")]
    assert told == section(alone, "FAILURES").splitlines()
    assert (
        section(together, "llmcassette")
        == section(alone, "llmcassette")
        == "replayed 3 interactions from 1 cassette: saved 4.5 s"
    )


def test_a_late_error_in_a_worker_fails_the_run(project):
    project.cassette("a.yaml", "one")
    project.test("""
        import contextvars, threading
        import pytest
        from app import ask_swallowing

        ended = threading.Event()

        def later():
            ended.wait(60)
            ask_swallowing("one")

        @pytest.mark.xdist_group("one")
        @pytest.mark.llm_cassette("a.yaml")
        def test_x():
            global thread
            thread = threading.Thread(target=contextvars.copy_context().run, args=[later])
            thread.start()

        @pytest.mark.xdist_group("one")
        def test_y():
            ended.set()
            thread.join()
        """)

    result = project.run_apart("-n", "1")

    result.assert_outcomes(passed=2, errors=1)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert section(result, "ERRORS").splitlines()[1] == (
        "replay: a request came after its cassette cassettes/a.yaml had closed."
    )


def test_a_shared_file_is_not_rewritten_by_several_workers(project):
    file = project.cassette("a.yaml", "one")
    before = file.read_bytes()
    project.test(TESTS)

    result = project.run_apart("-n", "2", "--llm-mode=rewrite")

    assert file.read_bytes() == before
    result.stdout.fnmatch_lines(
        [
            "llmcassette: cassettes/a.yaml: several tests share it, and rewriting it needs all in "
            "one process: add -n 0"
        ]
    )
