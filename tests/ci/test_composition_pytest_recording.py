"""pytest-recording in the same project: its options, markers and fixtures beside ours."""

from __future__ import annotations

import pytest

from tests.ci.composition import BOTH, OURS
from tests.ci.conftest import START, failures, problems, summary
from tests.plugin.conftest import section
from tests.plugin.test_mockers import VCR
from tests.plugin.test_recording import questions

pytest.importorskip("pytest_recording")

THEIRS = """
    @pytest.mark.vcr
    def test_theirs(vcr):
        assert ask("one") == "mocked"
        assert vcr.all_played
    """
OURS_ASYNC = """
    from app import ask_async

    @pytest.mark.llm_cassette("a.yaml")
    @pytest.mark.asyncio
    async def test_ours_async():
        assert await ask_async("one") == "re: one"
    """
THEIRS_ASYNC = """
    from app import ask_async

    @pytest.mark.vcr
    @pytest.mark.asyncio
    async def test_theirs_async():
        assert await ask_async("one") == "mocked"
    """
PLAYED = "replayed 2 interactions from 1 cassette: saved 3.0 s"


@pytest.fixture
def project(project):
    project.without.discard("recording")
    return project


@pytest.fixture
def mixed(project):
    project.cassette("a.yaml", "one")
    for test in ("theirs", "theirs_async", "both"):
        file = project.path / "cassettes" / "test_it" / f"test_{test}.yaml"
        file.parent.mkdir(exist_ok=True)
        file.write_text(VCR, encoding="utf-8")
    return project


@pytest.mark.parametrize("turn", [1, -1], ids=["ours first", "theirs first"])
@pytest.mark.parametrize(
    "options",
    [[], ["--block-network"], ["--record-mode=none"], ["--record-mode=new_episodes"]],
    ids=lambda options: " ".join(options) or "none",
)
def test_tests_with_either_marker_may_follow_each_other(mixed, turn, options):
    mixed.test(START, *[OURS, THEIRS, OURS_ASYNC, THEIRS_ASYNC][::turn])

    result = mixed.ci(*options)

    result.assert_outcomes(passed=4)
    assert summary(result) == [PLAYED]
    assert result.ret == pytest.ExitCode.OK


def test_in_two_workers_too(mixed):
    mixed.test(START, OURS, THEIRS, OURS_ASYNC, THEIRS_ASYNC)

    result = mixed.run_apart("-n", "2", "--llm-ci", "--block-network")

    result.assert_outcomes(passed=4)
    assert summary(result) == [PLAYED]
    assert result.ret == pytest.ExitCode.OK


def test_each_has_settings_of_its_own(mixed):
    mixed.test(
        START,
        """
        @pytest.fixture(scope="module")
        def vcr_config():
            return {"match_on": ["method"], "allow_playback_repeats": True}

        @pytest.fixture(scope="module")
        def llm_cassette_config():
            return {"ignore": ["$.question"], "allow_repeats": True}

        @pytest.mark.llm_cassette("a.yaml")
        def test_ours():
            assert [ask("two"), ask("three")] == ["re: one"] * 2

        @pytest.mark.vcr
        def test_theirs():
            assert [ask("two"), ask("three")] == ["mocked"] * 2
        """,
    )

    result = mixed.ci()

    result.assert_outcomes(passed=2)
    assert problems(result) == []


LIVE = """
    @pytest.mark.llm_cassette
    def test_ours():
        assert ask("ours") == "live: ours"

    @pytest.mark.vcr
    def test_theirs():
        assert ask("theirs") == "live: theirs"
    """


def test_each_records_and_replays_its_own(live, server):
    live.test(START, LIVE)

    recorded = live.run("--llm-record", "--record-mode=once")
    replayed = live.ci("--record-mode=none", "--block-network")

    recorded.assert_outcomes(passed=2)
    assert summary(recorded) == [
        "recorded 1 interaction into 1 cassette:",
        "  cassettes/test_it/test_ours.yaml",
    ]
    replayed.assert_outcomes(passed=2)
    assert problems(replayed) == []
    assert server.asked == ["ours", "theirs"]
    folder = live.path / "cassettes" / "test_it"
    assert questions(folder / "test_ours.yaml") == ["ours"]
    assert "version: 1" in (folder / "test_theirs.yaml").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("option", "recorded"),
    [("--record-mode=once", "theirs"), ("--llm-record", "ours")],
    ids=lambda value: value,
)
def test_the_option_of_one_says_nothing_to_the_other(live, server, option, recorded):
    live.test(START, LIVE)

    result = live.run(option)

    result.assert_outcomes(passed=1, failed=1)
    assert server.asked == [recorded]


