"""Any model is read back unchanged from its text in any dialect."""

from __future__ import annotations

from dataclasses import replace

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from llmcassette.formats import CHARM, emit, read, write
from llmcassette.model import Cassette, Headers, Interaction, Request, Response
from tests.formats.strategies import (
    DIALECTS,
    LOOKS_LIKE_SOMETHING_ELSE,
    bodies,
    interactions,
    responses,
    texts,
    values,
)


@pytest.mark.parametrize("dialect", DIALECTS.values(), ids=DIALECTS)
@settings(max_examples=20)
@given(st.lists(interactions, max_size=3))
def test_what_is_written_is_read_back(dialect, found):
    assert values(read(emit(found, dialect)).interactions) == values(found)


@pytest.mark.parametrize("value", LOOKS_LIKE_SOMETHING_ELSE, ids=ascii)
def test_awkward_text_survives_in_every_place_and_dialect(value):
    request = Request(
        method=value or "GET",
        url=value or "/",
        body=value.encode(),
        headers=Headers({value: [value, value]}),
        transfer_encoding=(value,),
    )
    found = [Interaction(0, request, Response(code=200, body=value.encode(), ended=value))]

    for name, dialect in DIALECTS.items():
        assert values(read(emit(found, dialect)).interactions) == values(found), name


@settings(max_examples=150)
@given(bodies, bodies, texts)
def test_pyyaml_alone_reads_the_charm_dialect_to_the_same_values(sent, body, name):
    request = Request(method="POST", url="https://a/", body=sent, headers=Headers({name: [name]}))
    text = emit([Interaction(0, request, Response(code=200, body=body))], CHARM)

    found = yaml.safe_load(text)["interactions"][0]

    assert as_bytes(found["request"].get("body", "")) == sent
    assert as_bytes(found["response"]["body"]) == body
    assert found["request"]["headers"] == {name: [name]}


def as_bytes(value):
    return value if isinstance(value, bytes) else value.encode()


@settings(max_examples=30)
@given(st.lists(interactions, min_size=1, max_size=4), st.data())
def test_any_edit_of_a_file_reads_back(found, data):
    dialect = data.draw(st.sampled_from(list(DIALECTS.values())))
    cassette = read(emit(found, dialect))
    fresh = data.draw(st.lists(interactions, max_size=2))
    kept = data.draw(st.lists(st.sampled_from(cassette.interactions), max_size=4))
    edited = tuple(data.draw(st.permutations([*kept, *fresh])))

    text = write(Cassette(interactions=edited, source=cassette.source))

    again = read(text).interactions
    assert values(again) == values(edited)
    if edited != cassette.interactions:
        assert [interaction.id for interaction in again] == list(range(len(edited)))


@settings(max_examples=60)
@given(responses)
def test_a_second_write_changes_nothing(response):
    request = Request(method="GET", url="https://a/")
    text = emit([Interaction(0, request, response)], CHARM)

    assert emit(read(text).interactions, CHARM) == text


@pytest.mark.parametrize("comment", [" # ours\n", "\n # ours\n", "\n  \n\n  # ours\n#theirs\n"])
@pytest.mark.parametrize("key", ["request", "headers", "Accept"])
def test_comments_below_a_key_do_not_move_what_is_added(key, comment):
    request = Request(method="GET", url="https://a.test", headers=Headers({"Accept": "b"}))
    added = Interaction(1, request, Response(code=200, body=b"two\nlines\n"))
    plain = write(Cassette(interactions=(added,)))
    commented = plain.replace(f"{key}:\n", f"{key}:{comment}", 1)
    cassette = read(commented)

    text = write(replace(cassette, interactions=(*cassette.interactions, added)))

    assert text == commented + plain[plain.index("- id: 0") :].replace("id: 0", "id: 1")
