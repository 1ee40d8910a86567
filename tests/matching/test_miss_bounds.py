"""A report can be made of anything: quickly, in lines that fit, without secrets or side effects."""

import json
import re
from dataclasses import replace
from itertools import pairwise

import pytest

from llmcassette.matching import Index, Rules
from llmcassette.matching.miss.explain import explain_miss
from llmcassette.storage import load
from tests.corpus import corpus_files, needs_corpus
from tests.matching.misses import RECORD, miss
from tests.matching.requests import answered, get, post

URL = "https://api.test/v1/things"


def chat(text, **parameters):
    messages = [{"role": "user", "content": text}]
    return post({"model": "gpt-5", "messages": messages, **parameters})


def deep(leaf, levels=20_000):
    return (
        b'{"model":"m","messages":[{"role":"user","content":'
        + b"[" * levels
        + leaf
        + b"]" * levels
        + b"}]}"
    )


@pytest.mark.parametrize(
    ("recorded", "sent"),
    [
        (deep(b"1"), deep(b"2")),
        (deep(b"1"), b"{}"),
        (deep(b"1", 500), deep(b"2", 500)),
        (deep(b"1", 500), b"{}"),
        (b'{"a":' * 20_000 + b"1" + b"}" * 20_000, b'{"b":' * 20_000 + b"1" + b"}" * 20_000),
        (b'{"n":' + b"9" * 5000 + b"}", b'{"n":' + b"9" * 5001 + b"}"),
        (b'{"n":1e999}', b'{"n":NaN}'),
        (b'"\\ud800"', b'"\\ud801"'),
        (b'{"a":"\\ud800"}', b'{"a":"\\ud801"}'),
        (
            json.dumps({"t": "word " * 400_000}).encode(),
            json.dumps({"t": "wort " * 400_000}).encode(),
        ),
        (json.dumps([0.5] * 300_000).encode(), json.dumps([0.25] * 300_000).encode()),
        (json.dumps({str(n): n for n in range(100_000)}).encode(), b'{"0": 0}'),
        (b"line\n" * 300_000, b"lime\n" * 300_000),
        (b"\0\xff" * 1_000_000, b"\0\xfe" * 1_000_000),
        (b"", b"\x1b[31m"),
        (b"\r\n \t", b"{" * 100_000),
    ],
)
def test_any_two_bodies_make_a_report_in_bounded_time(recorded, sent):
    text = miss(post(sent, url=URL), post(recorded, url=URL)).text()
    assert "interaction 0, not replayed yet" in text
    assert len(text) < 6000
    assert "\x1b" not in text


@pytest.mark.parametrize("url", ["", "::", "http://[", "/relative", "https://é.test/\x1b"])
def test_any_url_makes_a_report(url):
    text = miss(get(url), get("https://api.test/")).text()
    assert "url\n" in text
    assert "\x1b" not in text


@pytest.mark.parametrize(
    "body",
    [
        {"model": 1, "messages": 2, "tools": 3},
        {"model": "m", "messages": [None, 1, "x", [], {"role": 5}, {"content": {"a": 1}}]},
        {
            "model": "m",
            "messages": [{"role": "user", "content": [None, {"type": 3}]}],
            "tools": [1],
        },
        {"contents": [{"parts": 1}, {"parts": [{}]}], "tools": [{"functionDeclarations": 1}]},
    ],
)
def test_conversations_of_any_shape_make_a_report(body):
    assert "only sent" in miss(post(body | {"more": 1}), post(body)).text()


def test_lines_fit_a_terminal():
    before = chat("word " * 300 + "https://docs.test/" + "x" * 200, stop=["a"] * 100)
    after = chat("wort " * 300 + "https://docs.test/" + "y" * 200, stop=["b"] * 100)
    for line in miss(after, before).text().splitlines():
        assert len(line) <= 80


@needs_corpus
def test_reports_between_all_recordings_of_one_name_fit_a_terminal_but_for_what_is_copied():
    by_name: dict[str, list] = {}
    for file in corpus_files("go-vcr-v2"):
        by_name.setdefault(file.name, []).append(file)
    made = 0
    for files in by_name.values():
        for one, other in pairwise(files):
            index = Index(load(one).interactions, Rules())
            for interaction in load(other).interactions:
                if index.take(interaction.request) is None:
                    report = explain_miss(interaction.request, index, path=one.name, record=RECORD)
                    lines = report.text().splitlines()
                    assert not [line for line in lines if len(line) > 80 and "://" not in line]
                    made += 1
    assert made > 100


def test_an_explanation_plays_nothing():
    rules = Rules(ignore=("$.seed",))
    index = Index(answered(chat("a", seed=1), chat("b", seed=1)), rules)
    explain_miss(chat("c", seed=2), index)
    explain_miss(chat("a", seed=2), index)
    assert index.played == ()
    assert len(index.unplayed) == 2


def test_what_a_rule_ignores_is_no_difference():
    report = miss(chat("b", seed=2), chat("a", seed=1), ignore=("$.seed",))
    assert [change.place for change in report.changes] == ["messages[0].content"]


def test_what_is_not_compared_is_no_difference():
    report = miss(
        post({"a": 2}, url=URL), post({"a": 1}, url="https://other.test"), match_on=("body",)
    )
    assert [change.place for change in report.changes] == ["a"]
    report = miss(post(b"x", url=URL), post(b"y", url="https://other.test"), match_on=("host",))
    assert [change.place for change in report.changes] == ["url"]
    assert report.accept == ""


