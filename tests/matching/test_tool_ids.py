"""Ids that the client made up match up to a one-to-one renaming; the provider's must be equal."""

from __future__ import annotations

import gzip
from base64 import b64encode

import pytest

from llmcassette.errors import CassetteError
from llmcassette.matching import Index, Rules
from llmcassette.model import Headers, Interaction, Response
from tests.matching.requests import CHAT, answered, post


def openai(*calls, results=None):
    return {
        "messages": [
            {
                "role": "assistant",
                "tool_calls": [{"id": c, "function": {"name": "f"}} for c in calls],
            },
            *(
                {"role": "tool", "tool_call_id": c, "content": str(n)}
                for n, c in enumerate(calls if results is None else results)
            ),
        ]
    }


def responses(call, result):
    return {
        "input": [
            {"type": "function_call", "call_id": call, "name": "f", "arguments": "{}"},
            {"type": "function_call_output", "call_id": result, "output": "1"},
        ]
    }


def anthropic(call, result):
    return {
        "messages": [
            {"content": [{"type": "tool_use", "id": call, "name": "f", "input": {}}]},
            {"content": [{"type": "tool_result", "tool_use_id": result, "content": "1"}]},
        ]
    }


def gemini(call, result):
    return {
        "contents": [
            {"parts": [{"functionCall": {"id": call, "name": "f", "args": {}}}]},
            {"parts": [{"functionResponse": {"id": result, "name": "f", "response": {}}}]},
        ]
    }


def bedrock(call, result):
    return {
        "messages": [
            {"content": [{"toolUse": {"toolUseId": call, "name": "f", "input": {}}}]},
            {"content": [{"toolResult": {"toolUseId": result, "content": []}}]},
        ]
    }


def how(stored, sent, rules=None, answers=(), url=CHAT):
    recorded = [post(each, url=url) for each in stored]
    found = Index(answered(*recorded, answers=answers), rules or Rules()).take(post(sent, url=url))
    return found and found.how


GOOGLE = "https://generativelanguage.googleapis.com/v1beta/models/gemini-2.5-flash"
SHAPES = {
    "openai responses": (responses, "https://api.openai.com/v1/responses"),
    "anthropic": (anthropic, "https://api.anthropic.com/v1/messages"),
    "gemini": (gemini, f"{GOOGLE}:generateContent"),
    "bedrock": (bedrock, "https://bedrock-runtime.us-east-1.amazonaws.com/model/nova/converse"),
    "a gateway with another's blocks": (anthropic, CHAT),
}


@pytest.mark.parametrize(("shape", "url"), SHAPES.values(), ids=SHAPES)
def test_each_provider_s_ids_are_renamed(shape, url):
    assert how([shape("a1", "a1")], shape("b2", "b2"), url=url) == "renamed ids"
    assert how([shape("a1", "a1")], shape("b2", "c3"), url=url) is None
    assert how([shape("a1", "c3")], shape("b2", "b2"), url=url) is None
    assert how([shape("a1", "a1")], shape("a1", "a1"), url=url) == "exact"


ELSEWHERE = {
    "any JSON": lambda i: {"call_id": i},
    "calls of no message": lambda i: {"tool_calls": [{"id": i}], "tool_call_id": i},
    "metadata beside messages": lambda i: {"messages": [], "metadata": {"call_id": i}},
    "a result without its call": lambda i: {"messages": [{"role": "tool", "tool_call_id": i}]},
    "a member that messages of the format don't have": lambda i: {
        "messages": [{"role": "user", "content": "x", "call_id": i}]
    },
    "arguments of a call": lambda i: {
        "messages": [{"content": [{"type": "tool_use", "id": "a", "input": {"call_id": i}}]}]
    },
}


@pytest.mark.parametrize("body", ELSEWHERE.values(), ids=ELSEWHERE)
def test_any_other_id_is_compared_as_it_is(body):
    assert how([body("cust-A")], body("cust-B")) is None


def test_only_requests_to_a_provider_have_tool_calls():
    elsewhere = "https://tickets.example.com/hangup"
    assert how([responses("a", "a")], responses("b", "b"), url=elsewhere) is None
    assert how([openai("a")], openai("b"), url=elsewhere) is None


