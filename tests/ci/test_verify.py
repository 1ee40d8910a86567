"""``--llm-verify``: tests get the recorded answers, and the live ones are compared with them."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

import llmcassette
from tests.ci.conftest import errors, problems, summary

RECORDED = {"id": "a", "answer": "re: one", "choices": [{"finish_reason": "stop", "tokens": 3}]}


class Provider(BaseHTTPRequestHandler):
    """Gives the answer that the test has put there."""

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.server.asked += 1
        body = json.dumps(self.server.answer).encode()
        self.send_response(self.server.status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        """Say nothing."""


@pytest.fixture
def provider():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Provider)
    server.asked, server.status, server.answer = 0, 200, RECORDED
    server.url = f"http://127.0.0.1:{server.server_port}/ask"
    thread = threading.Thread(target=server.serve_forever, args=[0.01])
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def recorded(project, provider):
    """A test and its cassette, as the provider answers it now."""
    project.test(
        f"""
        import httpx, pytest

        @pytest.mark.llm_cassette("a.yaml")
        def test_sync():
            answer = httpx.post({provider.url!r}, json={{"question": "one"}}).json()
            assert answer == {RECORDED!r}

        @pytest.mark.llm_cassette("a.yaml")
        @pytest.mark.asyncio
        async def test_async():
            async with httpx.AsyncClient() as client:
                answer = await client.post({provider.url!r}, json={{"question": "one"}})
            assert answer.json() == {RECORDED!r}
        """
    )
    project.run("--llm-record", "-k", "test_sync").assert_outcomes(passed=1, deselected=1)
    provider.asked = 0
    return project


def test_the_same_shape_in_other_words_is_no_drift(recorded, provider):
    provider.answer = {**RECORDED, "id": "b", "answer": "another one"}

    result = recorded.run("--llm-verify")

    result.assert_outcomes(passed=2)
    assert result.ret == pytest.ExitCode.OK
    assert provider.asked == 2
    assert summary(result)[1:] == ["compared 2 answers with live ones: 0 differences in shape"]


def test_drift_is_reported_by_cassette_and_the_tests_see_the_recording(recorded, provider):
    provider.answer = {
        "id": 7,
        "answer": "re: one",
        "choices": [{"finish_reason": "stop"}],
        "new": 1,
    }
    before = (recorded.path / "cassettes" / "a.yaml").read_bytes()

    result = recorded.run("--llm-verify", "-k", "test_sync")

    result.assert_outcomes(passed=1, deselected=1, errors=2)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert problems(result) == [
        "compared 1 answer with live ones: 3 differences in shape",
        "cassettes/a.yaml:",
        "  info: interaction 0: new: nothing -> number",
    ]
    fix = "Fix: pytest --llm-verify --llm-verify-update"
    assert errors(result) == [
        f"cassettes/a.yaml: interaction 0: choices[].tokens: number -> nothing. {fix}",
        f"cassettes/a.yaml: interaction 0: id: string -> number. {fix}",
    ]
    assert (recorded.path / "cassettes" / "a.yaml").read_bytes() == before


def test_a_new_key_is_for_information(recorded, provider):
    provider.answer = {**RECORDED, "new": 1}

    result = recorded.run("--llm-verify", "-k", "test_async")

    assert result.ret == pytest.ExitCode.OK
    assert problems(result)[-1] == "  info: interaction 0: new: nothing -> number"


def test_another_status_is_an_error_and_nothing_else_is_told(recorded, provider):
    provider.status, provider.answer = 404, {"error": {"message": "no such model"}}

    result = recorded.run("--llm-verify", "-k", "test_sync")

    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert errors(result) == [
        "cassettes/a.yaml: interaction 0: status: 200 -> 404. "
        "Fix: pytest --llm-verify --llm-verify-update"
    ]


def test_a_provider_that_cannot_be_reached_is_an_error_told_once_for_both_tests(recorded, provider):
    provider.socket.close()

    result = recorded.run("--llm-verify")

    result.assert_outcomes(passed=2, errors=1)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert problems(result) == [
        "compared 2 answers with live ones: 1 difference in shape",
    ]
    assert errors(result) == [
        "cassettes/a.yaml: interaction 0: answer: 200 -> no answer: ConnectError. "
        "Fix: pytest --llm-verify --llm-verify-update"
    ]


def test_update_records_anew_what_has_drifted(recorded, provider):
    provider.answer = {**RECORDED, "new": 1}

    result = recorded.run("--llm-verify", "--llm-verify-update", "-k", "test_sync")

    result.assert_outcomes(passed=1, deselected=1)
    assert "recorded 1 interaction into 1 cassette:" in summary(result)
    assert '"new": 1' in (recorded.path / "cassettes" / "a.yaml").read_text(encoding="utf-8")
    again = recorded.run("--llm-verify", "-k", "test_sync")
    assert "compared 1 answer with live ones: 0 differences in shape" in problems(again)


def bodies(project):
    cassette = llmcassette.load(project.path / "cassettes" / "a.yaml")
    return [json.loads(interaction.response.body) for interaction in cassette.interactions]


def test_update_replaces_it_once_where_several_tests_play_it(recorded, provider):
    provider.answer = {**RECORDED, "new": 1}

    recorded.run("--llm-verify", "--llm-verify-update").assert_outcomes(passed=2)

    assert bodies(recorded) == [provider.answer]


def test_update_replaces_it_once_where_the_test_is_run_again(recorded, provider):
    pytest.importorskip("pytest_rerunfailures")
    recorded.without.remove("rerunfailures")
    provider.answer = {**RECORDED, "new": 1}
    recorded.test(
        f"""
        import httpx, pytest

        attempts = []

        @pytest.mark.llm_cassette("a.yaml")
        def test_sync():
            httpx.post({provider.url!r}, json={{"question": "one"}})
            attempts.append("an attempt")
            assert len(attempts) > 1
        """
    )

    result = recorded.run("--llm-verify", "--llm-verify-update", "--reruns=1")

    assert result.parseoutcomes() == {"passed": 1, "rerun": 1}
    assert bodies(recorded) == [provider.answer]


def test_update_of_one_of_several_equal_requests_leaves_the_others(project, provider):
    asking = f"httpx.post({provider.url!r}, json={{'question': 'one'}})"
    project.test(
        f"""
        import httpx, pytest

        @pytest.mark.llm_cassette("a.yaml")
        def test_sync():
            {asking}
            {asking}
        """
    )
    project.run("--llm-record").assert_outcomes(passed=1)
    file = project.path / "cassettes" / "a.yaml"
    before, found, behind = file.read_text(encoding="utf-8").rpartition('"answer"')
    file.write_text(f'{before}"reply"{behind}', encoding="utf-8")
    assert found
    assert bodies(project) != [RECORDED, RECORDED]

    project.run("--llm-verify", "--llm-verify-update").assert_outcomes(passed=1, errors=1)

    assert bodies(project) == [RECORDED, RECORDED]


def test_update_leaves_alone_what_somebody_has_changed_meanwhile(recorded, provider):
    provider.answer = {**RECORDED, "new": 1}
    recorded.test(
        f"""
        import httpx, pathlib, pytest

        @pytest.mark.llm_cassette("a.yaml")
        def test_sync():
            httpx.post({provider.url!r}, json={{"question": "one"}})
            file = pathlib.Path("cassettes/a.yaml")
            file.write_text(file.read_text().replace('"question":"one"', '"question":"two"'))
        """
    )

    recorded.run("--llm-verify", "--llm-verify-update").assert_outcomes(passed=1)

    assert bodies(recorded) == [RECORDED]


def test_update_writes_no_secret_that_only_the_test_had_in_its_environment(recorded, provider):
    provider.answer = {**RECORDED, "new": "a-Key-that-9-tests-know"}
    recorded.test(
        f"""
        import httpx, pytest

        @pytest.mark.llm_cassette("a.yaml")
        def test_sync(monkeypatch):
            monkeypatch.setenv("SOME_API_KEY", "a-Key-that-9-tests-know")
            httpx.post({provider.url!r}, json={{"question": "one"}})
        """
    )

    recorded.run("--llm-verify", "--llm-verify-update").assert_outcomes(passed=1)

    assert bodies(recorded) == [{**RECORDED, "new": "[REDACTED]"}]


def test_works_where_the_environment_says_ci(recorded, provider, monkeypatch):
    monkeypatch.setenv("CI", "true")

    recorded.run("--llm-verify").assert_outcomes(passed=2)

    assert provider.asked == 2


def test_drift_is_in_the_report(recorded, provider):
    provider.answer = {**RECORDED, "new": 1}

    report = recorded.report("--llm-verify", "-k", "test_sync")

    assert report["verified"] == 1
    assert report["drift"] == [
        {
            "file": "cassettes/a.yaml",
            "interaction": 0,
            "tier": "info",
            "place": "new",
            "recorded": "",
            "live": "number",
        }
    ]


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        (["--llm-verify-update"], "ERROR: --llm-verify-update needs --llm-verify"),
        (
            ["--llm-verify", "--llm-ci"],
            "ERROR: --llm-verify replays, and sends requests to their providers: it excludes "
            "--llm-ci, --llm-record and --llm-mode",
        ),
    ],
)
def test_options_that_exclude_each_other(project, options, problem):
    project.test("def test_x(): pass")

    result = project.run(*options)

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert problem in result.stderr.str()


def test_no_placeholder_keys_are_sent_to_providers(project, monkeypatch):
    monkeypatch.delenv("GROQ_API_KEY", raising=False)
    project.test("import os\ndef test_x(): assert 'GROQ_API_KEY' not in os.environ\n")

    project.run("--llm-verify").assert_outcomes(passed=1)
