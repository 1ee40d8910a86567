"""What counts as drift, and how bad it is: shapes of real answers, and changes of them."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations

import pytest

import llmcassette
from llmcassette.model import Interaction
from llmcassette.review.diff.drift import drift
from tests.corpus import SAMPLE_FILES

STREAMS = [
    interaction
    for path in SAMPLE_FILES
    for interaction in llmcassette.load(path).interactions
    if interaction.response.body.startswith((b"data:", b"event:"))
]
OPENAI = next(one for one in STREAMS if b"[DONE]" in one.response.body)


def changed(interaction, old, new):
    body = interaction.response.body
    assert old in body
    response = replace(interaction.response, body=body.replace(old, new), chunks=None)
    return Interaction(interaction.id, interaction.request, response)


def told(recorded, live):
    return [(one.tier, one.place) for one in drift(recorded, live)]


@pytest.mark.parametrize("interaction", STREAMS, ids=lambda one: one.request.url)
def test_an_answer_has_not_drifted_from_itself(interaction):
    assert drift(interaction, interaction) == []


def test_a_terminal_event_that_is_missing_is_an_error():
    assert ("error", "end of stream") in told(OPENAI, changed(OPENAI, b"data: [DONE]\n", b"\n"))


def test_a_key_that_is_missing_is_an_error():
    live = changed(OPENAI, b'"model"', b'"model_name"')

    assert ("error", "model") in [(t, p.split()[-1]) for t, p in told(OPENAI, live)]


def test_a_key_of_another_type_is_an_error():
    live = changed(OPENAI, b'"index":0', b'"index":"0"')

    assert told(OPENAI, live)[0][0] == "error"


def test_a_new_key_is_for_information_only():
    live = changed(OPENAI, b'"model":', b'"brand_new":true,"model":')

    assert {tier for tier, _ in told(OPENAI, live)} == {"info"}


def test_an_answer_that_was_not_recorded_to_its_end_says_nothing_of_the_end():
    cut = Interaction(
        0,
        OPENAI.request,
        replace(OPENAI.response, ended="closed", body=OPENAI.response.body[:600], chunks=None),
    )

    assert ("error", "end of stream") not in told(cut, OPENAI)


def test_the_worst_comes_first():
    tiers = ["error", "warn", "info"]
    for one, other in permutations(STREAMS[:6], 2):
        found = [tiers.index(tier) for tier, _ in told(one, other)]
        assert found == sorted(found)
