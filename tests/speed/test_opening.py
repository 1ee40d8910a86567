"""What opening a cassette costs, and the plugin where no test opens one."""

from __future__ import annotations

import ast
import json

import httpx
import pytest

import llmcassette
from llmcassette.formats import document
from llmcassette.formats.fast import reader
from llmcassette.recorder import project
from tests.corpus import SAMPLE_FILES
from tests.speed.counting import URL, body, calls_of_ours, cassette, modules_of

OURS = {"conftest_plugin", "llmcassette"}
HEAVY = {
    "yaml",
    "httpx",
    "httpx2",
    "orjson",
    "anyio",
    "rich",
    "click",
    "filelock",
    "tomllib",
    "difflib",
}


@pytest.fixture
def parsers(monkeypatch):
    """The texts that PyYAML has been given."""
    given = []
    real = document.EventParser

    def parser(text):
        given.append(text)
        return real(text)

    monkeypatch.setattr(document, "EventParser", parser)
    return given


@pytest.fixture
def parsed(monkeypatch):
    """The responses that have been read."""
    found = []
    real = reader.response_of

    def response_of(texts, margin):
        found.append(real(texts, margin))
        return found[-1]

    monkeypatch.setattr(reader, "response_of", response_of)
    return found


@pytest.mark.parametrize("path", SAMPLE_FILES, ids=lambda path: path.name)
def test_files_as_writers_lay_them_out_are_opened_and_played_without_a_yaml_event(path, parsers):
    with llmcassette.use_cassette(path, mode="none") as recorder, httpx.Client() as client:
        for interaction in recorder.unplayed:
            request = interaction.request
            client.request(
                request.method, request.url, content=request.body, headers=dict(request.headers)
            )

    assert len(recorder.played) > 0
    assert parsers == []


def test_other_files_go_to_the_parser(parsers, tmp_path):
    path = cassette(tmp_path / "c.yaml", 1)
    path.write_text("# a comment\n" + path.read_text())

    assert len(llmcassette.load(path).interactions) == 1
    assert len(parsers) == 1


def test_responses_that_are_only_played_are_never_made(parsed, tmp_path):
    path = cassette(tmp_path / "c.yaml", 50)

    with llmcassette.use_cassette(path, mode="none"), httpx.Client() as client:
        for number in (3, 7, 40):
            assert client.post(URL, content=body(number)).status_code == 200

    assert parsed == []


def test_responses_are_read_when_they_are_asked_for_and_once(parsed, tmp_path):
    path = cassette(tmp_path / "c.yaml", 50)

    with llmcassette.use_cassette(path, mode="none") as recorder, httpx.Client() as client:
        for number in (3, 7, 40):
            client.post(URL, content=body(number))
        for _ in range(2):
            assert [interaction.response.code for interaction in recorder.played] == [200] * 3

    assert len(parsed) == 3


def test_opening_takes_few_calls_an_interaction(tmp_path):
    counts = []
    for size in (20, 120):
        path = cassette(tmp_path / f"{size}.yaml", size)
        with calls_of_ours() as calls, llmcassette.use_cassette(path, mode="none"):
            pass
        counts.append(calls.total())

    assert (counts[1] - counts[0]) / 100 <= 20


def test_pyproject_is_parsed_once_for_all_cassettes(monkeypatch, tmp_path):
    (tmp_path / "pyproject.toml").write_text('[tool.llmcassette]\npass_hosts = ["a.example"]\n')
    monkeypatch.chdir(tmp_path)
    path = cassette(tmp_path / "c.yaml", 1)
    project._tool.cache_clear()

    for _ in range(5):
        with llmcassette.use_cassette(path, mode="none"):
            pass

    assert project._tool.cache_info().misses == 1


def test_importing_the_package_imports_next_to_nothing():
    ours = [name for name in modules_of("# then\nimport llmcassette") if "llmcassette" in name]

    assert ours == ["llmcassette", "llmcassette.errors"]


def test_the_plugin_imports_next_to_nothing():
    found = modules_of("import pytest\n# then\nimport conftest_plugin")

    assert {name for name in found if name.partition(".")[0] not in OURS} == set()
    assert {name for name in found if name.partition(".")[0] in OURS} == {
        "conftest_plugin",
        "conftest_plugin.fixtures",
        "conftest_plugin.hooks",
        "conftest_plugin.options",
        "conftest_plugin.phases",
        "conftest_plugin.placeholders",
        "conftest_plugin.session",
        "llmcassette",
        "llmcassette.errors",
        "llmcassette.recorder",
        "llmcassette.recorder.project",
        "llmcassette.recorder.run",
    }


