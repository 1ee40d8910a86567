"""Every single value of a real request or answer counts, but for the listed volatile fields."""

from __future__ import annotations

import json
import os
import random
from dataclasses import replace
from typing import TYPE_CHECKING, Final, NamedTuple

import pytest

from llmcassette import load
from llmcassette.cli.output.inspect.transcript import stable_text
from llmcassette.matching.tool_ids import find_ids
from llmcassette.model import Cassette, Interaction
from llmcassette.review.diff.compare import compare
from llmcassette.review.diff.volatile import is_volatile_place
from llmcassette.review.parsed import parse_interactions
from tests.cases import case
from tests.corpus import by_project, corpus_id
from tests.review.changing import Change, change_one_value

if TYPE_CHECKING:
    from pathlib import Path

LONG: Final = "LLMCASSETTE_LONG_TESTS" in os.environ
CHANGES_A_FILE: Final = 60 if LONG else 2
LONGEST: Final = 200_000
"""Bytes of a body that is changed."""
STRUCTURE: Final = frozenset(
    {"type", "object", "role", "status", "index", "output_index", "content_index", "model",
     "modelVersion"}
)  # fmt: skip
"""Members that ``textconv`` shows by where and how it shows the others."""


@pytest.mark.parametrize("files", by_project())
def test_a_changed_value_is_a_difference_unless_its_name_is_listed(files: list[Path]) -> None:
    for path in files:
        cassette = load(path)
        chance = random.Random(path.name)
        with case(corpus_id(path)):
            for _ in range(CHANGES_A_FILE):
                found = with_one_change(cassette, chance)
                if found is None or found.is_volatile:
                    continue
                changed, change, _ = found
                assert not compare(cassette, changed).equal, change.keys
                if not change.removed and change.keys[-1] not in STRUCTURE:
                    assert as_text(cassette) != as_text(changed), change.keys


def as_text(cassette: Cassette) -> list[str]:
    """What ``textconv`` prints."""
    return list(stable_text(parse_interactions(cassette.interactions)))


class Changed(NamedTuple):
    """A cassette with one change in one body."""

    cassette: Cassette
    change: Change
    is_volatile: bool


def with_one_change(cassette: Cassette, chance: random.Random) -> Changed | None:
    if not cassette.interactions:
        return None
    at = chance.randrange(len(cassette.interactions))
    old = cassette.interactions[at]
    of_request = chance.random() < 0.4
    side = old.request if of_request else old.response
    if len(side.body) > LONGEST:
        return None
    change = change_one_value(side.body, side.headers.get("content-type"), chance)
    if change is None:
        return None
    request, response = old.request, old.response
    if of_request:
        request = replace(request, body=change.body)
        is_volatile = is_call_id(old, change.keys)
    else:
        response = replace(response, body=change.body)
        is_volatile = is_volatile_place(change.keys)
    interactions = list(cassette.interactions)
    interactions[at] = Interaction(old.id, request, response, old.redacted)
    return Changed(replace(cassette, interactions=tuple(interactions)), change, is_volatile)


def is_call_id(interaction: Interaction, keys: tuple[str | int, ...]) -> bool:
    """Whether a place in a request holds the id of a tool call, which may be renamed."""
    body = value = json.loads(interaction.request.body)
    for key in keys:
        value = value[key]
    return any(place.id == value for place in find_ids(interaction.request, ["json", body]))
