"""The end of a run names the secrets that nobody can look for in what was recorded."""

from __future__ import annotations

import pytest

from tests.plugin.conftest import section, untimed
from tests.plugin.test_recording import ONE, asked, live, server

__all__ = ["asked", "live", "server"]

HEADING = (
    "not scanned for in recordings: too short, a plain word or a placeholder "
    "(name a variable in secret_env to scan for it):\n"
)
WRITTEN = "recorded 1 interaction into 1 cassette:\n  cassettes/new.yaml\n"


@pytest.mark.parametrize("way", [["-pno:xdist"], ["-n", "2"]], ids=["alone", "two workers"])
def test_names_variables_and_headers_and_never_a_value(live, monkeypatch, way):
    monkeypatch.setenv("LOCAL_API_KEY", "ollama")
    monkeypatch.setenv("SHORT_TOKEN", "k9x")
    live.test(
        """
        import httpx, pytest

        @pytest.mark.llm_cassette("new.yaml")
        def test_x():
            httpx.post(URL, json={"question": "one"}, headers={"Authorization": "Bearer test"})
        """.replace("URL", repr(live.url))
    )

    result = live.run("--llm-record", *way)

    assert section(result, "llmcassette") == (
        f"{WRITTEN}{HEADING}  LOCAL_API_KEY\n  SHORT_TOKEN\n  the request's header authorization"
    )
    result.stdout.no_fnmatch_line("*k9x*")


def test_a_variable_that_is_looked_for_all_the_same_is_not_named(live, monkeypatch):
    monkeypatch.setenv("LOCAL_API_KEY", "k9x4y")
    live.test(ONE)
    live.settings('secret_env = ["LOCAL_API_KEY"]')

    assert section(live.run("--llm-record"), "llmcassette") == WRITTEN.rstrip("\n")


def test_a_run_that_records_nothing_names_none(live, monkeypatch):
    monkeypatch.setenv("LOCAL_API_KEY", "ollama")
    live.test(ONE)
    live.run("--llm-record").assert_outcomes(passed=1)

    assert untimed(live.run()) == ["replayed 1 interaction from 1 cassette"]
