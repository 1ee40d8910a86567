"""The table of requests that are and are not the same."""

from __future__ import annotations

import pytest

from llmcassette.matching import Index, Rules, canonical_request
from tests.matching.pairs import EQUAL, UNEQUAL
from tests.matching.requests import answered

RULES = Rules()


def test_the_table_is_as_long_as_promised_and_names_each_reason_once():
    reasons = [why for why, _, _ in EQUAL + UNEQUAL]
    assert len(set(reasons)) >= 150
    assert len(EQUAL) > 80
    assert len(UNEQUAL) > 80


@pytest.mark.parametrize(("one", "other"), [pair[1:] for pair in EQUAL], ids=[p[0] for p in EQUAL])
def test_equal(one, other):
    assert canonical_request(one) == canonical_request(other)
    assert Index(answered(one), RULES).take(other) is not None
    assert Index(answered(other), RULES).take(one) is not None


@pytest.mark.parametrize(
    ("one", "other"), [pair[1:] for pair in UNEQUAL], ids=[p[0] for p in UNEQUAL]
)
def test_unequal(one, other):
    assert canonical_request(one) != canonical_request(other)
    assert Index(answered(one), RULES).take(other) is None
    assert Index(answered(other), RULES).take(one) is None
