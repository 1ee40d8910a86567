"""A fault that never fired fails whoever asked for it; and what the pytest plugin adds."""

from __future__ import annotations

import httpx
import pytest

import llmcassette
from llmcassette import CassetteError, CassetteTransport, faults, use_cassette
from tests.control.wires import STREAMS, cassette, interaction

URL = STREAMS["openai_chat"][0]
ANYTHING = {"match_on": ["method", "url"]}
NEVER = faults.status(500, interaction=5)
COMPLAINT = (
    "answer.yaml: this fault was never triggered:\n"
    "  faults.status(500, interaction=5): no request matched"
)


@pytest.fixture
def tape(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    cassette(tmp_path / "answer.yaml", interaction("openai_chat"))
    return "answer.yaml"


def test_use_cassette_says_so_on_the_way_out(tape):
    with pytest.raises(CassetteError) as caught, use_cassette(tape, faults=[NEVER]):
        pass
    assert str(caught.value) == COMPLAINT


def test_but_not_on_top_of_another_error(tape):
    with pytest.raises(KeyError), use_cassette(tape, faults=[NEVER]):
        raise KeyError


def test_a_transport_says_so_when_it_closes_and_once(tape):
    client = httpx.Client(transport=CassetteTransport(tape, faults=[NEVER]))
    with pytest.raises(CassetteError) as caught:
        client.close()
    assert str(caught.value) == COMPLAINT
    client.close()
    client._transport.close()


def test_but_not_on_top_of_another_error_either(tape):
    with (
        pytest.raises(KeyError),
        httpx.Client(transport=CassetteTransport(tape, faults=[NEVER])),
    ):
        raise KeyError


async def test_an_async_client_says_so_too(tape):
    client = httpx.AsyncClient(transport=CassetteTransport(tape, faults=[NEVER]))
    with pytest.raises(CassetteError):
        await client.aclose()


def test_a_fault_through_a_transport(tape):
    transport = CassetteTransport(tape, faults=[faults.connect_error()], **ANYTHING)
    with httpx.Client(transport=transport) as client:
        with pytest.raises(httpx.ConnectError) as caught:
            client.post(URL)
        assert client.post(URL).status_code == 200
    assert str(caught.value) == "faults.connect_error()"
    assert caught.value.request.url == URL


PROJECT = """
    import httpx
    import pytest
    from llmcassette import faults

    def ask():
        with httpx.Client(verify=False) as client:
            return client.post("https://api.openai.com/v1/chat/completions")
"""


@pytest.fixture
def project(pytester):
    folder = pytester.mkdir("cassettes")
    cassette(folder / "answer.yaml", interaction("openai_chat"))
    pytester.makepyprojecttoml(
        """
        [tool.llmcassette]
        match_on = ["method", "url"]
        """
    )
    return pytester


def run(project, code, *arguments):
    import textwrap

    project.makepyfile(test_it=textwrap.dedent(PROJECT) + textwrap.dedent(code))
    return project.runpytest("-p", "no:cacheprovider", "-p", "no:asyncio", "-q", *arguments)


def test_a_test_whose_fault_never_fired_fails(project):
    result = run(
        project,
        """
        @pytest.mark.llm_cassette("answer.yaml", faults=[faults.cut(after_events=30)])
        def test_it():
            assert ask().status_code == 200
        """,
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "cassettes?answer.yaml: this fault was never triggered:",
            "  faults.cut(after_events=30): the answer of interaction 0 has 10 events",
        ]
    )


def test_a_test_that_fails_anyway_is_not_told(project):
    result = run(
        project,
        """
        @pytest.mark.llm_cassette("answer.yaml", faults=[faults.cut(after_events=30)])
        def test_it():
            assert ask().status_code == 500
        """,
    )
    result.assert_outcomes(failed=1)
    result.stdout.no_fnmatch_line("*never fired*")