def test_one_renaming_holds_for_all_requests_of_a_cassette():
    turns = [openai("a"), openai("a", "b"), openai("a", "b", "c")]

    def played(*sent):
        index = Index(answered(*map(post, turns)), Rules())
        found = [index.take(post(each)) for each in sent]
        return [match and (match.position, match.how) for match in found]

    renamed = [(0, "renamed ids"), (1, "renamed ids"), (2, "renamed ids")]
    assert played(openai("x"), openai("x", "y"), openai("x", "y", "z")) == renamed
    assert played(openai("x"), openai("dX", "y")) == [(0, "renamed ids"), None]
    assert played(openai("x"), openai("x", "x")) == [(0, "renamed ids"), None]
    assert played(openai("a"), openai("dX", "y")) == [(0, "exact"), None]
    assert played(openai("a"), openai("a", "y"), openai("a", "y", "z")) == [
        (0, "exact"),
        (1, "renamed ids"),
        (2, "renamed ids"),
    ]
    assert played(openai("a"), openai("a", "y"), openai("a", "b", "z")) == [
        (0, "exact"),
        (1, "renamed ids"),
        None,
    ]


def test_openai_s_ids_are_renamed_together():
    assert how([openai("a", "b")], openai("x", "y")) == "renamed ids"


def test_a_renaming_that_merges_two_ids_is_none():
    assert how([openai("a", "b")], openai("x", "x")) is None
    assert how([openai("a", "a")], openai("x", "y")) is None


def test_results_handed_to_the_wrong_calls_stay_a_miss():
    assert how([openai("a", "b")], openai("x", "y", results=["y", "x"])) is None


def test_ids_an_answer_gave_before_compare_exactly():
    given = b'{"tool_calls":[{"id":"call_1"},{"id":"call_2"}]}'
    stored = [{"first": 1}, openai("call_1", "call_2")]
    swapped = openai("call_2", "call_1")
    assert how(stored, swapped) == "renamed ids"
    assert how(stored, swapped, answers=(given,)) is None
    assert how(stored, openai("call_1", "new"), answers=(given,)) is None
    assert how(stored, openai("call_1", "call_2"), answers=(given,)) == "exact"


def test_an_id_the_client_minted_may_stand_beside_one_that_was_given():
    given = b'data: {"id":"call_1"}\n\n'
    stored = [{"first": 1}, openai("call_1", "mine")]
    assert how(stored, openai("call_1", "other"), answers=(given,)) == "renamed ids"
    assert how(stored, openai("call_9", "other"), answers=(given,)) is None


def test_an_id_that_was_given_does_not_stand_for_one_the_client_minted():
    given = b'{"tool_calls":[{"id":"call_1"}]}'
    stored = [{"first": 1}, openai("minted", "other")]
    assert how(stored, openai("call_1", "other")) == "renamed ids"
    assert how(stored, openai("call_1", "other"), answers=(given,)) is None


def test_an_id_given_by_a_later_answer_was_not_given_before():
    later = b'{"id":"call_1"}'
    stored = [openai("call_1"), {"last": 1}]
    assert how(stored, openai("other"), answers=(b"", later)) == "renamed ids"
    assert how(stored, openai("other"), answers=(later, later)) == "renamed ids"


def test_an_id_within_a_longer_word_of_an_answer_was_not_given():
    stored = [{"first": 1}, openai("call_1")]
    assert how(stored, openai("other"), answers=(b'"call_12"',)) == "renamed ids"


def test_ids_of_unusual_letters_are_looked_for_as_they_are():
    stored = [{"first": 1}, openai("call/1")]
    assert how(stored, openai("other"), answers=(b'"call/1"',)) is None
    assert how(stored, openai("other"), answers=(b'"call/2"',)) == "renamed ids"


def event_stream(token: bytes) -> bytes:
    return b'\0\0{"bytes":"' + b64encode(b'{"id":"%b"}' % token) + b'","p":"ab"}'


