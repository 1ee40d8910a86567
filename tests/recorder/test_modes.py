"""Which record mode applies, and who decides."""

from __future__ import annotations

import pytest

from llmcassette import SettingsError
from llmcassette.recorder.modes import MODES, is_ci, parse_mode, resolve_mode
from llmcassette.recorder.run import Run

SAYS_ONCE = {"LLMCASSETTE_MODE": "once"}


@pytest.mark.parametrize("mode", MODES)
def test_every_mode_is_taken(mode):
    assert parse_mode(mode, "--llm-mode") == mode


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (
            "new_episode",
            "'new_episode' is no record mode (--llm-mode). Did you mean 'new_episodes'? The modes "
            "are none, once, new_episodes, all, rewrite, live.",
        ),
        (
            "x",
            "'x' is no record mode (--llm-mode). The modes are none, once, new_episodes, all, "
            "rewrite, live.",
        ),
        (
            True,
            "True is no record mode (--llm-mode). The modes are none, once, new_episodes, all, "
            "rewrite, live.",
        ),
    ],
)
def test_what_is_no_mode_is_refused(value, message):
    with pytest.raises(SettingsError) as caught:
        parse_mode(value, "--llm-mode")
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        # command line, --llm-ci, CI, LLMCASSETTE_MODE, configured
        ((None, False, False, {}, None), "none"),
        ((None, False, False, {}, "all"), "all"),
        ((None, False, False, SAYS_ONCE, "all"), "once"),
        ((None, False, False, {"LLMCASSETTE_MODE": ""}, "all"), "all"),
        ((None, False, False, None, "all"), "all"),
        ((None, False, True, SAYS_ONCE, "all"), "none"),
        (("rewrite", False, False, SAYS_ONCE, "all"), "rewrite"),
        (("rewrite", False, True, SAYS_ONCE, "all"), "rewrite"),
        (("live", False, True, {}, None), "live"),
        (("rewrite", True, True, SAYS_ONCE, "all"), "none"),
        ((None, True, False, SAYS_ONCE, "all"), "none"),
    ],
)
def test_the_command_line_beats_ci_beats_the_environment_beats_settings(said, expected):
    command_line, replay_only, ci, environ, configured = said
    assert expected == resolve_mode(
        command_line=command_line,
        replay_only=replay_only,
        ci=ci,
        environ=environ,
        configured=configured,
    )


def test_a_wrong_mode_in_the_environment_is_refused():
    with pytest.raises(SettingsError, match=r"'onec' is no record mode \(LLMCASSETTE_MODE\)"):
        resolve_mode(environ={"LLMCASSETTE_MODE": "onec"})


@pytest.mark.parametrize("value", ["true", "1", "True", "yes", "woodpecker"])
def test_ci_is_anything_but_a_no(value):
    assert is_ci({"CI": value})


@pytest.mark.parametrize("value", ["", " ", "0", "false", "FALSE", "no"])
def test_a_no_is_no_ci(value):
    assert not is_ci({"CI": value})
    assert not is_ci({})


def test_a_run_obeys_the_environment(monkeypatch):
    monkeypatch.setenv("LLMCASSETTE_MODE", "all")
    assert Run().mode(None, obey_ci=True) == "all"
    monkeypatch.setenv("CI", "true")
    assert Run().mode("once", obey_ci=True) == "none"


def test_a_run_may_be_told_not_to_obey_ci(monkeypatch):
    monkeypatch.setenv("CI", "true")
    assert Run().mode("once", obey_ci=False) == "once"


def test_a_run_obeys_its_command_line_and_replay_only_first(monkeypatch):
    monkeypatch.setenv("CI", "true")
    assert Run(command_line="rewrite").mode("once", obey_ci=True) == "rewrite"
    assert Run(command_line="rewrite", replay_only=True).mode("once", obey_ci=True) == "none"
