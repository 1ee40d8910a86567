"""Which recorded interaction answers a request, and at what cost."""

from __future__ import annotations

import json
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmcassette.errors import ReplayError
from llmcassette.matching import Index, Rules, canonical_request
from llmcassette.matching.redacted import stands_for
from tests.matching.requests import answered, get, post


def positions(index: Index, *requests):
    """The position that answers each request; ``None`` for a miss."""
    matches = [index.take(request) for request in requests]
    return [match and match.position for match in matches]


def test_equal_requests_are_answered_in_file_order_each_once():
    poll = get("https://a.com/job")
    index = Index(answered(poll, post("{}"), poll, poll), Rules())
    assert positions(index, poll, poll, poll, poll) == [0, 2, 3, None]


def test_a_match_says_what_was_found_how_and_where():
    interactions = answered(post('{"a":1}'), post('{"a":2}'))
    match = Index(interactions, Rules()).take(post('{"a":2.0}'))
    assert match.interaction is interactions[1]
    assert (match.how, match.position) == ("exact", 1)


def test_the_first_equal_one_wins_over_a_later_one_of_the_same_bytes():
    index = Index(answered(post('{"b":1}'), post('{"a": 1}'), post('{"a":1}')), Rules())
    assert positions(index, post('{"a":1}'), post('{"a":1}')) == [1, 2]


def test_a_request_of_the_same_bytes_but_another_meaning_is_none():
    index = Index(answered(post("a=1&b=2", "text/plain")), Rules())
    assert index.take(post("a=1&b=2", "application/x-www-form-urlencoded")) is None


def test_played_is_in_the_order_of_play_and_unplayed_in_the_order_of_the_file():
    one, two, three = interactions = answered(post("[1]"), post("[2]"), post("[3]"))
    index = Index(interactions, Rules())
    positions(index, post("[3]"), post("[0]"), post("[1]"))
    assert index.played == (three, one)
    assert index.unplayed == (two,)


def test_an_empty_cassette_answers_nothing():
    index = Index([], Rules())
    assert index.take(post("{}")) is None
    assert index.played == index.unplayed == ()


def test_repeats_are_a_miss_unless_allowed():
    index = Index(answered(post("[1]")), Rules())
    assert positions(index, post("[1]"), post("[1]")) == [0, None]


def test_with_allow_repeats_the_last_equal_one_keeps_answering():
    interactions = answered(post("[1]"), post("[2]"), post("[1]"))
    index = Index(interactions, Rules(allow_repeats=True))
    assert positions(index, *[post("[1]")] * 4) == [0, 2, 2, 2]
    assert index.take(post("[1.0]")).how == "repeat"
    assert index.unplayed == (interactions[1],)
    assert index.played == tuple(interactions[i] for i in (0, 2, 2, 2, 2))


def test_repeats_find_what_was_played_before_it_was_ever_looked_up():
    index = Index(answered(post("[1]"), post("[2]"), post("[1]")), Rules(allow_repeats=True))
    assert positions(index, post("[2]"), post("[1]"), post("[1]"), post("[2]")) == [1, 0, 2, 1]


def test_ordered_demands_the_recorded_order_across_all_requests():
    index = Index(answered(post("[1]"), post("[2]"), post("[3]")), Rules(ordered=True))
    sent = post("[2]"), post("[1.0]"), post("[3]"), post("[2]"), post("[3]"), post("[3]")
    assert positions(index, *sent) == [None, 0, None, 1, 2, None]


def test_ordered_with_allow_repeats():
    index = Index(answered(post("[1]"), post("[2]")), Rules(ordered=True, allow_repeats=True))
    sent = post("[1]"), post("[1]"), post("[2]"), post("[1]"), post("[2]")
    assert positions(index, *sent) == [0, 0, 1, 0, 1]


def test_what_would_have_answered_but_was_played_before():
    interactions = answered(post("[1]"), post("[1]"))
    index = Index(interactions, Rules())
    assert index.played_before(post("[1]")) == []
    index.take(post("[1]"))
    assert index.played_before(post("[1]")) == [0]
    index.take(post("[1]"))
    assert index.played_before(post(" [1]")) == [0, 1]


def test_sent_as_recorded_and_in_order_nothing_is_canonicalised():
    requests = [post({"n": n}) for n in range(50)]
    index = Index(answered(*requests), Rules())
    assert positions(index, *requests) == list(range(50))
    assert index.canonicalised == 0


def test_a_recording_without_headers_is_read_as_the_request_that_has_them():
    index = Index(answered(post('{"a":1}', None)), Rules())
    assert positions(index, post('{"a":1}')) == [0]
    assert index.canonicalised == 0


@pytest.mark.parametrize("order", ["as recorded", "reversed", "shuffled"])
@pytest.mark.parametrize("spelling", ["as recorded", "other keys"])
def test_each_request_is_canonicalised_once_at_most(order, spelling):
    count = 200
    recorded = [post({"n": n, "m": [n]}) for n in range(count)]
    sent = recorded
    if spelling == "other keys":
        sent = [post({"m": [n], "n": n}) for n in range(count)]
    wanted = list(range(count))
    if order == "reversed":
        wanted.reverse()
    elif order == "shuffled":
        random.Random(7).shuffle(wanted)
    index = Index(answered(*recorded), Rules())
    assert positions(index, *(sent[n] for n in wanted)) == wanted
    assert index.canonicalised <= 2 * count


