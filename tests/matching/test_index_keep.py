"""An index that keeps some of its plays is as one that was asked for these alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmcassette.matching import Index, Rules
from tests.matching.requests import answered, post


def spelled(number):
    """A request of a few kinds, as recorded or worded otherwise; one holds a redacted text."""
    kind, otherwise = divmod(number, 2)
    call = {"role": "tool", "tool_call_id": f"call_{number}", "content": "it"}
    return [
        post('{"a":1,"b":2}' if otherwise else '{"b":2, "a":1}'),
        post('{"key":"[REDACTED]"}' if otherwise else '{"key":"sk-1"}'),
        post({"messages": [call]}),
        post('{"c":1}' if otherwise else '{"c":1.0}'),
    ][kind]


NUMBERS = st.lists(st.integers(0, 7), max_size=12).map(lambda said: [spelled(n) for n in said])
RULES = [
    Rules(),
    Rules(ordered=True),
    Rules(allow_repeats=True),
    Rules(rename_ids=True),
    Rules(matcher=lambda sent, recorded: len(sent.body) == len(recorded.body)),
]


def asked(index, requests):
    found = [index.take(request) for request in requests]
    return [match and (match.position, match.how) for match in found]


@pytest.mark.parametrize("rules", RULES, ids=["plain", "ordered", "repeats", "ids", "matcher"])
@given(recorded=NUMBERS, before=NUMBERS, gone=NUMBERS, after=NUMBERS)
def test_what_comes_after_is_as_if_the_rest_had_never_been(rules, recorded, before, gone, after):
    index, fresh = (Index(answered(*recorded), rules) for _ in range(2))
    assert asked(index, before) == asked(fresh, before)
    plays = range(index.plays)
    asked(index, gone)

    index.keep(plays)

    assert index.played_positions == fresh.played_positions
    assert index.unplayed == fresh.unplayed
    assert asked(index, after) == asked(fresh, after)
    assert index.played_positions == fresh.played_positions


def test_plays_in_between_may_stay():
    index = Index(answered(*[post("{}")] * 4), Rules())
    asked(index, [post("{}")] * 4)

    index.keep([0, 2])

    assert index.played_positions == (0, 2)
    assert asked(index, [post("{}")] * 3) == [(1, "exact"), (3, "exact"), None]


def test_what_was_played_is_found_again_in_another_order():
    one, two, three = post("[1]"), post("[2]"), post("[3]")
    index = Index(answered(one, two, three), Rules())
    asked(index, [one, two, three])

    index.keep(())

    assert asked(index, [three, one, two]) == [(2, "exact"), (0, "exact"), (1, "exact")]