def test_faults_of_marker_fixture_and_project_add_up(project):
    project.makepyprojecttoml(
        """
        [tool.llmcassette]
        match_on = ["method", "url"]
        faults = ["status(500)"]
        """
    )
    result = run(
        project,
        """
        @pytest.fixture
        def llm_cassette_config():
            return {"faults": ["status(501)"]}

        @pytest.mark.llm_cassette("answer.yaml", faults=[faults.status(502)])
        def test_it():
            assert [ask().status_code for _ in range(4)] == [500, 501, 502, 200]
        """,
    )
    result.assert_outcomes(passed=1)


def test_a_session_cassette_says_so_when_it_closes(project):
    result = run(
        project,
        """
        @pytest.fixture(scope="session")
        def answered(llm_cassettes):
            with llm_cassettes("answer.yaml", faults=["status(500, interaction=5)"]):
                yield ask()

        def test_it(answered):
            assert answered.status_code == 200
        """,
    )
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["*never triggered:"])


EVERY = """
    @pytest.mark.llm_cassette("answer.yaml", chunking="every")
    def test_it(llm_cassette):
        chunking = llm_cassette._cassette.settings.chunking
        print("seen", chunking)
        assert ask().content.endswith(b"[DONE]\\n\\n")
"""


def test_every_chunking_is_a_test_of_its_own(project):
    result = run(project, EVERY, "-vv", "-s")
    result.assert_outcomes(passed=len(llmcassette.CHUNKINGS))
    out = result.stdout.str()
    for chunking in llmcassette.CHUNKINGS:
        assert f"test_it.py::test_it[chunking={chunking}]" in out
        assert f"seen {chunking}\n" in out


def test_all_of_them_replay_the_one_cassette_that_is_named_after_the_test(project):
    folder = project.path / "cassettes" / "test_it"
    folder.mkdir()
    for name in ("test_it", "test_it[a]"):
        cassette(folder / f"{name}.yaml", interaction("openai_chat"))
    result = run(
        project,
        """
        @pytest.mark.llm_cassette(chunking="every")
        def test_it():
            assert ask().status_code == 200
        """,
    )
    result.assert_outcomes(passed=len(llmcassette.CHUNKINGS))
    result = run(
        project,
        """
        @pytest.mark.parametrize("letter", ["a"])
        @pytest.mark.llm_cassette(chunking="every")
        def test_it(letter):
            assert ask().status_code == 200
        """,
    )
    result.assert_outcomes(passed=len(llmcassette.CHUNKINGS))


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("t[chunking=whole]", "t"),
        ("t[a-chunking=whole]", "t[a]"),
        ("t[chunking=whole-a]", "t[a]"),
        ("t[a-chunking=whole-b]", "t[a-b]"),
    ],
)
def test_wherever_the_chunking_stands_in_the_name(name, plain):
    from types import SimpleNamespace

    from conftest_plugin.paths import _without_chunking as without_chunking

    item = SimpleNamespace(callspec=SimpleNamespace(params={"_llm_chunking": "whole"}))
    assert without_chunking(item, name) == plain


def test_recording_needs_one_of_them(project):
    result = run(project, EVERY, "--llm-mode=live", "--collect-only")
    assert "test_it.py::test_it\n" in result.stdout.str()


def test_a_test_case_cannot_be_run_under_every_chunking(project):
    result = run(
        project,
        """
        import unittest

        @pytest.mark.llm_cassette("answer.yaml", chunking="every")
        class TestIt(unittest.TestCase):
            def test_it(self): ...
        """,
    )
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*chunking (the marker llm_cassette): 'every' makes*TestCase;*"])


def test_an_interaction_that_is_only_refused_is_no_unplayed_one(project):
    result = run(
        project,
        """
        @pytest.mark.llm_cassette("answer.yaml", faults=[faults.status(401)])
        def test_it():
            assert ask().status_code == 401
        """,
    )
    result.assert_outcomes(passed=1)
    result.stdout.no_fnmatch_line("*never played*")
