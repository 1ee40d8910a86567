"""Interactions that were played since a certain moment can be played again."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmcassette.matching import Index, Rules
from tests.matching.requests import answered, post


def spelled(number):
    """A request of a few kinds, as recorded or spelled otherwise; one has a redacted text."""
    kind, otherwise = divmod(number, 2)
    call = {"role": "assistant", "tool_calls": [{"id": f"call_{number}"}]}
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
@given(recorded=NUMBERS, before=NUMBERS, first=NUMBERS, second=NUMBERS)
def test_a_second_attempt_gets_what_it_would_have_got_at_first(
    rules, recorded, before, first, second
):
    index, fresh = (Index(answered(*recorded), rules) for _ in range(2))
    assert asked(index, before) == asked(fresh, before)
    used_up = index.used_up()
    asked(index, first)

    index.play_again(used_up)

    assert asked(index, second) == asked(fresh, second)


def test_what_was_played_stays_on_the_list():
    one, two, three = post("[1]"), post("[2]"), post("[3]")
    index = Index(answered(one, two, three), Rules())
    asked(index, [one])
    used_up = index.used_up()
    asked(index, [two])

    index.play_again(used_up)

    assert index.played_positions == (0, 1)
    assert [each.request for each in index.unplayed] == [three]
    assert asked(index, [one, two, two]) == [None, (1, "exact"), None]
    assert index.played_positions == (0, 1, 1)
