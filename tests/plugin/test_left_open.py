"""What was recorded into a cassette that is left open is saved, like that of any other."""

from __future__ import annotations

import pytest

from tests.plugin.conftest import section
from tests.plugin.test_recording import asked, live, questions, server

__all__ = ["asked", "live", "server"]

START = """
    import httpx, llmcassette, pytest
    from live import ask
    kept = []

    def opened(path="cassettes/new.yaml"):
        kept.append(llmcassette.use_cassette(path))
        return kept[-1].__enter__()
    """
LEFT_OPEN = """
    def test_x():
        opened()
        ask("one")
    """
QUIET = ("-Wignore::ResourceWarning",)
AFTERWARDS = """
    def test_y():
        ask("two")
    """
WRITTEN = "recorded 1 interaction into 1 cassette:\n  cassettes/new.yaml\n"
UNSAVED = "not saved, because the test did not pass (--llm-record-failed saves it):"


def summary(result):
    return section(result, "llmcassette").partition("warnings:")[0]


def test_a_test_that_passed_is_saved_and_nothing_of_later_ones_is_in_it(live, asked):
    live.test(START, LEFT_OPEN, AFTERWARDS)

    result = live.run("--llm-record", *QUIET)

    result.assert_outcomes(passed=2)
    assert summary(result).rstrip() + "\n" == WRITTEN
    assert questions(live.path / "cassettes" / "new.yaml") == ["one"]
    assert asked == ["one", "two"]


ENDS = {"failed": "assert False", "skipped": "pytest.skip()", "xfailed": "pytest.xfail()"}


@pytest.fixture(params=ENDS)
def unfinished(request, live):
    """A test that does not come to its end; how it is counted."""
    live.test(START, LEFT_OPEN + f"    {ENDS[request.param]}\n", AFTERWARDS)
    return request.param


def test_a_test_that_did_not_pass_is_not_saved(live, unfinished):
    result = live.run("--llm-record", *QUIET)

    result.assert_outcomes(passed=1, **{unfinished: 1})
    assert section(result, "llmcassette") == f"{UNSAVED}\n  test_it.py::test_x"
    assert not (live.path / "cassettes").exists()


def test_a_test_that_did_not_pass_is_saved_where_that_is_asked_for(live, unfinished):
    result = live.run("--llm-record", "--llm-record-failed")

    result.assert_outcomes(passed=1, **{unfinished: 1})
    assert section(result, "llmcassette") + "\n" == WRITTEN
    assert questions(live.path / "cassettes" / "new.yaml") == ["one"]


def test_a_test_whose_fixture_failed_is_not_saved(live):
    live.test(
        START,
        """
        @pytest.fixture
        def failing():
            opened()
            ask("one")
            raise OSError

        def test_x(failing):
            pass
        """,
    )

    result = live.run("--llm-record", *QUIET)

    result.assert_outcomes(errors=1)
    assert section(result, "llmcassette") == f"{UNSAVED}\n  test_it.py::test_x"


ENDING_IT = """
    def test_y():
        kept[0].__exit__(None, None, None)
        ask("two")
    """


def test_who_ends_the_block_later_saves_nothing_more(live):
    live.test(START, LEFT_OPEN, ENDING_IT)

    result = live.run("--llm-mode=new_episodes", *QUIET)

    result.assert_outcomes(passed=2)
    assert summary(result).rstrip() + "\n" == WRITTEN
    assert questions(live.path / "cassettes" / "new.yaml") == ["one"]


def test_what_cannot_be_saved_is_an_error_of_the_teardown(live, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(live.path))
    (live.path / "cassettes").write_text("a file, where a folder is needed")
    live.test(START, LEFT_OPEN)

    result = live.run("--llm-mode=rewrite")

    result.assert_outcomes(passed=1, errors=1)
    assert (
        section(result, "ERRORS")
        .splitlines()[1]
        .startswith("llmcassette: cassettes/new.yaml: cannot be saved: cassettes is not a folder")
    )


