"""[REDACTED] that recording put into a request matches any non-empty text in its place."""

from __future__ import annotations

from dataclasses import replace

import pytest

from llmcassette.matching import Index, Rules
from llmcassette.matching.redacted import stands_for
from llmcassette.model import Interaction, Response
from tests.matching.requests import FORM, answered, get, post


def how(stored, sent, rules=None, redacted=None):
    recorded = Interaction(0, stored, Response(code=200), redacted)
    match = Index([recorded], rules or Rules()).take(sent)
    return match and match.how


@pytest.mark.parametrize(
    ("stored", "sent"),
    [
        ("[REDACTED]", "x"),
        ("[REDACTED]", "[REDACTED]"),
        ("[REDACTED]", "two\nlines"),
        ("Bearer [REDACTED]", "Bearer sk-1"),
        ("a [REDACTED] b [REDACTED] c", "a 1 b 2 c"),
        ("a [REDACTED] b [REDACTED] c", "a 1 b b c c"),
        ("[REDACTED][REDACTED]", "xy"),
        ("[REDACTED]-[REDACTED]", "1--2"),
        ("plain", "plain"),
    ],
)
def test_stands_for(stored, sent):
    assert stands_for(stored, sent)


@pytest.mark.parametrize(
    ("stored", "sent"),
    [
        ("[REDACTED]", ""),
        ("Bearer [REDACTED]", "Bearer "),
        ("Bearer [REDACTED]", "Basic x"),
        ("[REDACTED] end", "x and"),
        ("[REDACTED]end", "end"),
        ("a[REDACTED]a", "aa"),
        ("a[REDACTED]a", "a"),
        ("a [REDACTED] b [REDACTED] c", "a 1 b  c"),
        ("a [REDACTED] b [REDACTED] c", "a 1 d 2 c"),
        ("[REDACTED][REDACTED]", "x"),
        ("plain", "other"),
    ],
)
def test_does_not_stand_for(stored, sent):
    assert not stands_for(stored, sent)


@pytest.mark.parametrize(
    ("stored", "sent"),
    [
        (post('{"key":"[REDACTED]"}'), post('{"key":"sk-1"}')),
        (post('{"key":"Bearer [REDACTED]","n":1}'), post('{"n":1.0,"key":"Bearer sk-1"}')),
        (post(r'{"a":"{\"key\":\"[REDACTED]\"}"}'), post(r'{"a":"{\"key\":\"sk-1\"}"}')),
        (post('[["[REDACTED]",1],"[REDACTED]"]'), post('[["a",1],"b"]')),
        (post(r'{"key":"\u005bREDACTED]"}'), post('{"key":"sk-1"}')),
        (get("https://a.com/?key=[REDACTED]"), get("https://a.com/?key=sk-1")),
        (get("https://a.com/?key=%5BREDACTED%5D"), get("https://a.com/?key=sk-1")),
        (get("https://a.com/bot[REDACTED]/send"), get("https://a.com/bot12:ab/send")),
        (get("https://[REDACTED].azure.com/x"), get("https://mine.azure.com/x")),
        (get("https://%5BREDACTED%5D.azure.com/x"), get("https://mine.azure.com/x")),
        (post("key=%5BREDACTED%5D&a=1", FORM), post("a=1&key=sk-1", FORM)),
        (post("key [REDACTED]!", "text/plain"), post("key sk-é!", "text/plain")),
    ],
)
def test_it_matches_any_text_in_its_place(stored, sent):
    assert how(stored, sent) == "redacted"
    assert how(stored, stored) == "exact"


@pytest.mark.parametrize(
    ("stored", "sent"),
    [
        (post('{"key":"[REDACTED]"}'), post('{"key":""}')),
        (post('{"key":"[REDACTED]"}'), post("{}")),
        (post('{"key":"[REDACTED]"}'), post('{"key":null}')),
        (post('{"key":"[REDACTED]"}'), post('{"key":1}')),
        (post('{"key":"[REDACTED]"}'), post('{"key":["a"]}')),
        (post('{"key":"[REDACTED]","n":1}'), post('{"key":"a","n":2}')),
        (post('{"k":{"key":"[REDACTED]"}}'), post('{"k":"a"}')),
        (post('["a","[REDACTED]"]'), post('["a"]')),
        (post('{"[REDACTED]":1}'), post('{"a":1}')),
        (get("https://a.com/?key=[REDACTED]"), get("https://a.com/?key=")),
        (get("https://a.com/?key=[REDACTED]"), get("https://a.com/")),
        (post('{"key":"sk-1"}'), post('{"key":"[REDACTED]"}')),
    ],
)
def test_it_does_not_match_anything_else(stored, sent):
    assert how(stored, sent) is None


