"""When a recording is written, and what a test fails by whose recording cannot be."""

from __future__ import annotations

import pytest

import llmcassette
from tests.plugin.conftest import section
from tests.plugin.test_recording import ONE, asked, live, questions, server

__all__ = ["asked", "live", "server"]

SECRET = "Gd7Kp2Xw9Rm4Vt1z"
TELLING = """
import os, httpx, pytest
from live import ask

def tell():
    httpx.post(URL, content=b"\\x89PNG" + os.environb[b"PLANTED_TOKEN"] + b"\\0")
"""
TOLD = """
@pytest.mark.llm_cassette("new.yaml")
def test_x():
    ask("one")
    tell()
"""
IN_TEARDOWN = """
@pytest.fixture
def session():
    yield
    LAST

@pytest.mark.llm_cassette("new.yaml")
def test_x(session):
    ask("one")
"""
REFUSED = (
    "cassettes/new.yaml: not saved, for what was recorded may not be written as it is:\n"
    "  interaction 1, request.body, line 1 (byte 4): the value of PLANTED_TOKEN; it cannot be "
    "replaced without breaking the body\n"
    "Keep it out of the conversation, or remove it with a redaction function.\n"
    "The recording was saved as cassettes/new.unsaved-1.yaml instead."
)


@pytest.fixture
def telling(live, monkeypatch):
    """Tests that may send what must not be written."""
    monkeypatch.setenv("PLANTED_TOKEN", SECRET)

    def write(test):
        live.test(TELLING.replace("URL", repr(live.url)), test)
        return live

    return write


def test_a_recording_that_may_not_be_written_fails_its_test(telling):
    project = telling(TOLD)

    result = project.run("--llm-record")

    result.assert_outcomes(failed=1)
    assert section(result, "FAILURES") == (
        "____________________________________ test_x ____________________________________\n"
        f"{REFUSED}\n"
        "\n"
        "test_it.py:7: ReplayError"
    )
    folder = project.path / "cassettes"
    assert [file.name for file in folder.iterdir()] == ["new.unsaved-1.yaml"]
    assert questions(folder / "new.unsaved-1.yaml") == ["one"]


def test_a_cassette_that_cannot_be_written_fails_its_test(live, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(live.path))
    live.test(ONE)
    (live.path / "cassettes").write_text("a file, where a folder is needed")

    result = live.run("--llm-mode=rewrite")

    result.assert_outcomes(failed=1)
    assert section(result, "FAILURES").startswith(
        "____________________________________ test_x ____________________________________\n"
        "cassettes/new.yaml: cannot be saved: "
        "cassettes is not a folder: move it, or choose another path"
    )
    result.stdout.no_fnmatch_line("*Error:*")


def test_it_is_tried_once_also_where_failing_tests_are_saved(telling):
    project = telling(TOLD)

    project.run("--llm-record", "--llm-record-failed").assert_outcomes(failed=1)

    assert [file.name for file in (project.path / "cassettes").iterdir()] == ["new.unsaved-1.yaml"]


def test_it_is_not_told_as_a_failed_test_that_is_not_saved(telling):
    result = telling(TOLD).run("--llm-record")

    result.stdout.no_fnmatch_line("*--llm-record-failed saves it*")


def test_what_a_fixture_sends_in_its_teardown_is_saved_too(live, asked):
    live.test("import pytest\nfrom live import ask\n", IN_TEARDOWN.replace("LAST", 'ask("two")'))
    file = live.path / "cassettes" / "new.yaml"

    result = live.run("--llm-record")

    result.assert_outcomes(passed=1)
    assert questions(file) == asked == ["one", "two"]
    assert section(result, "llmcassette") == (
        "recorded 2 interactions into 1 cassette:\n  cassettes/new.yaml"
    )
    live.run().assert_outcomes(passed=1)