@pytest.mark.parametrize(
    "answer",
    [
        Response(
            code=200, headers=Headers({"Content-Encoding": "gzip"}), body=gzip.compress(b'"a1"')
        ),
        Response(
            code=200, headers=Headers({"Content-Encoding": "gzip"}), body=b'"a1"', uncompressed=True
        ),
        Response(code=200, body=event_stream(b"a1")),
        Response(code=200, body=event_stream(b"a1") + event_stream(b"xyz")),
    ],
    ids=["gzip", "decoded gzip", "event stream", "two events"],
)
def test_an_answer_is_read_in_the_clear(answer):
    first, second = answered(post({"first": 1}), post(openai("a1")))
    index = Index([Interaction(0, first.request, answer), second], Rules())
    assert index.take(post(openai("b2"))) is None


def test_a_broken_answer_gave_no_ids():
    def broken():
        raise CassetteError("broken")

    first, second = answered(post({"first": 1}), post(openai("a1")))
    index = Index([Interaction(0, first.request, broken), second], Rules())
    assert index.take(post(openai("b2"))).how == "renamed ids"


def test_nothing_but_ids_may_differ():
    changed = openai("x")
    changed["messages"][1]["content"] = "other"
    assert how([openai("a")], changed) is None


def test_an_id_elsewhere_is_no_tool_call_s():
    assert how([{"id": "a", "user": {"id": "b"}}], {"id": "x", "user": {"id": "y"}}) is None


def test_a_body_that_only_looks_like_a_numbered_one_is_none():
    numbered = {"messages": [{"role": "tool", "tool_call_id": [0]}]}
    assert how([numbered], {"messages": [{"role": "tool", "tool_call_id": "x"}]}) is None
    both = [{"tool_call_id": "a"}, {"tool_call_id": [0]}]
    assert how([both], [{"tool_call_id": "a"}, {"tool_call_id": "a"}]) is None


def test_exact_goes_before_renamed_even_when_it_is_later_in_the_file():
    index = Index(answered(post(openai("a")), post(openai("b"))), Rules())
    found = [index.take(post(openai(each))) for each in ("b", "c", "d")]
    assert [match and (match.position, match.how) for match in found] == [
        (1, "exact"),
        (0, "renamed ids"),
        None,
    ]


def test_renamed_requests_are_played_in_file_order_each_once():
    index = Index(answered(*[post(openai("a"))] * 2), Rules())
    found = [index.take(post(openai(each))) for each in ("x", "y", "x", "x")]
    assert [match and match.position for match in found] == [0, None, 1, None]


def test_repeats_of_renamed_requests():
    index = Index(answered(post(openai("a")), post([1])), Rules(allow_repeats=True))
    found = [index.take(post(openai(each))) for each in ("x", "y", "a")]
    assert [match.how for match in found] == ["renamed ids", "repeat", "repeat"]
    assert index.played_before(post(openai("z"))) == [0]


def test_ordered_and_renamed():
    index = Index(answered(post([1]), post(openai("a"))), Rules(ordered=True))
    assert index.take(post(openai("x"))) is None
    index.take(post([1]))
    assert index.take(post(openai("x"))).how == "renamed ids"
    assert index.take(post(openai("x"))) is None


def test_ids_and_redacted_places_together():
    stored = {**openai("a"), "key": "[REDACTED]"}
    assert how([stored], {**openai("x"), "key": "sk-1"}) == "renamed ids"
    assert how([stored], {**openai("x"), "key": ""}) is None


def test_the_matcher_is_asked_of_renamed_requests_too():
    rules = Rules(matcher=lambda sent, recorded: False)
    assert how([openai("a")], openai("x"), rules) is None


def test_off_by_a_setting():
    assert how([openai("a")], openai("x"), Rules(rename_ids=False)) is None
    index = Index(answered(post(openai("a"))), Rules(rename_ids=False, allow_repeats=True))
    index.take(post(openai("a")))
    assert index.take(post(openai("x"))) is None


def test_without_bodies_there_are_no_ids():
    assert how([openai("a")], openai("x"), Rules(match_on=("url",))) == "exact"
    rules = Rules(match_on=("method",), matcher=lambda sent, recorded: False)
    assert how([openai("a")], openai("x"), rules) is None
