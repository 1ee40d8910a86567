"""A damaged file either loads or raises a CassetteError."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from llmcassette.errors import CassetteError
from llmcassette.formats import dialect_of, emit, read, write
from llmcassette.model import Interaction
from tests.corpus import SAMPLE_FILES
from tests.formats.strategies import DIALECTS, values
from tests.formats.test_bad_input import GOOD, SECOND


def shortened(interaction):
    request = replace(interaction.request, body=interaction.request.body[:200])
    response = replace(interaction.response, body=interaction.response.body[:300])
    return Interaction(0, request, response, ("url", "body $.key"))


SHORT = [shortened(read(path.read_bytes().decode()).interactions[0]) for path in SAMPLE_FILES]
SEEDS = [
    GOOD + SECOND,
    "\ufeff\ufeff" + GOOD + SECOND,
    *(emit(SHORT[-2:], dialect) for dialect in DIALECTS.values()),
]


def loads_or_complains(text):
    try:
        cassette = read(text)
    except CassetteError:
        return
    assert write(cassette) == text
    edited = replace(cassette, interactions=cassette.interactions[::-1])
    assert values(read(write(edited)).interactions) == values(edited.interactions)
    assert values(read(emit(edited.interactions, dialect_of(cassette))).interactions) == values(
        edited.interactions
    )


@pytest.mark.parametrize("path", SAMPLE_FILES, ids=lambda path: path.name)
def test_cut_anywhere(path):
    text = path.read_bytes().decode()
    for end in random.Random(path.name).sample(range(len(text)), 60):
        loads_or_complains(text[:end])


def test_the_seeds_are_good():
    for seed in SEEDS:
        loads_or_complains(seed)
        assert len(read(seed).interactions) == 2


@settings(max_examples=150)
@given(st.data())
def test_characters_flipped_moved_and_doubled(data):
    text = data.draw(st.sampled_from(SEEDS))
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(text) - 1))
        size = data.draw(st.integers(0, 30))
        piece = data.draw(
            st.one_of(
                st.sampled_from(list("\t\n\r :-#&*!|>'\"[]{}%?~\x00\x85\u2028\ufeff")),
                st.just(text[at : at + size] * 2),
                st.sampled_from(
                    ["&a ", "*a", "!!binary ", "- ", "? ", "\n---\n", "\n...\n", "<<: "]
                ),
            )
        )
        text = text[:at] + piece + text[at + size :]
    loads_or_complains(text)


@settings(max_examples=100)
@given(st.text(st.sampled_from("ab:-?[]{}&*!|>'\"%@,#~ \n\t\r\ufeff"), max_size=40))
@example("version: 2\ninteractions: [*a]")
@example("? a")
@example("*a")
@example("--- *a")
def test_any_text(text):
    loads_or_complains(text)
    loads_or_complains(f"version: 2\ninteractions:\n- {text}")
