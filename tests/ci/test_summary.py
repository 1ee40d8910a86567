"""The end of a run: short, and silent where nothing was used."""

from __future__ import annotations

import json
import shutil

import pytest

from tests.ci.conftest import START, errors, problems, summary
from tests.corpus import SAMPLES

ONE = """
    @pytest.mark.llm_cassette("a.yaml")
    def test_x():
        ask("one")
    """


def completion(project, prompt=100, answer=23):
    """A cassette of an OpenAI chat; by its base URL a model of theirs."""
    file = project.cassette("a.yaml", "one")
    reply = {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "model": "gpt-4o",
        "answer": "re: one",
        "choices": [
            {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "hi"}}
        ],
        "usage": {
            "prompt_tokens": prompt,
            "completion_tokens": answer,
            "total_tokens": prompt + answer,
        },
    }
    url = "https://api.openai.com/v1/chat/completions"
    text = file.read_text(encoding="utf-8").replace("https://api.example.com/v1/ask", url)
    text = text.replace("""'{"answer":"re: one"}'""", f"'{json.dumps(reply)}'")
    file.write_text(text, encoding="utf-8")
    return ONE.replace('ask("one")', f'ask("one", {url!r})')


def test_is_silent_where_nothing_was_used(project):
    project.cassette("a.yaml", "one")
    project.test("def test_x(): pass")

    assert summary(project.ci()) == []


def test_tells_tokens_and_money_that_were_not_spent(project):
    project.test(START, completion(project))

    assert summary(project.run()) == [
        "replayed 1 interaction from 1 cassette: saved 123 tokens ($0.0005) and 1.5 s"
    ]


def test_leaves_out_seconds_that_round_to_none(project):
    file = project.cassette("a.yaml", "one")
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("duration: 1.5s", "duration: 40ms"), encoding="utf-8")
    project.test(START, ONE)

    assert summary(project.run()) == ["replayed 1 interaction from 1 cassette"]


def test_the_setting_leaves_tokens_out(project):
    project.test(START, completion(project))
    project.settings("count_tokens = false")

    assert summary(project.run()) == ["replayed 1 interaction from 1 cassette: saved 1.5 s"]


def test_counts_an_answer_as_often_as_it_was_played(project):
    test = completion(project).replace(
        "def test_x", "@pytest.mark.parametrize('n', range(3))\n    def test_x"
    )
    project.test(START, test.replace("test_x()", "test_x(n)"))

    report = project.report()

    assert report["totals"]["tokens"] == 369


def test_tells_real_conversations(project):
    shutil.copytree(SAMPLES, project.path / "samples")
    samples = sorted(map(str, (project.path / "samples").glob("*.yaml")))
    project.test(
        """
        import httpx, pytest, llmcassette
        def test_x():
            for cassette in SAMPLES:
                with llmcassette.use_cassette(cassette) as recorder:
                    for one in llmcassette.load(cassette).interactions:
                        asked = one.request
                        headers = asked.headers.multi_items()
                        httpx.request(asked.method, asked.url, headers=headers, content=asked.body)
                    assert not recorder.unplayed
        """.replace("SAMPLES", repr(samples))
    )

    told = project.report()["totals"]

    assert told["replayed"] > 5
    assert told["tokens"] > 1000


def test_lists_ten_files_that_were_written(project, httpserver_url):
    project.test(
        START,
        f"""
        @pytest.mark.llm_cassette
        @pytest.mark.parametrize("number", range(12))
        def test_x(number):
            ask(str(number), {httpserver_url!r})
        """,
    )

    lines = summary(project.run("--llm-record"))

    assert lines[0] == "recorded 12 interactions into 12 cassettes:"
    assert len(lines) == 12
    assert lines[-1] == "  and 2 more"


def test_lists_ten_warnings_but_every_error(project):
    for number in range(12):
        project.cassette(f"{number}.yaml", "one")
    project.cassette("a.yaml", "one")
    project.test(START, ONE)

    local, ci = problems(project.run()), errors(project.ci())

    assert (local[0], len(local), local[-1]) == ("warnings:", 12, "  and 2 more")
    assert len(ci) == 12


def test_leaves_to_pytest_what_pytest_shows(project):
    project.cassette("a.yaml", "one")
    project.test(
        START, ONE.replace('"one"', '"two"'), ONE.replace('"one"', '"three"').replace("_x", "_y")
    )

    result = project.run()

    result.assert_outcomes(failed=2)
    assert problems(result) == []


RULES = ONE.replace('"a.yaml"', '"a.yaml", ignore=["$.seed", "$.question"], match_headers=["X-A"]')


def test_rules_that_matched_nothing_are_named(project):
    project.cassette("a.yaml", "one")
    project.test(START, RULES)

    result = project.ci()

    assert result.ret == pytest.ExitCode.OK
    assert problems(result) == [
        "rules that matched nothing in any request:",
        "  ignore: $.seed",
        "  match_headers: X-A",
    ]


def test_rules_are_named_after_a_whole_run_that_passed(project):
    project.cassette("a.yaml", "one")
    project.test(START, RULES, "def test_y(): assert False\n")

    assert problems(project.run()) == []
    assert problems(project.run("-k", "test_x")) == []


def test_a_rule_that_one_test_of_the_run_needs_is_not_named(project):
    project.cassette("a.yaml", "one")
    project.cassette("b.yaml", "two")
    project.settings('ignore = ["$.seed"]')
    project.test(
        START,
        ONE,
        """
        import httpx
        @pytest.mark.llm_cassette("b.yaml")
        def test_y():
            httpx.post("https://api.example.com/v1/ask", json={"question": "two", "seed": 7})
        """,
    )

    assert problems(project.run()) == []
