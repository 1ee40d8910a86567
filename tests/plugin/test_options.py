"""The command line."""

from __future__ import annotations

import re

import pytest

GROUP = """\
llmcassette: record and replay LLM traffic (more: llmcassette settings, llmcassette --help):
  --llm-record          record cassettes that do not exist yet; the same as
                        --llm-mode=once
  --llm-mode=MODE       record mode for every cassette: none, once,
                        new_episodes, all, rewrite, live (default: none)
  --llm-record-failed   also save the recordings of tests that did not pass
  --llm-ci              replay only; unused, stale or leaking cassettes fail the
                        run
  --llm-verify          also send each request to its provider, and report
                        answers whose shape differs from the recorded one; tests
                        get the recorded answer
  --llm-verify-update   with --llm-verify: replace the recorded answers whose
                        shape differs
  --llm-drift           list all requests that no longer match their cassettes,
                        with the differences; tests go on with the nearest
                        recorded answer
  --llm-report=FILE     write a report of the run and its cassettes to FILE, as
                        JSON
  --llm-html=FILE       write a page of the run and its conversations to FILE,
                        for a browser
"""


def test_help_shows_one_group(project, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")

    text = project.run("--help").stdout.str()

    groups = re.findall(
        r"^llmcassette.*?(?=^\S|\Z)", text.replace("\n\n", "\n"), re.MULTILINE | re.DOTALL
    )
    # Before pytest 8.4 a line may also end at a hyphen.
    assert ["".join(group.split()) for group in groups] == ["".join(GROUP.split())]


def test_markers_shows_the_marker(project):
    result = project.run("--markers")

    result.stdout.fnmatch_lines(
        [
            "@pytest.mark.llm_cassette(path=None, **settings): replay the test's LLM requests from "
            "a cassette. The path is relative to cassettes/ beside the test file; without one, the "
            "file is named after the test. Settings: llmcassette settings."
        ]
    )


def test_fixtures_shows_the_fixtures_people_use(project):
    text = project.run("--fixtures").stdout.str()

    assert re.findall(r"^_?llm_\w+", text, re.MULTILINE) == [
        "llm_cassette_config",
        "llm_cassette",
        "llm_cassette_server",
        "llm_cassettes",
    ]


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        (
            ["--llm-mode=replay"],
            "'replay' is no record mode (--llm-mode). "
            "The modes are none, once, new_episodes, all, rewrite, live.",
        ),
        (
            ["--llm-record", "--llm-mode=all"],
            "--llm-record means --llm-mode=once: it excludes --llm-mode=all",
        ),
        (["--llm-ci", "--llm-record"], "--llm-ci only replays: it excludes --llm-record"),
        (
            ["--llm-ci", "--llm-mode=live"],
            "--llm-ci only replays: it excludes --llm-mode=live",
        ),
    ],
)
def test_options_that_cannot_be_obeyed_stop_the_run_with_one_line(project, options, problem):
    project.test("def test_x(): pass")

    result = project.run(*options)

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert result.stderr.lines == [f"ERROR: {problem}", ""]
    assert "Traceback" not in result.stdout.str()


def test_an_environment_that_names_no_mode_stops_the_run(project, monkeypatch):
    monkeypatch.setenv("LLMCASSETTE_MODE", "record")
    project.test("def test_x(): pass")

    result = project.run()

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert result.stderr.lines == [
        "ERROR: 'record' is no record mode (LLMCASSETTE_MODE). "
        "The modes are none, once, new_episodes, all, rewrite, live.",
        "",
    ]


def test_no_option_eats_a_path_that_follows(project):
    project.cassette("a.yaml", "one")
    project.test("""
        import pytest
        @pytest.mark.llm_cassette("a.yaml")
        def test_x(llm_cassette): assert llm_cassette.mode == "once"
        """)

    project.run("--llm-record", "test_it.py").assert_outcomes(passed=1)


def test_a_mode_that_is_said_twice_alike_is_fine(project):
    project.test("def test_x(): pass")

    assert project.run("--llm-record", "--llm-mode=once").ret == pytest.ExitCode.OK
    assert project.run("--llm-ci", "--llm-mode=none").ret == pytest.ExitCode.OK