def test_what_a_fixture_of_a_wider_scope_left_open_is_saved(live):
    live.test(
        START,
        """
        @pytest.fixture(scope="module", autouse=True)
        def index():
            opened()
        """,
        AFTERWARDS,
    )

    result = live.run("--llm-record", *QUIET)

    result.assert_outcomes(passed=1)
    assert summary(result).rstrip() + "\n" == WRITTEN
    assert questions(live.path / "cassettes" / "new.yaml") == ["two"]


IN_TEARDOWN = """
    @pytest.fixture
    def index():
        yield
        opened()
        ask("one")

    def test_x(index):
        assert RIGHT
    """


@pytest.mark.parametrize("right", [True, False])
def test_so_it_is_where_the_first_of_a_run_is_opened_in_a_teardown(live, monkeypatch, right):
    monkeypatch.setenv("LLMCASSETTE_MODE", "once")
    live.test(START, IN_TEARDOWN.replace("RIGHT", str(right)))

    result = live.run(*QUIET)

    assert summary(result).rstrip() + "\n" == (
        WRITTEN if right else f"{UNSAVED}\n  test_it.py::test_x\n"
    )


# What stays open until the run ends, and beyond

TRANSPORT = """
    client = None

    def ask_by_transport():
        global client
        if client is None:
            client = httpx.Client(transport=llmcassette.CassetteTransport("cassettes/new.yaml"))
        client.post(URL, json={"question": "one"})
    """
ASKING = """
    def test_x():
        ask_by_transport()

    def test_y():
        ask_by_transport()
    """
AT_IMPORT = """
    opened()

    def test_x():
        ask("one")
        ask("one")
    """


@pytest.mark.parametrize("way", [(), ("-n1",)], ids=["alone", "a worker"])
@pytest.mark.parametrize("who", ["a transport", "at import"])
def test_what_is_open_at_the_end_of_the_run_is_saved(live, who, way):
    tests = [TRANSPORT.replace("URL", repr(live.url)), ASKING]
    live.test(START, *(tests if who == "a transport" else [AT_IMPORT]))

    result = live.run_apart("--llm-record", *way)

    assert result.ret == pytest.ExitCode.OK
    assert section(result, "llmcassette") == (
        "recorded 2 interactions into 1 cassette:\n  cassettes/new.yaml"
    )
    assert questions(live.path / "cassettes" / "new.yaml") == ["one", "one"]


def test_not_where_the_test_that_opened_it_has_failed(live):
    live.test(
        START,
        TRANSPORT.replace("URL", repr(live.url)),
        """
        def test_x():
            ask_by_transport()
            assert False
        """,
    )

    live.run_apart("--llm-record").assert_outcomes(failed=1)

    assert not (live.path / "cassettes").exists()


# The exit of the interpreter

AT_EXIT = """
    import os
    os.kept = kept  # emptied after our modules

    def chat():
        with llmcassette.use_cassette("cassettes/a.yaml", block_network=True):
            yield
            yield

    @llmcassette.use_cassette("cassettes/a.yaml", block_network=True)
    def decorated():
        yield
        yield

    def open_all():
        for make in (chat, decorated):
            kept.append(make())
            next(kept[-1])
        kept.append(llmcassette.use_cassette("cassettes/a.yaml", block_network=True))
        kept[-1].__enter__()

    open_all()

    def test_x(llm_cassettes):
        open_all()
        kept.append(llm_cassettes("a.yaml", block_network=True))
        kept[-1].__enter__()

    @pytest.fixture(scope="module")
    def index(llm_cassettes):
        kept.append(llm_cassettes("a.yaml", block_network=True))
        kept[-1].__enter__()

    def test_y(index):
        pass
    """


@pytest.mark.parametrize("options", [(), ("--llm-ci",)], ids=["", "ci"])
def test_nothing_is_told_by_the_interpreter_when_it_exits(live, options):
    live.cassette("a.yaml", "one")
    live.test(START, AT_EXIT)

    result = live.run_apart(*options)

    assert result.parseoutcomes()["passed"] == 2
    assert result.stderr.str() == ""
