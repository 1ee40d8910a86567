"""What was recorded into a cassette that is left open: saved when the test is over, or told."""

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
AFTERWARDS = """
    def test_y():
        ask("two")
    """
WRITTEN = "recorded 1 interaction, written to 1 cassette:\n  cassettes/new.yaml\n"
UNSAVED = "not saved, since the test did not pass (--llm-record-failed saves it):"


def summary(result):
    return section(result, "llmcassette").partition("warnings:")[0]


def test_a_test_that_passed_is_saved_and_nothing_of_later_ones_is_in_it(live, asked):
    live.test(START, LEFT_OPEN, AFTERWARDS)

    result = live.run("--llm-record")

    result.assert_outcomes(passed=2)
    assert summary(result) == WRITTEN
    assert questions(live.path / "cassettes" / "new.yaml") == ["one"]
    assert asked == ["one", "two"]


ENDS = {"failed": "assert False", "skipped": "pytest.skip()", "xfailed": "pytest.xfail()"}


@pytest.fixture(params=ENDS)
def unfinished(request, live):
    """A test that does not come to its end; how it is counted."""
    live.test(START, LEFT_OPEN + f"    {ENDS[request.param]}\n", AFTERWARDS)
    return request.param


def test_a_test_that_did_not_pass_is_not_saved(live, unfinished):
    result = live.run("--llm-record")

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

    result = live.run("--llm-record")

    result.assert_outcomes(errors=1)
    assert section(result, "llmcassette") == f"{UNSAVED}\n  test_it.py::test_x"


ENDING_IT = """
    def test_y():
        kept[0].__exit__(None, None, None)
        ask("two")
    """


def test_who_ends_the_block_later_saves_nothing_more(live):
    live.test(START, LEFT_OPEN, ENDING_IT)

    result = live.run("--llm-mode=new_episodes")

    result.assert_outcomes(passed=2)
    assert summary(result) == WRITTEN
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


def test_of_several_that_cannot_be_saved_the_end_of_the_run_tells_the_others(live, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(live.path))
    (live.path / "cassettes").write_text("a file, where a folder is needed")
    live.test(START, LEFT_OPEN + '    opened("cassettes/other.yaml")\n        ask("two")\n')

    result = live.run("--llm-mode=rewrite")

    result.assert_outcomes(passed=1, errors=1)
    assert "llmcassette: cassettes/other.yaml: cannot be saved" in section(result, "ERRORS")
    told = section(result, "llmcassette").splitlines()
    assert told[0] == "test_it.py::test_x was over when this happened:"
    assert told[1].startswith("  cassettes/new.yaml: cannot be saved")


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

    result = live.run("--llm-record")

    result.assert_outcomes(passed=1)
    assert summary(result) == WRITTEN
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

    result = live.run()

    assert summary(result).rstrip() + "\n" == (
        WRITTEN if right else f"{UNSAVED}\n  test_it.py::test_x\n"
    )


# What nobody may close

TRANSPORT = """
    client = None

    def ask_by_transport():
        global client
        if client is None:
            client = httpx.Client(transport=llmcassette.CassetteTransport("cassettes/new.yaml"))
        client.post(URL, json={"question": "one"})
    """


def of_transport(live, *tests):
    live.test(START, TRANSPORT.replace("URL", repr(live.url)), *tests)


ASKING = """
    def test_x():
        ask_by_transport()

    def test_y():
        ask_by_transport()
    """


def test_a_transport_that_nothing_has_closed_at_the_end_of_the_run_is_told(live):
    of_transport(live, ASKING)

    result = live.run("--llm-record")

    result.assert_outcomes(passed=2)
    assert result.ret == pytest.ExitCode.OK
    assert section(result, "llmcassette") == (
        "warnings:\n"
        "  test_it.py::test_x: cassettes/new.yaml: 2 interactions were recorded and not saved: "
        "nothing has closed it so far. Fix: close the client that has the CassetteTransport"
    )


def test_one_that_has_recorded_nothing_is_not_told(live):
    of_transport(live, "def test_x(): llmcassette.CassetteTransport('cassettes/new.yaml')\n")

    result = live.run("--llm-record")

    result.assert_outcomes(passed=1)
    result.stdout.no_fnmatch_line("*= llmcassette =*")


def test_one_that_a_fixture_of_a_wider_scope_made_is_told_without_a_test(live):
    of_transport(
        live,
        """
        @pytest.fixture(scope="module", autouse=True)
        def index():
            ask_by_transport()

        def test_x():
            pass
        """,
    )

    result = live.run("--llm-record")

    assert section(result, "llmcassette").startswith(
        "warnings:\n  cassettes/new.yaml: 1 interaction was recorded and not saved"
    )


AT_IMPORT = """
    opened()

    def test_x():
        ask("one")
    """


def test_a_cassette_that_is_open_since_import_is_told(live):
    live.test(START, AT_IMPORT)

    result = live.run_apart("--llm-record")

    result.assert_outcomes(passed=1)
    assert section(result, "llmcassette") == (
        "warnings:\n"
        "  cassettes/new.yaml: 1 interaction was recorded and not saved: nothing has closed it so "
        "far. Fix: open it in a `with` block"
    )


def test_workers_tell_it_too(live):
    of_transport(live, ASKING)

    result = live.run_apart("--llm-record", "-n1")

    assert "2 interactions were recorded and not saved" in section(result, "llmcassette")


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
