"""The fast function for a stream's texts gives the same as the exact one."""

import json

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from llmcassette.redaction.documents import body_kind
from llmcassette.redaction.split_texts import joined_texts, split_texts
from tests.corpus import SAMPLE_FILES, corpus_files, needs_corpus
from tests.redaction.test_corpus import interactions_of

NAMES = st.sampled_from(["a", "delta", "index", "item_id", "x, 5", "x, 6", '"', "b\\"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=6,
)


def exactly(body, kind):
    return b"\n".join(split.view.text for split in split_texts(body, kind))


@settings(max_examples=150)
@example([[float("inf"), {"index": None, "a": ""}], [{"index": None, "a": ""}]], None)
@given(st.lists(VALUES, max_size=5), st.sampled_from([None, (",", ":"), (" ,", " : ")]))
def test_any_json(values, separators):
    events = [json.dumps(value, separators=separators).encode() for value in values * 2]
    lines = b"".join(b"data: " + event + b"\n\n" for event in events)
    assert joined_texts(lines, "sse") == exactly(lines, "sse")


@pytest.mark.parametrize(
    "event",
    [
        b'{"a":"x',
        b'{"a":nul"x"}',
        b'{"a, 5":"x", "a, "b":1}',
        b'{"a"  :"x","index":{"a":1},"b":"y"}',
        b'{"a":"x","index":true}',
        b'{"a":-,"b":"y"}',
        b"5 is text",
        b'"x"',
        b"[DONE]",
    ],
)
def test_broken_and_odd_events(event):
    lines = b"data: " + event + b"\n\ndata: " + event + b'\n\ndata: {"a":"z"}\n\n'
    assert joined_texts(lines, "sse") == exactly(lines, "sse")


def test_elements_of_one_array_are_pieces_and_members_of_other_names_are_not():
    lines = b'data: [1,"a"]\n\ndata: ["b",2]\n\ndata: ["d","e"]\n\ndata: {"x":"f"}\n\n'
    assert joined_texts(lines, "sse") == b"abde"
    assert joined_texts(b'{"a":[{"b":"x"},{"b":"y","c":"z"}]}', "json") == b"xy"


def test_texts_that_alternate_are_joined_apart_and_together():
    event = 'data: {{"a":[{{"index":{},"b":"{}"}}]}}\n\n'
    lines = "".join(event.format(n % 2, n) for n in range(4)).encode()
    assert joined_texts(lines, "sse") == b"02\n13\n0123"


@needs_corpus
def test_every_stream_of_the_corpus():
    streams = 0
    for path in [*corpus_files("go-vcr-v2"), *corpus_files("vcrpy-v1"), *SAMPLE_FILES]:
        for interaction in interactions_of(path):
            body = interaction.response.body
            kind = body_kind(body, interaction.response.headers.get("content-type", ""))
            assert joined_texts(body, kind) == exactly(body, kind)
            streams += kind == "sse"
    assert streams > 50
