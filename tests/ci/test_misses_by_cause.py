"""One cause in fifty tests is told once: in the failures, the short summary and the report."""

from __future__ import annotations

import json

import pytest

from tests.ci.conftest import failures, section

AGENT = """
    import httpx
    PROMPT = "Answer briefly. Be {}kind to the user, and never invent a source."

    def chat(question):
        messages = [dict(role="system", content=PROMPT), dict(role="user", content=question)]
        return httpx.post(
            "https://api.openai.com/v1/chat/completions",
            json=dict(model="gpt-x", messages=messages),
        ).json()
    """
TESTS = """
    import pytest
    from agent import chat

    @pytest.mark.llm_cassette
    @pytest.mark.parametrize("n", range(25))
    def test_question(n):
        assert chat(f"Question {n}?") == {"n": n}
    """


@pytest.fixture
def fifty(project):
    """A project of 50 tests that share a system prompt, which has changed by one word."""
    from llmcassette import storage
    from llmcassette.model import Cassette, Headers, Interaction, Request, Response

    project.write(agent=AGENT.format("very "), test_one=TESTS, test_two=TESTS)
    prompt = AGENT.format("").split('"')[1]
    for module in ("test_one", "test_two"):
        for n in range(25):
            messages = [
                {"role": "system", "content": prompt},
                {"role": "user", "content": f"Question {n}?"},
            ]
            body = json.dumps({"model": "gpt-x", "messages": messages}).encode()
            url = "https://api.openai.com/v1/chat/completions"
            json_type = Headers({"Content-Type": "application/json"})
            request = Request(method="POST", url=url, headers=json_type, body=body)
            response = Response(code=200, headers=json_type, body=json.dumps({"n": n}).encode())
            path = project.path / "cassettes" / module / f"test_question[{n}].yaml"
            path.parent.mkdir(parents=True, exist_ok=True)
            storage.dump(Cassette(interactions=(Interaction(0, request, response),)), path)
    return project


SHOWN = """\
_____________________ system prompt changed (in 50 tests) ______________________
system prompt changed: no recorded interaction answers these 50 tests

  messages[0].content (system prompt)
    recorded  "Answer briefly. Be kind to the user, and never invent a
              source."
    sent      "Answer briefly. Be {+very +}kind to the user, and never
              invent a source."

If this change is intentional, re-record:

  pytest --llm-mode=rewrite test_one.py test_two.py

  test_one.py: 25 tests
  test_two.py: 25 tests

  cassette  cassettes/test_one/test_question[0].yaml
  sent by   agent.py:6: return httpx.post("""


def test_a_changed_prompt_in_fifty_tests_is_less_than_a_page(fifty):
    result = fifty.run()

    result.assert_outcomes(failed=50)
    assert section(result, "FAILURES") == SHOWN
    assert section(result, "short test summary info") == (
        "FAILED test_one.py::test_question[0] - 50 tests: system prompt changed"
    )
    assert len(result.outlines) <= 40


@pytest.mark.parametrize("options", [(), ("-n", "2")])
def test_the_report_has_it_once_with_the_command(fifty, options):
    fifty.run("--llm-report=llm.json", *options)

    (group,) = json.loads((fifty.path / "llm.json").read_text())["missed_by_cause"]
    assert group["cause"] == "system prompt changed"
    assert len(group["tests"]) == len(group["cassettes"]) == 50
    assert group["command"] == "pytest --llm-mode=rewrite test_one.py test_two.py"
    assert "{+very +}" in group["difference"]


def test_only_the_tests_concerned_are_named(fifty):
    result = fifty.run("-q", "-k", "0]", "--deselect", "test_two.py::test_question[20]")

    assert "  pytest --llm-mode=rewrite 'test_one.py::test_question[0]'" in (
        section(result, "FAILURES")
    )
    assert "  test_two.py: test_question[0], test_question[10]" in failures(result)


def test_in_colours_the_differing_words_are_coloured_instead_of_in_brackets(fifty):
    result = fifty.run("--color=yes", "-k", "test_one and 0]")

    told = result.stdout.str()
    assert '    sent      "Answer briefly. Be \x1b[32mvery \x1b[0mkind' in told
    assert "{+" not in told


def test_a_single_miss_is_coloured_too_and_ends_with_the_line_that_sent_it(fifty):
    result = fifty.run("--color=yes", "test_one.py::test_question[3]")

    told = result.stdout.str()
    assert (
        "\x1b[1msystem prompt changed: no recorded interaction answers this request\x1b[0m" in told
    )
    assert "Be \x1b[32mvery \x1b[0mkind" in told
    assert "  sent by   agent.py:6: return httpx.post(\n" in told


def test_very_verbose_shows_each_test_by_itself(fifty):
    result = fifty.run("-vv", "-k", "test_one")

    assert failures(result).count("If this change is intentional, re-record:") == 25


def test_in_a_job_of_github_the_summary_of_the_job_has_it(fifty, monkeypatch):
    summary = fifty.path / "summary.md"
    summary.write_text("# Before\n")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))

    fifty.run("--llm-ci", "test_one.py")

    told = summary.read_text()
    assert told.startswith(
        "# Before\n### LLM cassettes\n\n0 interactions replayed\n\n"
        "<details><summary><code>system prompt changed (in 25 tests)</code></summary>\n\n```text\n"
    )
    assert "\npytest --llm-mode=rewrite test_one.py\n" in told
    assert told.endswith("test_one.py::test_question[24]\n```\n\n</details>\n")


def test_without_the_rules_of_ci_it_is_left_alone(fifty, monkeypatch):
    summary = fifty.path / "summary.md"
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))

    fifty.run("test_one.py::test_question[0]")

    assert not summary.exists()
