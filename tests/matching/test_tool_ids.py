"""Ids that the client made up match up to a one-to-one renaming; the provider's must be equal."""

from __future__ import annotations

import gzip
from base64 import b64encode

import pytest

from llmcassette.errors import CassetteError
from llmcassette.matching import Index, Rules
from llmcassette.model import Headers, Interaction, Response
from tests.matching.requests import answered, post


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


def how(stored, sent, rules=None, answers=()):
    match = Index(answered(*[post(each) for each in stored], answers=answers), rules or Rules())
    found = match.take(post(sent))
    return found and found.how


@pytest.mark.parametrize("shape", [responses, anthropic, gemini, bedrock])
def test_each_provider_s_ids_are_renamed(shape):
    assert how([shape("a1", "a1")], shape("b2", "b2")) == "renamed ids"
    assert how([shape("a1", "a1")], shape("b2", "c3")) is None
    assert how([shape("a1", "c3")], shape("b2", "b2")) is None
    assert how([shape("a1", "a1")], shape("a1", "a1")) == "exact"


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
    found = [index.take(post(openai(each))) for each in ("x", "y", "z")]
    assert [match and match.position for match in found] == [0, 1, None]


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