def test_a_run_that_opens_no_cassette_never_imports_more(pytester, monkeypatch):
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    pytester.makeconftest(
        """
        import sys

        BEFORE = set(sys.modules)

        def pytest_unconfigure():
            print(sorted(name for name in set(sys.modules) - BEFORE if "llmcassette" in name
                         or "conftest_plugin" in name))
        """
    )
    pytester.makepyfile(
        f"""
        import sys

        import pytest

        @pytest.fixture(scope="module")
        def wide():
            yield

        class TestIt:
            def test_nothing(self, wide, tmp_path):
                assert not {HEAVY - {"difflib", "tomllib"}} & set(sys.modules)

            def test_that_fails(self):
                raise ExceptionGroup("several", [ValueError()])
        """
    )

    result = pytester.runpytest_subprocess("-p", "conftest_plugin", "-s", "-k", "not other")

    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["[[]]"])


REPLAYED = {"conftest_plugin.cassettes.opening", "llmcassette.recorder.playback"}
UNUSED = (
    "aiohttp",
    "anyio._backends",
    "llmcassette.review.report.notes",
    "filelock",
    "llmcassette.formats.scalars",
    "llmcassette.matching.canonical",
    "llmcassette.matching.miss",
    "llmcassette.providers",
    "llmcassette.recorder.exchange",
    "llmcassette.recorder.recordings",
    "llmcassette.redaction",
    "llmcassette.review.check",
    "llmcassette.storage.locking",
    "orjson",
    "yaml",
)
"""What a plain replay does not call."""


@pytest.mark.parametrize("library", ["httpx", "httpx2"])
def test_a_run_that_replays_imports_and_compiles_only_what_it_uses(pytester, monkeypatch, library):
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    cassette(pytester.path / "cassettes" / "a.yaml", 1)
    pytester.makeconftest(
        """
        import json, pathlib, re, sys

        compiled = []
        real = re._compiler.compile

        def compile(pattern, flags=0):
            frame = sys._getframe(1)
            while frame.f_globals["__name__"] == "re" or "importlib" in frame.f_code.co_filename:
                frame = frame.f_back
            compiled.append(frame.f_globals["__name__"])
            return real(pattern, flags)

        re._compiler.compile = compile

        def pytest_unconfigure():
            found = {"modules": sorted(sys.modules), "compiled": compiled}
            pathlib.Path("found.json").write_text(json.dumps(found))
        """
    )
    pytester.makepyfile(
        f"""
        import pytest, {library}

        client = {library}.Client()

        @pytest.mark.llm_cassette("a.yaml")
        def test_x():
            client.post({URL!r}, content={body(0)!r})
        """
    )

    result = pytester.runpytest_subprocess("-p", "conftest_plugin", "-q")

    result.assert_outcomes(passed=1)
    found = json.loads((pytester.path / "found.json").read_text())
    modules = set(found["modules"])
    ours = {name for name in modules if name.partition(".")[0] in OURS}
    assert ours >= REPLAYED
    assert not [name for name in modules if name.startswith(UNUSED)]
    assert ({"httpx", "httpx2"} & modules) == {library}
    assert len(ours) <= 95, sorted(ours)
    assert len([name for name in found["compiled"] if name.partition(".")[0] in OURS]) <= 30


def test_a_marked_test_takes_few_calls_more_than_a_mocked_one(pytester, monkeypatch):
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    cassette(pytester.path / "cassettes" / "a.yaml", 1)
    pytester.makeconftest(
        """
        import pathlib, sys

        calls = []

        def note(frame, event, _):
            if event == "call":
                calls[-1] += 1

        def pytest_runtest_logstart(nodeid):
            calls.append(0)
            sys.setprofile(note)

        def pytest_unconfigure():
            sys.setprofile(None)
            pathlib.Path("calls.txt").write_text(repr(calls))
        """
    )
    pytester.makepyfile(
        f"""
        import httpx, pytest

        def answer(request):
            return httpx.Response(200, content=b"x")

        mocked = httpx.Client()
        mocked._transport = httpx.MockTransport(answer)
        replayed = httpx.Client()

        @pytest.mark.parametrize("number", range(5))
        def test_mocked(number):
            mocked.post({URL!r}, content={body(0)!r})

        @pytest.mark.llm_cassette("a.yaml")
        @pytest.mark.parametrize("number", range(5))
        def test_replayed(number):
            replayed.post({URL!r}, content={body(0)!r})
        """
    )

    result = pytester.runpytest_subprocess("-p", "conftest_plugin", "-q")

    result.assert_outcomes(passed=10)
    calls = ast.literal_eval((pytester.path / "calls.txt").read_text())
    assert 0 < calls[8] - calls[3] <= 900
