"""The fixture ``llm_cassette_server``: a test's cassette over HTTP, for a subprocess."""

from __future__ import annotations

import sys

import pytest

import llmcassette
from tests.plugin.conftest import cassette_text, section, untimed
from tests.plugin.test_recording import asked, server

__all__ = ["asked", "server"]

AGENT = """
import json, os, subprocess, sys

SCRIPT = '''
import json, os, sys, urllib.request
request = urllib.request.Request(
    os.environ["LLMCASSETTE_BASE_URL"] + sys.argv[1],
    json.dumps({"question": sys.argv[2]}).encode(),
    {"Content-Type": "application/json"})
print(json.load(urllib.request.urlopen(request))["answer"])
'''


def ask(env, question, path="/v1/ask"):
    done = subprocess.run([sys.executable, "-c", SCRIPT, path, question], env=env,
                          capture_output=True, text=True, timeout=60)
    return done.stdout.strip()
"""


@pytest.fixture
def project(project):
    (project.path / "agent.py").write_text(AGENT, encoding="utf-8")
    return project


def test_a_subprocess_is_answered_from_the_cassette(project):
    project.cassette("test_it/test_agent.yaml", "one", "two")
    project.test(
        """
        import os
        from agent import ask

        def test_agent(llm_cassette_server):
            assert ask(llm_cassette_server.env, "one") == "re: one"
            assert ask(llm_cassette_server.env, "two", "/api.example.com/v1/ask") == "re: two"
            assert len(llm_cassette_server.recorder.played) == 2
            assert llm_cassette_server.env["PATH"] == os.environ["PATH"]
            base = llm_cassette_server.base_url
            assert llm_cassette_server.env["OPENAI_BASE_URL"] == f"{base}/v1"
        """
    )
    project.run("--llm-ci").assert_outcomes(passed=1)


def test_a_miss_fails_the_test_whatever_the_subprocess_makes_of_it(project):
    project.cassette("test_it/test_agent.yaml", "one")
    project.test(
        """
        from agent import ask

        def test_agent(llm_cassette_server):
            ask(llm_cassette_server.env, "another")
        """
    )
    result = project.run()
    result.assert_outcomes(failed=1)
    text = section(result, "FAILURES")
    assert "question changed: no recorded interaction answers this request\n" in text
    assert '    recorded  "one"\n    sent      "another"\n' in text
    assert "pytest --llm-mode=rewrite test_it.py::test_agent" in text


def test_a_path_of_no_provider_names_the_setting_that_leads_to_one(project):
    project.test(
        """
        from agent import ask

        def test_agent(llm_cassette_server):
            ask(llm_cassette_server.env, "one")
        """
    )
    result = project.run("--llm-record")
    result.assert_outcomes(failed=1)
    assert (
        "\nno provider is known for the path /v1/ask.\n"
        "Nothing is recorded yet. Name the provider in pyproject.toml:\n"
        '  [tool.llmcassette]\n  upstream = ["https://api.example.com"]\n'
        "or in front of the path, in the client's base URL: /openai/...\n"
    ) in section(result, "FAILURES")


def test_a_report_does_not_show_the_environment_which_has_keys(project, monkeypatch):
    monkeypatch.setenv("MY_API_KEY", "k" * 3)
    project.cassette("test_it/test_agent.yaml", "one")
    project.test(
        """
        def test_agent(llm_cassette_server):
            assert repr(llm_cassette_server) == f"<CassetteServer {llm_cassette_server.base_url}>"
            assert llm_cassette_server.env["MY_API_KEY"] == "kkk"
            assert False
        """
    )
    result = project.run()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["llm_cassette_server = <CassetteServer http://127.0.0.1:*/run/1>"])


def test_a_client_in_the_test_itself_reaches_the_server(project):
    project.cassette("test_it/test_clients.yaml", "one", "two", "three")
    project.test(
        """
        import asyncio, json, urllib.request
        import aiohttp, httpx

        def test_clients(llm_cassette_server):
            url = llm_cassette_server.base_url + "/v1/ask"
            assert httpx.post(url, json={"question": "one"}).json() == {"answer": "re: one"}

            async def other():
                async with aiohttp.ClientSession() as session:
                    async with session.post(url, json={"question": "two"}) as answer:
                        assert await answer.json() == {"answer": "re: two"}

            asyncio.run(other())
            request = urllib.request.Request(url, json.dumps({"question": "three"}).encode())
            request.add_header("Content-Type", "application/json")
            with urllib.request.urlopen(request) as answer:
                assert json.load(answer) == {"answer": "re: three"}
        """
    )
    project.run("--llm-ci").assert_outcomes(passed=1)