def test_misses_do_not_canonicalise_the_recordings_again():
    index = Index(answered(*(post({"n": n}) for n in range(50))), Rules())
    for n in range(50):
        assert index.take(post({"n": n, "x": 1})) is None
    assert index.canonicalised == 100


def test_polls_are_looked_up_and_not_scanned():
    """1,886 equal GETs after a request that is never played: one of them is canonicalised."""
    poll = get("https://a.com/job")
    interactions = answered(post("{}"), *[poll] * 1886)
    index = Index(interactions, Rules())
    assert positions(index, *[poll] * 1886) == list(range(1, 1887))
    assert index.canonicalised == 3


def test_the_tables_are_made_at_the_first_request_out_of_order_and_need_no_more_work_later():
    count = 20
    recorded = [post({"n": n}) for n in range(count)]
    index = Index(answered(*recorded), Rules())
    assert positions(index, *recorded[:3]) == [0, 1, 2]
    assert index.canonicalised == 0

    assert positions(index, recorded[5]) == [5]
    made = index.canonicalised
    assert positions(index, *reversed(recorded[6:]), recorded[3], recorded[4]) == [
        *reversed(range(6, count)), 3, 4,
    ]  # fmt: skip

    assert count <= made <= count + 1
    assert index.canonicalised == made


def test_a_matcher_of_the_user_may_refuse_what_is_equal_otherwise():
    def same_tenant(sent, recorded):
        return sent.headers.get("x-tenant") == recorded.headers.get("x-tenant")

    requests = [post("{}", x_tenant=name) for name in ("a", "b", "a")]
    index = Index(answered(*requests), Rules(matcher=same_tenant))
    sent = [post("{}", x_tenant=name) for name in ("b", "a", "a", "a", "b")]
    assert positions(index, *sent) == [1, 0, 2, None, None]


def test_a_matcher_is_asked_of_what_is_left_only():
    asked = []

    def same_tenant(sent, recorded):
        asked.append(recorded.headers["x-tenant"])
        return sent.headers["x-tenant"] == recorded.headers["x-tenant"]

    recorded = [post("{}", x_tenant=name) for name in "abc"]
    index = Index(answered(*recorded), Rules(matcher=same_tenant, match_headers=()))
    assert positions(index, post(" {}", x_tenant="b"), post(" {}", x_tenant="c")) == [1, 2]
    assert asked == ["a", "b", "a", "c"]


def test_a_matcher_may_decide_alone():
    def same_length(sent, recorded):
        return len(sent.body) == len(recorded.body)

    rules = Rules(matcher=same_length, match_on=("method",), allow_repeats=True)
    index = Index(answered(post("[1]"), post("[10]"), post("[22]")), rules)
    assert positions(index, *map(post, ("[99]", "[7]", "[12]", "[34]"))) == [1, 0, 2, 2]


def test_a_matcher_that_fails_is_no_miss():
    def broken(sent, recorded):
        return recorded.headers["x-tenant"] == "a"

    index = Index(answered(post("{}")), Rules(matcher=broken))
    with pytest.raises(ReplayError) as raised:
        index.take(post("{}"))
    name = "test_a_matcher_that_fails_is_no_miss.<locals>.broken"
    assert str(raised.value) == f"the matcher {name} failed on interaction 0: KeyError: 'x-tenant'"
    assert isinstance(raised.value.__cause__, KeyError)


def test_a_matcher_that_is_an_object_is_named_by_itself():
    class Broken:
        def __call__(self, sent, recorded):
            raise ValueError("no")

        def __repr__(self):
            return "Broken()"

    index = Index(answered(post("{}")), Rules(matcher=Broken()))
    with pytest.raises(ReplayError, match=r"the matcher Broken\(\) failed on interaction 0"):
        index.take(post("{}"))


ALPHABET = ['{"a":1}', '{"a": 1.0}', '{"a":2}', '{"k":"x"}', '{"k":"[REDACTED]"}', '{"k":"yy"}']


def scan(recorded, played, request, *, ordered, repeats):
    """The rules of order as a linear search, whose results the index must find by look-up."""

    def equal(other):
        stored, sent = (json.loads(each.body) for each in (other, request))
        if isinstance(stored.get("k"), str) and isinstance(sent.get("k"), str):
            return stands_for(stored["k"], sent["k"])
        return canonical_request(other) == canonical_request(request)

    unplayed = [n for n in range(len(recorded)) if n not in played]
    candidates = unplayed[:1] if ordered else unplayed
    found = next((n for n in candidates if equal(recorded[n])), None)
    if found is None and repeats:
        found = next(
            (n for n in reversed(range(len(recorded))) if n in played and equal(recorded[n])), None
        )
    return found


@settings(max_examples=150)
@given(
    st.lists(st.sampled_from(ALPHABET), max_size=8),
    st.lists(st.sampled_from(ALPHABET), max_size=12),
    st.booleans(),
    st.booleans(),
)
def test_the_index_finds_what_a_scan_finds(stored, sent, ordered, repeats):
    recorded = [post(body) for body in stored]
    index = Index(answered(*recorded), Rules(ordered=ordered, allow_repeats=repeats))
    played = set()
    for request in map(post, sent):
        wanted = scan(recorded, played, request, ordered=ordered, repeats=repeats)
        match = index.take(request)
        assert (match and match.position) == wanted
        if wanted is not None:
            played.add(wanted)
    assert len(index.unplayed) == len(stored) - len(played)
