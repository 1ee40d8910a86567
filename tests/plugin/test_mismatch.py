"""``mismatch = "warn"`` keeps a suite green and says what is left; in CI only for a project."""

from __future__ import annotations

import pytest

from llmcassette import storage
from llmcassette.model import Cassette
from tests.cli.commands import chat
from tests.plugin.conftest import section

TEST = """
import httpx
import pytest

@pytest.mark.llm_cassette("chat.yaml")
def test_changed():
    sent = {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "Bye."}]}
    answer = httpx.post("https://api.openai.com/v1/chat/completions", json=sent)
    assert answer.status_code == 200
"""


@pytest.fixture
def suite(pytester):
    folder = pytester.path / "cassettes"
    folder.mkdir()
    storage.dump(Cassette(interactions=(chat("Hello."),)), folder / "chat.yaml")
    pytester.makepyfile(test_it=TEST)
    return pytester


RUN = ("-p", "no:asyncio", "-W", "default")  # the filter of this run is "error"


def lenient(suite, where):
    if where == "pyproject.toml":
        suite.makepyprojecttoml('[tool.llmcassette]\nmismatch = "warn"\n')
    else:
        suite.makeconftest(
            "import pytest\n\n@pytest.fixture\ndef llm_cassette_config():\n"
            "    return {'mismatch': 'warn'}\n"
        )
    return suite


def test_the_nearest_answers_with_a_warning_and_a_line_at_the_end(suite):
    ran = lenient(suite, "fixture").runpytest(*RUN)
    ran.assert_outcomes(passed=1, warnings=1)
    ran.stdout.fnmatch_lines(
        [
            "*MismatchWarning: cassettes/chat.yaml: interaction 0 answers POST"
            " https://api.openai.com/v1/chat/completions, though the request differs:",
            "*messages?0?.content (user message)",
            "*recorded*",
            "*sent*Bye*",
        ]
    )
    assert section(ran, "llmcassette").splitlines()[1:] == [
        'answered by a recording that differs (mismatch = "warn"): what, and where:',
        "  user message changed: test_it.py::test_changed",
    ]


@pytest.mark.parametrize("where", ["fixture", "pyproject.toml"])
def test_in_ci_only_the_project_may_be_lenient(suite, where):
    ran = lenient(suite, where).runpytest(*RUN, "--llm-ci")
    if where == "fixture":
        ran.assert_outcomes(failed=1)
        ran.stdout.fnmatch_lines(["*no recorded interaction answers**"])
    else:
        ran.assert_outcomes(passed=1, warnings=1)


def test_where_warnings_are_errors_it_is_a_miss(suite):
    ran = lenient(suite, "pyproject.toml").runpytest("-p", "no:asyncio", "-W", "error")
    ran.assert_outcomes(failed=1)
    ran.stdout.fnmatch_lines(["*no recorded interaction answers**"])


def test_another_url_is_a_miss(suite):
    suite.makepyfile(test_it=TEST.replace("/v1/chat", "/v2/chat"))
    lenient(suite, "pyproject.toml").runpytest(*RUN).assert_outcomes(failed=1)
