"""The end of a recording run says what its replay will miss."""

from __future__ import annotations

import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count

import pytest

from tests.plugin.conftest import section

NO_PLUGINS = ("-p", "no:cacheprovider", "-p", "no:randomly", "-p", "no:recording")


@pytest.fixture
def url():
    """A server that answers each upload with another id."""
    ids = count(1)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            self.rfile.read(int(self.headers["content-length"]))
            body = b'{"id":"file-%d"}' % next(ids)
            self.send_response(200)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            """Not on stderr."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


def notes(result, url):
    return section(result, "llmcassette").replace(url, "URL")


def test_answers_that_differ_between_the_workers_that_share_a_fixture(pytester, url):
    pytester.makeconftest(
        f"""
        import httpx, pytest

        @pytest.fixture(scope="session")
        def upload(llm_cassettes):
            with llm_cassettes("upload.yaml"):
                return httpx.post("{url}/files?key=hush", json={{}}).json()["id"]
        """
    )
    pytester.makepyfile(
        f"""
        import httpx, pytest

        @pytest.mark.parametrize("n", range(4))
        @pytest.mark.llm_cassette
        def test_it(upload, n):
            httpx.post("{url}/chat", json={{"file": upload, "n": n}})
        """
    )
    result = pytester.runpytest_subprocess("--llm-record", "-n", "2", *NO_PLUGINS)
    result.assert_outcomes(passed=4)
    assert (
        "equal requests got different answers: the file has the first, and a test that used "
        "another may miss in replay. Record these without pytest-xdist (-n 0):\n"
        "  cassettes/upload.yaml: POST URL/files?key=[REDACTED]\n"
    ) in notes(result, url)
    assert "replaced 1 secret with [REDACTED] in 1 cassette\n" in notes(result, url)


def test_fixtures_that_send_outside_every_cassette_and_requests_without_an_answer(pytester, url):
    pytester.makepyfile(
        f"""
        import httpx, pytest

        @pytest.fixture(scope="session")
        def index():
            return httpx.post("{url}/index", json={{}}).json()["id"]

        @pytest.mark.llm_cassette
        def test_it(index):
            with pytest.raises(httpx.ConnectError):
                httpx.get("http://127.0.0.1:1/telemetry?key=hush")
            httpx.post("{url}/chat", json={{}})
        """
    )
    result = pytester.runpytest_subprocess("--llm-record", *NO_PLUGINS)
    result.assert_outcomes(passed=1)
    text = notes(result, url)
    assert (
        "sent by fixtures while no cassette was open, and not recorded: replay refuses it:\n"
        "  the session-scoped fixture 'index', to URL. Give it a cassette of its own: with the "
        'fixture `llm_cassettes`: with llm_cassettes("index.yaml"): ...\n'
    ) in text
    assert (
        "recorded without an answer: replay raises the same error (to make a host unreachable "
        "instead, name it in ignore_hosts):\n"
    ) in text
    assert re.search(r"test_it\.yaml: GET http://127\.0\.0\.1:1/telemetry\?key=\[REDACTED\]", text)
    assert "hush" not in result.stdout.str()


def test_a_function_that_returns_a_wrong_type_is_the_error_of_one_test(pytester, url):
    pytester.makepyfile(
        f"""
        from dataclasses import replace
        import httpx, llmcassette, pytest

        def careless(message):
            if isinstance(message, llmcassette.Response):
                return replace(message, body=message.body.decode())
            return message

        @pytest.mark.llm_cassette(redact=careless)
        def test_one():
            httpx.post("{url}/one", json={{}})

        @pytest.mark.llm_cassette
        def test_two():
            httpx.post("{url}/two", json={{}})
        """
    )
    result = pytester.runpytest_subprocess("--llm-record", *NO_PLUGINS)
    result.assert_outcomes(passed=1, failed=1)
    wrong = "a Response whose body is a str; it must be bytes"
    result.stdout.fnmatch_lines([f"*the redaction function careless returned {wrong}"])
    assert [file.name for file in pytester.path.rglob("*.yaml")] == [
        next(pytester.path.rglob("*test_two*.yaml")).name
    ]


def test_a_request_that_is_not_recorded_is_named_and_its_replay_refused(pytester, url):
    """The server is taken for one on another machine, under the name of this one."""
    pytester.makeconftest(
        """
        from llmcassette.clients.network import verdict

        verdict.stays_here = lambda host: False
        """
    )
    host, port = url.removeprefix("http://").split(":")
    pytester.makepyfile(
        f"""
        import httpx, pytest, socket

        @pytest.mark.llm_cassette
        def test_served():
            httpx.post("{url}/files", json={{}})

        @pytest.mark.llm_cassette
        def test_not_served():
            with socket.socket() as sock:
                sock.connect(("{host}", {port}))
        """
    )
    recorded = pytester.runpytest_subprocess("--llm-record", *NO_PLUGINS)
    recorded.assert_outcomes(passed=2)
    assert (
        "not recorded, because no client here serves them, and refused in replay (see "
        "docs/reference/clients.md; allowed_hosts in pyproject.toml lets them pass):\n"
        "  cassettes/test_a_request_that_is_not_recorded_is_named_and_its_replay_refused/"
        f"test_not_served.yaml: socket to {host}:{port}\n"
    ) in section(recorded, "llmcassette")
    assert recorded.stdout.str().count("socket to") == 1

    replayed = pytester.runpytest_subprocess(*NO_PLUGINS)
    replayed.assert_outcomes(passed=1, failed=1)
    replayed.stdout.fnmatch_lines(
        [f"*socket tried to connect to {host}:{port}, but the network is blocked."]
    )


def test_tokens_that_are_kept_or_faked_are_no_secrets_in_ci(pytester, url):
    """The server's id is replaced by a token, for want of a server that gives one."""
    token = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJmYWtlIn0." + "ab1" * 14
    pytester.makepyfile(
        f"""
        from dataclasses import replace
        import httpx, llmcassette, pytest

        def fake(message):
            if isinstance(message, llmcassette.Response):
                return replace(message, body=b'{{"id_token":"{token}"}}')
            return message

        @pytest.mark.llm_cassette(redact=fake)
        def test_it():
            httpx.post("{url}/one", json={{}})
        """
    )
    pytester.runpytest_subprocess("--llm-record", *NO_PLUGINS).assert_outcomes(passed=1)
    (file,) = pytester.path.rglob("*.yaml")
    assert token in file.read_text(encoding="utf-8")
    pytester.runpytest_subprocess("--llm-ci", *NO_PLUGINS).assert_outcomes(passed=1)
    source = pytester.path / "test_tokens_that_are_kept_or_faked_are_no_secrets_in_ci.py"
    text = source.read_text(encoding="utf-8")
    source.write_text(text.replace("(redact=fake)", '(keep_fields=["id_token"])'), "utf-8")
    pytester.runpytest_subprocess("--llm-ci", *NO_PLUGINS).assert_outcomes(passed=1)
    source.write_text(text.replace("(redact=fake)", ""), "utf-8")
    pytester.runpytest_subprocess("--llm-ci", *NO_PLUGINS).assert_outcomes(passed=1, errors=1)