def test_it_records_from_the_upstream_and_the_file_replays_everywhere(project, server, asked):
    upstream = server.url.removesuffix("/ask")
    project.test(
        f"""
        import httpx, pytest
        from agent import ask

        @pytest.fixture
        def llm_cassette_config():
            return {{"upstream": ["{upstream}"]}}

        @pytest.mark.llm_cassette("made.yaml")
        def test_agent(llm_cassette_server):
            assert ask(llm_cassette_server.env, "one", "/ask") == "live: one"

        def test_client(llm_cassettes):
            with llm_cassettes("made.yaml", serve_hosts=["127.0.0.1"]):
                answer = httpx.post("{server.url}", json={{"question": "one"}})
            assert answer.json() == {{"answer": "live: one"}}
        """
    )
    result = project.run("--llm-record", "-k", "test_agent")
    result.assert_outcomes(passed=1, deselected=1)
    assert untimed(result) == ["recorded 1 interaction into 1 cassette:", "  cassettes/made.yaml"]
    assert asked == ["one"]
    [interaction] = llmcassette.load(project.path / "cassettes" / "made.yaml").interactions
    assert interaction.request.url == server.url
    project.run("--llm-ci").assert_outcomes(passed=2)
    assert asked == ["one"]


def test_a_failed_test_records_nothing(project, server, asked):
    project.settings(f'upstream = ["{server.url.removesuffix("/ask")}"]')
    project.test(
        """
        from agent import ask

        def test_agent(llm_cassette_server):
            assert ask(llm_cassette_server.env, "one", "/ask") == "something else"
        """
    )
    project.run("--llm-record").assert_outcomes(failed=1)
    assert asked == ["one"]
    assert not (project.path / "cassettes").exists()


def test_in_mode_live_it_passes_requests_on(project, server, asked):
    project.settings(f'upstream = ["{server.url.removesuffix("/ask")}"]')
    project.test(
        """
        from agent import ask

        def test_agent(llm_cassette_server):
            assert ask(llm_cassette_server.env, "one", "/ask") == "live: one"
        """
    )
    project.run("--llm-mode=live").assert_outcomes(passed=1)
    assert asked == ["one"]


def test_a_request_of_a_test_that_is_over_is_refused(project):
    for name in ("first", "second"):
        project.cassette(f"test_it/test_{name}.yaml", "one")
    project.test(
        """
        import urllib.error, urllib.request
        import pytest
        from agent import ask

        seen = []

        def test_first(llm_cassette_server):
            seen.append(llm_cassette_server)
            assert ask(llm_cassette_server.env, "one") == "re: one"

        def test_second(llm_cassette_server):
            with pytest.raises(urllib.error.HTTPError) as caught:
                urllib.request.urlopen(seen[0].base_url + "/v1/ask", b"{}")
            with caught.value as answer:
                assert b"its test is over" in answer.read()
            assert ask(llm_cassette_server.env, "one") == "re: one"
        """
    )
    project.run().assert_outcomes(passed=2)


def test_an_upstream_with_a_path_is_an_error_that_says_so(project):
    project.settings('upstream = ["https://api.example.com/v1"]')
    project.test("def test_agent(llm_cassette_server): ...")
    result = project.run("--llm-record")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*upstream: name only scheme and host, such as https://api*"])


def test_without_the_extra_the_test_says_what_to_install(project, monkeypatch):
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    for name in ("background", "for_tests"):
        monkeypatch.delitem(sys.modules, f"llmcassette.server.{name}", raising=False)
    (project.path / "cassettes" / "test_it").mkdir(parents=True)
    (project.path / "cassettes/test_it/test_agent.yaml").write_text(cassette_text("one"), "utf-8")
    project.test("def test_agent(llm_cassette_server): ...")
    result = project.run()
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*needs uvicorn: pip install 'pytest-llmcassette[[]server]'*"])