@pytest.mark.parametrize("mode", ["new_episodes", "all", "rewrite"])
def test_what_comes_in_the_teardown_is_added_in_every_mode(live, asked, mode):
    live.test("import pytest\nfrom live import ask\n", IN_TEARDOWN.replace("LAST", 'ask("one")'))
    file = live.path / "cassettes" / "new.yaml"

    live.run(f"--llm-mode={mode}").assert_outcomes(passed=1)

    assert questions(file) == ["one", "one"]
    live.run().assert_outcomes(passed=1)


def test_what_may_not_be_written_of_a_teardown_is_an_error_of_the_teardown(telling):
    project = telling(IN_TEARDOWN.replace("LAST", "tell()"))

    result = project.run("--llm-record")

    result.assert_outcomes(passed=1, errors=1)
    assert section(result, "ERRORS") == (
        "_________________________ ERROR at teardown of test_x __________________________\n"
        f"llmcassette: {REFUSED}"
    )
    assert questions(project.path / "cassettes" / "new.yaml") == ["one"]


def test_an_answer_still_on_its_way_is_saved_whole_and_in_its_place(live, asked):
    live.test(
        """
        import httpx, pytest
        from live import ask

        @pytest.fixture
        def opened():
            left = []
            yield left
            left[0].read()

        @pytest.mark.llm_cassette("new.yaml")
        def test_x(opened):
            client = httpx.Client()
            request = client.build_request("POST", URL, json={"question": "one"})
            opened.append(client.send(request, stream=True))
            ask("two")
        """.replace("URL", repr(live.url))
    )

    live.run("--llm-record").assert_outcomes(passed=1)

    file = live.path / "cassettes" / "new.yaml"
    assert questions(file) == ["one", "two"]
    response = llmcassette.load(file).interactions[0].response
    assert (response.body, response.ended) == (b'{"answer": "live: one"}', "")


def test_a_request_that_got_no_answer_delays_nothing(telling, monkeypatch):
    project = telling(TOLD.replace("    tell()", "    unanswered()\n    tell()"))
    project.write(
        test_it=(project.path / "test_it.py").read_text(encoding="utf-8")
        + """
def unanswered():
    with pytest.raises(httpx.ConnectError):
        httpx.post("http://127.0.0.1:9", json={})
"""
    )

    project.run("--llm-record").assert_outcomes(failed=1)


def test_a_test_that_xfail_fails_for_passing_is_not_saved(live):
    live.test(ONE.replace("@pytest", "@pytest.mark.xfail(strict=True)\n@pytest"))

    live.run("--llm-record").assert_outcomes(failed=1)

    assert not (live.path / "cassettes").exists()


GROUP = """
import pytest
from live import ask
pytestmark = pytest.mark.llm_cassette("new.yaml")

@pytest.fixture
def session():
    yield
    LAST

def test_x():
    ask("one")

def test_y(session):
    ask("two")
"""


def test_a_shared_file_that_cannot_be_rewritten_fails_the_last_test(live, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(live.path))
    live.test(GROUP.replace("LAST", "pass"))
    (live.path / "cassettes").write_text("a file, where a folder is needed")

    result = live.run("--llm-mode=rewrite")

    result.assert_outcomes(passed=1, failed=1)
    assert section(result, "FAILURES") == (
        "____________________________________ test_y ____________________________________\n"
        "cassettes/new.yaml: cannot be saved: "
        "cassettes is not a folder: move it, or choose another path\n"
        "The recording was saved as new.unsaved-1.yaml instead.\n"
        "\n"
        "test_it.py:13: ReplayError"
    )
    result.stdout.no_fnmatch_line("*=== llmcassette ===*")
    assert questions(live.path / "new.unsaved-1.yaml") == ["one", "two"]


def test_what_comes_in_the_teardown_is_in_a_shared_file_too(live, asked):
    live.test(GROUP.replace("LAST", 'ask("three")'))

    result = live.run("--llm-mode=rewrite")

    result.assert_outcomes(passed=2)
    file = live.path / "cassettes" / "new.yaml"
    assert questions(file) == asked == ["one", "two", "three"]
    assert section(result, "llmcassette") == (
        "recorded 3 interactions into 1 cassette:\n  cassettes/new.yaml"
    )