def test_it_matches_in_compared_headers():
    rules = Rules(match_headers=("authorization",))
    stored = post("{}", authorization="Bearer [REDACTED]")
    assert how(stored, post("{}", authorization="Bearer sk-1"), rules) == "redacted"
    assert how(stored, post("{}", authorization="Basic sk-1"), rules) is None
    assert how(stored, post("{}"), rules) is None


def test_stored_and_sent_requests_are_compared_after_the_same_redaction():
    def redact(request):
        return replace(request, body=request.body.replace(b"sk-1", b"[REDACTED]"))

    rules = Rules(redact=redact)
    assert how(post('{"a":"sk-1"}'), post('{"a": "sk-1"}'), rules) == "exact"
    assert how(post('{"a":"[REDACTED]"}'), post('{"a":"sk-1"}'), rules) == "exact"
    assert how(post('{"a":"[REDACTED]"}'), post('{"a":"sk-2"}'), rules) == "redacted"


def test_one_look_up_serves_all_requests_redacted_in_the_same_places():
    recorded = [post({"key": "[REDACTED]", "n": n}) for n in range(100)]
    index = Index(answered(*recorded), Rules())
    for n in reversed(range(100)):
        assert index.take(post({"n": n, "key": "sk-1"})).position == n
    assert index.canonicalised == 200


def test_requests_that_only_their_redacted_texts_tell_apart():
    recorded = [post({"key": f"{scheme} [REDACTED]"}) for scheme in ("Basic", "Bearer")]
    index = Index(answered(*recorded), Rules())
    sent = [post({"key": f"{scheme} x"}) for scheme in ("Bearer", "Digest", "Basic")]
    found = [index.take(each) for each in sent]
    assert [match and match.position for match in found] == [1, None, 0]


def test_the_first_in_the_file_wins_among_redacted_and_exact_ones():
    recorded = [post('{"k":"b"}'), post('{"k":"[REDACTED]"}'), post('{"k":"a"}')]
    index = Index(answered(*recorded), Rules())
    found = [index.take(post('{"k":"a"}')) for _ in range(3)]
    assert [match and (match.position, match.how) for match in found] == [
        (1, "redacted"),
        (2, "exact"),
        None,
    ]


URL = "https://a.com/?key=%5BREDACTED%5D&q=1"
SECRET_URL = "https://a.com/?key=sk-1&q=1"
TEXTS = {"api_key": "[REDACTED]", "messages": [{"content": "Summarise: [REDACTED] owes us"}]}


def test_only_where_recording_put_it():
    stored, sent = post(TEXTS, url=URL), post({**TEXTS, "api_key": "sk-1"}, url=SECRET_URL)
    assert how(stored, sent, redacted=("url", "body $.api_key")) == "redacted"
    assert how(stored, sent, redacted=("url",)) is None
    assert how(stored, sent, redacted=("body $.api_key",)) is None
    assert how(stored, sent, redacted=("url", "body")) == "redacted"


def test_what_the_application_wrote_is_compared_as_it_is():
    other = {**TEXTS, "messages": [{"content": "Summarise: Bob owes us"}]}
    for places in [(), ("url",), ("body $.api_key",), ("body $.messages[1].content",)]:
        assert how(post(TEXTS), post(other), redacted=places) is None
        assert how(post(TEXTS), post(TEXTS), redacted=places) == "exact"
    assert how(post(TEXTS), post(other), redacted=("body $.messages[0].content",)) == "redacted"


@pytest.mark.parametrize("kind", [FORM, "text/plain", "multipart/form-data; boundary=x"])
def test_in_bodies_without_json_the_place_is_the_body(kind):
    text = "--x\r\n\r\nkey=[REDACTED]\r\n--x--" if "x" in kind[-1:] else "key=[REDACTED]"
    stored, sent = post(text, kind), post(text.replace("[REDACTED]", "sk-1"), kind)
    assert how(stored, sent, redacted=("body",)) == "redacted"
    assert how(stored, sent, redacted=("url",)) is None
    assert how(stored, sent, redacted=()) is None


def test_a_header_is_named_in_any_case():
    rules = Rules(match_headers=("X-Tenant",))
    stored, sent = post("{}", X_Tenant="[REDACTED]"), post("{}", X_Tenant="acme")
    assert how(stored, sent, rules, ("header x-tenant",)) == "redacted"
    assert how(stored, sent, rules, ("header X-Tenant",)) == "redacted"
    assert how(stored, sent, rules, ()) is None


def test_requests_of_equal_bytes_whose_markers_differ():
    recorded = [
        Interaction(n, post(TEXTS), Response(code=200), places)
        for n, places in enumerate([(), ("body $.api_key",)])
    ]
    index = Index(recorded, Rules())
    found = [index.take(post({**TEXTS, "api_key": "sk-1"})), index.take(post(TEXTS))]
    assert [match.position for match in found] == [1, 0]
