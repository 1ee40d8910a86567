"""``--llm-verify`` with real recordings: the earlier one is the cassette, the later answers live.

Found by looking in the corpus for requests that are recorded more than once, by the canonical form
that matching compares. Where another test or model stands in for a second recording, the name of
the test here says so.
"""

from __future__ import annotations

import json
import threading
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

import llmcassette
from llmcassette.formats.importing import import_text
from llmcassette.model import Cassette, Interaction
from tests.ci.conftest import errors, problems
from tests.corpus import CORPUS, SAMPLES, needs_corpus

OPENTELEMETRY = (
    "vcrpy-v1/opentelemetry-python-contrib/instrumentation-genai/"
    "opentelemetry-instrumentation-openai-v2/tests/cassettes"
)
CANCELLED_TWICE = "go-vcr-v2/go-hyperliquid/testdata/Cancel_DoubleCancel.yaml"
VERCEL = "go-vcr-v2/fantasy/providertests/testdata/TestVercelCommon"

TEST = """
    import httpx, pytest, llmcassette

    @pytest.mark.llm_cassette("a.yaml")
    def test_x(llm_cassette):
        for one in llmcassette.load("cassettes/a.yaml").interactions:
            asked, recorded = one.request, one.response
            kind = {"content-type": "application/json"}
            answer = httpx.post(asked.url, content=asked.body, headers=kind)
            assert answer.content == recorded.body
    """


class Provider(BaseHTTPRequestHandler):
    """Answers as was recorded, one after the other."""

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        answer = self.server.answers.pop(0)
        self.send_response(answer.code)
        self.send_header("Content-Type", answer.headers.get("content-type", "text/plain"))
        self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        self.wfile.write(answer.body)

    def log_message(self, *arguments):
        """Say nothing."""


@pytest.fixture
def provider():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Provider)
    thread = threading.Thread(target=server.serve_forever, args=[0.01])
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def verify(project, provider):
    """Runs a test on the earlier recordings while the later ones answer live."""

    def run(earlier, later):
        url = f"http://127.0.0.1:{provider.server_port}/"
        asked = [
            Interaction(at, replace(one.request, url=url, host=""), one.response)
            for at, one in enumerate(earlier)
        ]
        folder = project.path / "cassettes"
        folder.mkdir()
        llmcassette.dump(Cassette(interactions=tuple(asked)), folder / "a.yaml")
        provider.answers = [one.response for one in later]
        project.test(TEST)
        result = project.run("--llm-verify", "--llm-report=report.json")
        result.assert_outcomes(passed=1, errors=len(errors(result)))
        assert provider.answers == []
        return result

    return run


def sample(name):
    return llmcassette.load(SAMPLES / f"{name}.yaml").interactions


def corpus(name):
    path = CORPUS / name
    return import_text(path.read_text(encoding="utf-8"), path=path).cassette.interactions


def test_one_test_recorded_twice(verify):
    result = verify(sample("multi_tool_streaming_escaped"), sample("multi_tool_streaming"))

    assert result.ret == pytest.ExitCode.OK
    assert problems(result) == ["compared 2 answers with live ones: 0 differences in shape"]


@needs_corpus
def test_one_chat_recorded_again_two_days_later(verify):
    earlier = corpus(f"{OPENTELEMETRY}/test_chat_completion_no_content.yaml")
    later = corpus(f"{OPENTELEMETRY}/test_async_chat_completion_with_content.yaml")
    assert [one.request.body for one in earlier] == [one.request.body for one in later]

    result = verify(earlier, later)

    assert result.ret == pytest.ExitCode.OK
    assert problems(result) == ["compared 1 answer with live ones: 0 differences in shape"]


@needs_corpus
def test_one_request_of_one_test_recorded_again_a_quarter_of_an_hour_later(verify, project):
    """An exchange's, in which the same test has met another state of things."""
    _, earlier, later = corpus(CANCELLED_TWICE)
    assert earlier.request.body == later.request.body
    assert earlier.response.headers["date"] == "Wed, 22 Oct 2025 17:59:52 GMT"
    assert later.response.headers["date"] == "Wed, 22 Oct 2025 18:15:30 GMT"

    result = verify([earlier], [later])

    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert problems(result) == [
        "compared 1 answer with live ones: 2 differences in shape",
        "cassettes/a.yaml:",
        "  info: interaction 0: response<cancel>.data.statuses[].error: nothing -> string",
    ]
    assert errors(result) == [
        "cassettes/a.yaml: interaction 0: response<cancel>.data.statuses[]: string -> object. "
        "Fix: pytest --llm-verify --llm-verify-update"
    ]
    report = json.loads((project.path / "report.json").read_text(encoding="utf-8"))
    assert report["drift"] == [
        {
            "file": "cassettes/a.yaml",
            "interaction": 0,
            "tier": "error",
            "place": "response<cancel>.data.statuses[]",
            "recorded": "string",
            "live": "object",
        },
        {
            "file": "cassettes/a.yaml",
            "interaction": 0,
            "tier": "info",
            "place": "response<cancel>.data.statuses[].error",
            "recorded": "",
            "live": "string",
        },
    ]


def test_a_stream_of_the_same_model_five_months_later_by_another_test(verify):
    result = verify(sample("multi_tool_streaming")[1:], sample("tool_streaming")[1:])

    assert result.ret == pytest.ExitCode.OK
    assert problems(result) == [
        "compared 1 answer with live ones: 3 differences in shape",
        "cassettes/a.yaml:",
        "  info: interaction 0: usage.completion_tokens_details.audio_tokens: nothing -> number",
        "  info: interaction 0: usage.prompt_tokens_details.cache_write_tokens: nothing -> number",
        "  info: interaction 0: usage.prompt_tokens_details.video_tokens: nothing -> number",
    ]


@needs_corpus
def test_one_conversation_with_the_model_behind_a_gateway_exchanged(verify):
    earlier = corpus(f"{VERCEL}/claude-sonnet-4/multi_tool.yaml")[:1]
    later = corpus(f"{VERCEL}/gemini-3-pro-preview/multi_tool.yaml")[:1]

    result = verify(earlier, later)

    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert problems(result) == [
        "compared 1 answer with live ones: 2 differences in shape",
        "cassettes/a.yaml:",
        "  info: interaction 0: choices[].message.provider_metadata.google: nothing -> object",
    ]
    assert errors(result) == [
        "cassettes/a.yaml: interaction 0: choices[].message.provider_metadata.anthropic: "
        "object -> nothing. Fix: pytest --llm-verify --llm-verify-update"
    ]
