"""Real recordings: every request finds its own interaction, however a client spells it."""

from __future__ import annotations

import json
import random
from dataclasses import replace

import pytest

from llmcassette.json.value import NOT_JSON, json_value
from llmcassette.matching import Index, Rules, canonical_request
from llmcassette.storage import load
from tests.corpus import SAMPLE_FILES, corpus_files, corpus_id, needs_corpus

RULES = Rules()


def respelled(request):
    """The request as another JSON library would write it: keys shuffled, ASCII only, spaced."""
    if json_value(request.body) is NOT_JSON:
        return request
    body = json.dumps(shuffled(json.loads(request.body), random.Random(1)), indent=1)
    return replace(request, body=body.replace("\n", "\r\n").encode())


def shuffled(value, draw):
    if isinstance(value, dict):
        items = list(value.items())
        draw.shuffle(items)
        return {key: shuffled(item, draw) for key, item in items}
    return [shuffled(item, draw) for item in value] if isinstance(value, list) else value


def check(path):
    interactions = load(path).interactions
    for spelled in (lambda request: request, respelled):
        index = Index(interactions, RULES)
        for position, interaction in enumerate(interactions):
            match = index.take(spelled(interaction.request))
            assert match is not None, f"interaction {position} finds no recording"
            assert match.position == position
            assert match.how == "exact"
        assert index.unplayed == ()
        assert index.canonicalised <= 2 * len(interactions)


@pytest.mark.parametrize("path", SAMPLE_FILES, ids=corpus_id)
def test_the_samples_match_themselves(path):
    check(path)


@needs_corpus
def test_the_corpus_matches_itself():
    paths = corpus_files("go-vcr-v2")
    assert len(paths) > 100
    for path in paths:
        check(path)


@needs_corpus
def test_requests_of_one_file_are_equal_only_if_their_values_are():
    """Canonical texts compared with Python's own reading of the JSON, pair by pair."""
    compared = 0
    for path in corpus_files("go-vcr-v2"):
        requests = [interaction.request for interaction in load(path).interactions][:12]
        forms = [canonical_request(request) for request in requests]
        plain = [
            (r.method, r.url, json.loads(r.body) if json_value(r.body) is not NOT_JSON else r.body)
            for r in requests
        ]
        for i in range(len(requests)):
            for j in range(i):
                assert (forms[i] == forms[j]) == (plain[i] == plain[j]), f"{path.name}: {j} and {i}"
                compared += 1
    assert compared > 500
