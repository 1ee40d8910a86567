"""vcrpy in the same project: in other tests it is left alone, in one test with a cassette named."""

from __future__ import annotations

import textwrap

import pytest

from tests.ci.composition import BOTH, OURS
from tests.ci.conftest import START, failures, summary
from tests.plugin.test_mockers import VCR
from tests.plugin.test_recording import questions

HEAD = START + "    import vcr, llmcassette\n    from app import ask_async\n"
THEIRS = """
    def test_theirs():
        with vcr.use_cassette("vcr.yaml", record_mode="none") as cassette:
            assert ask("one") == "mocked"
        assert cassette.all_played
    """
ALSO_OURS = """
    def test_also_ours():
        with llmcassette.use_cassette("cassettes/a.yaml"):
            assert ask("one") == "re: one"
    """
DECORATED = """
    @vcr.use_cassette("vcr.yaml", record_mode="none")
    def test_decorated():
        assert ask("one") == "mocked"
    """
IN_ONE_TEST = {
    "inside": """
    @pytest.mark.llm_cassette("a.yaml")
    def test_x():
        with vcr.use_cassette("vcr.yaml", record_mode="none"):
            ask("one")
    """,
    "around": """
    def test_x(llm_cassettes):
        with vcr.use_cassette("vcr.yaml", record_mode="none"), llm_cassettes("a.yaml"):
            ask("one")
    """,
    "a decorator": """
    @vcr.use_cassette("vcr.yaml", record_mode="none")
    @llmcassette.use_cassette("cassettes/a.yaml")
    def test_x():
        ask("one")
    """,
    "asynchronous": """
    @pytest.mark.llm_cassette("a.yaml")
    @pytest.mark.asyncio
    async def test_x():
        with vcr.use_cassette("vcr.yaml", record_mode="none"):
            await ask_async("one")
    """,
    "swallowed": """
    @pytest.mark.llm_cassette("a.yaml")
    def test_x():
        with vcr.use_cassette("vcr.yaml", record_mode="none"):
            ask_swallowing("one")
    """,
}


@pytest.fixture
def mixed(project):
    project.cassette("a.yaml", "one")
    (project.path / "vcr.yaml").write_text(VCR, encoding="utf-8")
    return project


@pytest.mark.parametrize("turn", [1, -1], ids=["ours first", "theirs first"])
def test_tests_with_either_may_follow_each_other(mixed, turn):
    mixed.test(HEAD, *[OURS, THEIRS, ALSO_OURS, DECORATED][::turn])

    result = mixed.ci("-W", "error")

    result.assert_outcomes(passed=4)
    assert summary(result) == ["replayed 2 interactions from 1 cassette: saved 3.0 s"]
    assert result.ret == pytest.ExitCode.OK


@pytest.mark.parametrize("how", IN_ONE_TEST)
@pytest.mark.parametrize("options", [["--llm-ci"], []], ids=["CI", "elsewhere"])
def test_in_one_test_they_are_one_error_that_names_both(mixed, how, options):
    mixed.test(HEAD, IN_ONE_TEST[how])

    result = mixed.run(*options)

    result.assert_outcomes(failed=1)
    name, *told, place = failures(result)
    assert (name, told) == ("test_x", BOTH)
    assert place.startswith("test_it.py:")
    assert place.endswith(": ReplayError")


@pytest.mark.parametrize("mode", ["--llm-record", "--llm-mode=rewrite"])
def test_in_one_test_neither_records(live, server, mode):
    live.test(
        HEAD,
        """
        @pytest.mark.llm_cassette("a.yaml")
        def test_x():
            with vcr.use_cassette("vcr.yaml", record_mode="all"):
                ask("one")
        """,
    )

    result = live.run(mode)

    result.assert_outcomes(failed=1)
    assert failures(result)[1:3] == BOTH
    assert server.asked == []
    assert not (live.path / "vcr.yaml").exists()
    assert not (live.path / "cassettes").exists()


def test_each_records_for_its_own_tests(live, server):
    live.test(
        HEAD,
        """
        @pytest.mark.llm_cassette("a.yaml")
        def test_ours():
            assert ask("ours") == "live: ours"

        def test_theirs():
            with vcr.use_cassette("vcr.yaml", record_mode="once"):
                assert ask("theirs") == "live: theirs"
        """,
    )

    live.run("--llm-record").assert_outcomes(passed=2)
    result = live.ci()

    result.assert_outcomes(passed=2)
    assert server.asked == ["ours", "theirs"]
    assert questions(live.path / "cassettes" / "a.yaml") == ["ours"]
    assert '"question":"theirs"' in (live.path / "vcr.yaml").read_text(encoding="utf-8")


OF_SESSION = """
    import respx
    from app import URL

    @pytest.fixture(scope="session")
    def index(llm_cassettes):
        with llm_cassettes("a.yaml"):
            yield

    def test_ours(index):
        assert ask("one") == "re: one"
    """
OTHERS = {
    "vcrpy": """
    def test_theirs(USES):
        with vcr.use_cassette("vcr.yaml", record_mode="none"):
            assert ask("one") == "mocked"
    """,
    "respx": """
    def test_theirs(USES):
        with respx.mock:
            respx.post(URL).respond(json={"answer": "mocked"})
            assert ask("one") == "mocked"
    """,
}


@pytest.mark.parametrize("tool", OTHERS)
def test_a_cassette_that_a_session_holds_open_leaves_tests_with_another_tool_alone(mixed, tool):
    mixed.test(HEAD, OF_SESSION, OTHERS[tool].replace("USES", ""))

    result = mixed.ci()

    result.assert_outcomes(passed=2)
    assert summary(result) == ["replayed 1 interaction from 1 cassette: saved 1.5 s"]
    assert result.ret == pytest.ExitCode.OK


@pytest.mark.parametrize("tool", OTHERS)
def test_but_not_a_test_that_uses_the_fixture(mixed, tool):
    mixed.test(HEAD, OF_SESSION, OTHERS[tool].replace("USES", "index"))

    result = mixed.ci()

    result.assert_outcomes(passed=1, failed=1)
    name, *told, _ = failures(result)
    assert (name, told) == ("test_theirs", [BOTH[0].replace("vcrpy", tool), BOTH[1]])


@pytest.mark.parametrize("tool", OTHERS)
def test_nor_one_that_uses_it_through_its_class(mixed, tool):
    method = textwrap.dedent(OTHERS[tool].replace("USES", "self"))
    mixed.test(
        HEAD,
        "import unittest",
        OF_SESSION,
        '@pytest.mark.usefixtures("index")\nclass TestX(unittest.TestCase):\n'
        + textwrap.indent(method, "    "),
    )

    result = mixed.ci()

    result.assert_outcomes(passed=1, failed=1)
    assert failures(result)[1:3] == [BOTH[0].replace("vcrpy", tool), BOTH[1]]
