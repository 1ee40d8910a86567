"""Where a setting may be said, and who is heard."""

from __future__ import annotations

import pytest

SAY = """
import pytest
from app import ask
@pytest.mark.llm_cassette("a.yaml"{marker})
def test_x(llm_cassette):
    print("MODE", llm_cassette.mode)
    if llm_cassette.mode == "none":
        ask("one")
@pytest.fixture
def llm_cassette_config():
    return {fixture}
"""


@pytest.fixture
def mode_of(project, monkeypatch):
    """The mode that applies where each of these says one."""

    def mode_of(*options, environment="", marker="", fixture="", pyproject="", ci=""):
        if environment:
            monkeypatch.setenv("LLMCASSETTE_MODE", environment)
        if ci:
            monkeypatch.setenv("CI", ci)
        if pyproject:
            project.settings(pyproject)
        project.cassette("a.yaml", "one")
        project.test(
            SAY.format(
                marker=f", mode={marker!r}" if marker else "",
                fixture={"mode": fixture} if fixture else {},
            )
        )
        result = project.run("-s", *options)
        result.assert_outcomes(passed=1)
        return said(result)

    return mode_of


def said(result):
    return next(line.partition("MODE ")[2] for line in result.outlines if "MODE " in line)


def test_nobody_says_a_mode(mode_of):
    assert mode_of() == "none"


def test_pyproject_beats_the_default(mode_of):
    assert mode_of(pyproject='mode = "all"') == "all"


def test_the_fixture_beats_pyproject(mode_of):
    assert mode_of(fixture="once", pyproject='mode = "all"') == "once"


def test_the_marker_beats_the_fixture(mode_of):
    assert mode_of(marker="new_episodes", fixture="once", pyproject='mode = "all"') == (
        "new_episodes"
    )


def test_the_environment_beats_the_marker(mode_of):
    assert mode_of(environment="live", marker="new_episodes", fixture="once") == "live"


def test_the_command_line_beats_the_environment(mode_of):
    assert mode_of("--llm-mode=all", environment="live", marker="new_episodes") == "all"


def test_llm_record_means_once(mode_of):
    assert mode_of("--llm-record") == "once"


@pytest.mark.parametrize("ci", ["true", "1", "yes"])
def test_ci_means_none_whatever_environment_and_marker_say(mode_of, ci):
    assert mode_of(ci=ci, environment="all", marker="all", pyproject='mode = "all"') == "none"


@pytest.mark.parametrize("ci", ["false", "0", "no"])
def test_ci_may_say_no(mode_of, ci):
    assert mode_of(ci=ci, marker="all") == "all"


def test_ci_yields_to_the_command_line(mode_of):
    assert mode_of("--llm-mode=new_episodes", ci="true") == "new_episodes"


def test_ci_can_be_ignored_by_pyproject(mode_of):
    assert mode_of(ci="true", marker="all", pyproject="ci = false") == "all"


def test_llm_ci_beats_everything(mode_of):
    assert mode_of("--llm-ci", environment="all", marker="all", pyproject="ci = false") == "none"


def test_llm_ci_holds_for_a_mode_said_in_the_code(project):
    project.cassette("a.yaml", "one")
    project.test("""
        import llmcassette
        from app import ask
        def test_x():
            with llmcassette.use_cassette("cassettes/a.yaml", mode="all") as recorder:
                assert recorder.mode == "none"
                ask("one")
        """)

    project.run("--llm-ci").assert_outcomes(passed=1)


def test_lists_add_up_and_of_scalars_the_nearest_counts(project):
    project.settings("""
        ignore = ["$.project"]
        allow_repeats = true
        ordered = true
        """)
    project.cassette("a.yaml", "one")
    project.test("""
        import pytest

        pytestmark = pytest.mark.llm_cassette(ignore=["$.module"], ordered=False)

        @pytest.fixture
        def llm_cassette_config():
            return {"ignore": ["$.fixture"], "allow_repeats": False}

        @pytest.mark.llm_cassette(ignore=["$.class"], allow_repeats=True)
        class TestX:
            @pytest.mark.llm_cassette("a.yaml", ignore=["$.test", "$.project"])
            def test_x(self, llm_cassette):
                settings = llm_cassette._cassette.settings
                assert settings.ignore == (
                    "$.project", "$.fixture", "$.module", "$.class", "$.test"
                )
                assert (settings.allow_repeats, settings.ordered) == (True, False)
        """)

    project.run().assert_outcomes(passed=1)


def test_llm_cassettes_obeys_pyproject_and_its_own_keywords(project):
    project.settings('ignore = ["$.project"]')
    project.cassette("a.yaml", "one")
    project.test("""
        def test_x(llm_cassettes):
            with llm_cassettes("a.yaml", ignore=["$.own"]) as recorder:
                assert recorder._cassette.settings.ignore == ("$.project", "$.own")
        """)

    project.run().assert_outcomes(passed=1)
