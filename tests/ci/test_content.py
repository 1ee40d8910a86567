"""What is in the cassettes that were used: their age, secrets, ends."""

from __future__ import annotations

import re

import pytest

from tests.ci.conftest import START, errors, problems

ONE = """
    @pytest.mark.llm_cassette("a.yaml")
    def test_x():
        ask("one")
    """


def dated(project, when="Mon, 06 Jan 2020 10:00:00 GMT"):
    file = project.cassette("a.yaml", "one")
    text = file.read_text(encoding="utf-8")
    header = f"      Date:\n      - {when}\n    status"
    file.write_text(text.replace("    status", header), encoding="utf-8")
    return file


def old(lines):
    """Without the number of days, which grows."""
    return [re.sub(r"\d+ days ago", "N days ago", line) for line in lines]


OLD = (
    "test_it.py::test_x: cassettes/a.yaml: recorded 2020-01-06 (Date header), N days ago, "
    "where 90 are allowed. Fix: pytest --llm-mode=rewrite test_it.py::test_x"
)


@pytest.mark.parametrize(
    ("stale", "options", "is_error"),
    [
        ("", [], False),
        ("", ["--llm-ci"], True),
        ("error", [], True),
        ("warn", ["--llm-ci"], False),
        ("record", ["--llm-ci"], True),
    ],
)
def test_a_cassette_older_than_max_age(project, stale, options, is_error):
    dated(project)
    project.settings('max_age = "90d"\n' + (f'stale = "{stale}"\n' if stale else ""))
    project.test(START, ONE)

    result = project.run(*options)

    assert result.ret == is_error
    assert old(errors(result)) == ([OLD] if is_error else [])
    assert old(problems(result)) == ([] if is_error else ["warnings:", f"  {OLD}"])


def test_no_age_is_too_old_unless_max_age_is_said(project):
    dated(project)
    project.test(START, ONE)

    assert errors(project.ci()) == []


def test_the_age_may_be_said_for_one_cassette(project):
    dated(project)
    project.test(START, ONE.replace('"a.yaml"', '"a.yaml", max_age="90d"'))

    assert old(errors(project.ci())) == [OLD]


def test_a_young_cassette_is_fine(project):
    dated(project)
    project.settings('max_age = "500y"')
    project.test(START, ONE)

    assert errors(project.ci()) == []


def test_an_old_cassette_is_recorded_again_where_the_setting_says_so(project, httpserver_url):
    file = dated(project)
    file.write_text(
        file.read_text(encoding="utf-8").replace("https://api.example.com/v1/ask", httpserver_url),
        encoding="utf-8",
    )
    project.settings('max_age = "90d"\nstale = "record"')
    project.test(START, ONE.replace('ask("one")', f'ask("one", {httpserver_url!r})'))
    before = file.read_bytes()

    first = project.run()
    after = file.read_bytes()
    second = project.run()

    first.assert_outcomes(passed=1)
    second.assert_outcomes(passed=1)
    assert problems(first) == [
        "recorded 1 interaction into 1 cassette:",
        "  cassettes/a.yaml",
    ]
    assert after != before
    assert b"2020" not in after
    assert file.read_bytes() == after
    assert problems(second) == []


def test_a_secret_in_a_cassette_is_an_error_in_ci(project):
    key = "sk-ant-api03-" + "aB3dE6gH9j" * 9 + "-aB3dEAA"
    project.cassette("a.yaml", "one", answer=key)
    project.test(START, ONE)

    result = project.ci()

    assert result.ret == pytest.ExitCode.TESTS_FAILED
    (line,) = errors(result)
    assert line.startswith("test_it.py::test_x: cassettes/a.yaml: interaction 0: response.body ")
    assert line.endswith(
        "Fix: revoke the secret, then take it out with llmcassette redact cassettes/a.yaml"
    )
    assert key not in result.stdout.str()
    assert problems(project.run()) == []


CUT = """\
---
version: 2
interactions:
- id: 0
  request:
    body: '{"question":"one"}'
    headers:
      Content-Type:
      - application/json
    url: https://api.example.com/v1/ask
    method: POST
  response:
    body: '{"answer":"re: one"}'
    ended: ReadError
    status: 200 OK
    code: 200
    duration: 1.5s
"""


def test_half_an_answer_is_an_error_in_ci_unless_checks_leave_it_out(project):
    file = project.cassette("a.yaml")
    file.write_text(CUT, encoding="utf-8")
    project.test(START, "import httpx\n", ONE.replace("ask(", "ask_swallowing("))

    assert errors(project.ci()) == [
        "test_it.py::test_x: cassettes/a.yaml: interaction 0: the body is not whole: it was cut "
        "by ReadError. Fix: pytest --llm-mode=rewrite test_it.py::test_x",
    ]
    project.settings('checks = ["secret"]')
    assert errors(project.ci()) == []


def test_a_check_that_does_not_exist_is_named(project):
    project.cassette("a.yaml", "one")
    project.settings('checks = ["secrets"]')
    project.test(START, ONE)

    result = project.ci()

    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert errors(result) == [
        "pyproject.toml: there is no check 'secrets' (checks). There are: unreadable, version, "
        "cut-answer, incomplete, chunks, secret, duplicate, orphan, age, size, round-trip, "
        "expands."
    ]