def test_a_redacted_text_stands_for_any():
    report = miss(chat("my key is k-1", seed=2), chat("my key is [REDACTED]", seed=1))
    assert [change.place for change in report.changes] == ["seed"]


def test_a_redacted_part_of_a_url_stands_for_any():
    recorded = post({"a": 1}, url="https://api.test/bot[REDACTED]/send")
    report = miss(post({"a": 2}, url="https://api.test/botk-1/send"), recorded)
    assert [change.place for change in report.changes] == ["a"]
    report = miss(post({"a": 1}, url="https://api.test/botk-1/x/send"), recorded)
    assert [change.place for change in report.changes] == ["url"]


def test_an_ignore_path_is_given_only_if_it_does():
    before = post({"stop": ["a", "b"], "seed": 1}, url=URL)
    assert miss(post({"stop": ["a", "b"], "seed": 2}, url=URL), before).accept == (
        'ignore=["$.seed"]'
    )
    assert miss(post({"stop": ["a"], "seed": 1}, url=URL), before).accept == ""
    odd = post({"a b": {"é'\"": {"seed": 1}}}, url=URL)
    accept = miss(odd, post({"a b": {"é'\"": {"seed": 2}}}, url=URL)).accept
    (path,) = json.loads(accept.removeprefix("ignore="))
    index = Index(answered(post({"a b": {"é'\"": {"seed": 2}}}, url=URL)), Rules(ignore=(path,)))
    assert index.take(odd) is not None


def test_earlier_rules_are_kept_when_a_path_is_tried():
    report = miss(chat("a", seed=2, port=1), chat("a", seed=1, port=2), ignore=("$.seed",))
    assert report.accept == 'ignore=["$.port"]'


def test_secrets_are_scrubbed_wherever_they_stand():
    def scrub(text):
        return re.sub(r"sk-\w+", "[REDACTED]", text)

    recorded = post(
        {
            "model": "m",
            "messages": [{"role": "user", "content": "Use sk-abc to log in to the old service"}],
            "sk-key": {"x": "sk-val", "sk-key": 1},
            "token": "sk-one",
        }
    )
    sent = post(
        {
            "model": "m sk-model",
            "messages": [{"role": "user", "content": "Use sk-def to log in to the new service"}],
            "token": "sk-two",
        },
        url="https://me:sk-pass@api.openai.com/v1/chat/completions?key=sk-query",
    )
    report = explain_miss(sent, Index(answered(recorded), Rules()), scrub=scrub)
    for color in (False, True):
        text = report.text(color=color)
        assert "sk-" not in text
        assert "the difference is not shown" in text
        assert "Use [REDACTED] to log in to the" in text


def test_colour_takes_the_place_of_brackets():
    report = miss(chat("It is cold and wet in the north"), chat("It is warm in the north"))
    text = report.text(color=True)
    assert '"It is \x1b[31mwarm\x1b[0m in the north"' in text
    assert '"It is \x1b[32mcold and wet\x1b[0m in the north"' in text
    assert "[-" not in text
    assert "{+" not in text
    assert re.sub(r"\x1b\[[0-9;]*m", "", text) == re.sub(r"\[-|-\]|\{\+|\+\}", "", report.text())


def test_the_text_to_record_is_shown_as_it_is_line_by_line():
    index = Index(answered(), Rules())
    long = "pytest --llm-mode=new_episodes " + "tests/test_a.py::test_b " * 6
    text = explain_miss(chat("a"), index, record=f"{long}\nthen commit it").text()
    assert f"To record it:\n\n  {long}\n  then commit it\n\n" in text


def test_without_a_way_to_record_nothing_is_said_of_it():
    assert "record" not in explain_miss(chat("a"), Index((), Rules())).text().split("\n", 1)[1]


def test_a_miss_that_nothing_explains_says_so():
    report = replace(miss(chat("a"), chat("b")), changes=(), accept="", record="")
    assert (
        "The nearest is interaction 0, not replayed yet. No difference can be shown."
    ) in report.text()


def test_parts_of_a_multipart_body_are_named_by_number():
    def form(name, content):
        part = f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n'.encode()
        return post(part + content + b"\r\n--b--\r\n", "multipart/form-data; boundary=b", url=URL)

    (change,) = miss(form("é", "grün".encode()), form("é", "größer".encode())).changes
    assert change.place == "part 1 content"
    assert [run.text for run in (*change.recorded, *change.sent)] == ['"größer"', '"grün"']
    (change,) = miss(form("b", b"x"), form("a", b"x")).changes
    assert change.place == "part 1 headers content-disposition"
    one = form("a", b"x")
    two = replace(one, body=one.body.replace(b"--b--", b"--b\r\n\r\nmore\r\n--b--"))
    (change,) = miss(two, one).changes
    assert (change.place, change.recorded) == ("part 2", None)


def test_more_differences_than_anyone_reads_are_counted():
    before = {str(n): 0 for n in range(2000)}
    after = dict.fromkeys(before, 1)
    text = miss(post(after, url=URL), post(before, url=URL)).text()
    assert 'and at least 994 more: ["6"], ["7"], ["8"], ["9"], ["10"], ["11"], …' in text