IN_ONE_TEST = {
    "two markers": """
    @pytest.mark.vcr
    @pytest.mark.llm_cassette("a.yaml")
    def test_both():
        ask("one")
    """,
    "a marker of the module": """
    pytestmark = pytest.mark.vcr

    @pytest.mark.llm_cassette("a.yaml")
    def test_both():
        ask("one")
    """,
    "no file for theirs": """
    @pytest.mark.vcr("other.yaml")
    @pytest.mark.default_cassette("none.yaml")
    @pytest.mark.llm_cassette("a.yaml")
    def test_both():
        ask("one")
    """,
    "opened by hand": """
    @pytest.mark.vcr
    def test_both(llm_cassettes):
        with llm_cassettes("a.yaml"):
            ask("one")
    """,
    "swallowed": """
    @pytest.mark.vcr
    @pytest.mark.llm_cassette("a.yaml")
    def test_both():
        ask_swallowing("one")
    """,
}


@pytest.mark.parametrize("how", IN_ONE_TEST)
@pytest.mark.parametrize("options", [["--llm-ci"], []], ids=["CI", "elsewhere"])
def test_both_in_one_test_are_one_error_that_names_both(mixed, how, options):
    mixed.test(START, IN_ONE_TEST[how])

    result = mixed.run(*options)

    result.assert_outcomes(failed=1)
    name, *told, place = failures(result)
    assert (name, told) == ("test_both", BOTH)
    assert place.startswith("test_it.py:")
    assert place.endswith(": ReplayError")
    assert summary(result) == []


def test_both_in_one_test_record_nothing(live, server):
    live.test(START, IN_ONE_TEST["two markers"])

    result = live.run("--llm-record", "--record-mode=once")

    result.assert_outcomes(failed=1)
    assert failures(result)[1:3] == BOTH
    assert server.asked == []
    assert not (live.path / "cassettes").exists()


def test_a_switched_off_pytest_recording_is_no_second_one(mixed):
    mixed.test(START, IN_ONE_TEST["two markers"])

    mixed.ci("--disable-recording").assert_outcomes(passed=1)


def test_a_cassette_of_pytest_recording_under_our_name_says_how_to_convert_it(mixed):
    mixed.test(
        START,
        """
        @pytest.mark.llm_cassette
        def test_theirs():
            ask("one")
        """,
    )

    result = mixed.ci()

    result.assert_outcomes(errors=1)
    assert section(result, "ERRORS").splitlines()[1:] == [
        "llmcassette: cassettes/test_it/test_theirs.yaml:14: version: this is a vcrpy cassette "
        "(version 1); convert it with `llmcassette convert --force "
        "cassettes/test_it/test_theirs.yaml cassettes/test_it/test_theirs.yaml`"
    ]


def test_its_cassettes_are_no_orphans(mixed):
    mixed.test(START, OURS)

    result = mixed.ci()

    result.assert_outcomes(passed=1)
    assert problems(result) == []


PHONE = """
    import contextlib, socket

    def phone():
        with contextlib.suppress(BaseException), socket.socket() as there:
            there.connect(("192.0.2.1", 443))
    """


def test_the_network_stays_closed_after_a_test_that_pytest_recording_closed_it_for(mixed):
    mixed.test(
        START,
        PHONE,
        """
        @pytest.mark.block_network
        @pytest.mark.llm_cassette("a.yaml")
        def test_first():
            ask("one")

        def test_second():
            phone()

        @pytest.mark.llm_cassette("a.yaml")
        def test_third():
            ask("one")
            phone()
        """,
    )

    result = mixed.ci()

    result.assert_outcomes(passed=1, failed=2)
    beginnings = ("test_", "socket tried", "  test", "  cassette")
    told = [line for line in failures(result) if line.startswith(beginnings)]
    assert told == [
        "test_second",
        "socket tried to connect to 192.0.2.1:443, but the network is blocked.",
        "  test      test_it.py::test_second",
        "test_it.py:8: BlockedHostError",
        "test_third",
        "socket tried to connect to 192.0.2.1:443, but the network is blocked.",
        "  test      test_it.py::test_third",
        "  cassette  cassettes/a.yaml",
        "test_it.py:8: BlockedHostError",
    ]
