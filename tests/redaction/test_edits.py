"""Edits change nothing else, and the chunk sizes still add up to the body."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from llmcassette.model import Chunk
from llmcassette.redaction.edits import Edit, apply_edits, merged, recut


@st.composite
def bodies_with_edits_and_chunks(draw):
    body = draw(st.binary(max_size=60))
    spans = st.tuples(st.integers(0, len(body)), st.integers(0, len(body)))
    edits = [
        Edit(min(span), max(span), text)
        for span, text in draw(
            st.lists(st.tuples(spans, st.sampled_from([b"", b"[REDACTED]", b"x"])), max_size=4)
        )
        if span[0] != span[1]
    ]
    cuts = sorted(draw(st.sets(st.integers(1, max(len(body) - 1, 1)), max_size=6)))
    borders = [0, *(cut for cut in cuts if cut < len(body)), len(body)]
    chunks = [Chunk(b - a, 0.25) for a, b in pairwise(borders)]
    return body, merged(edits), chunks


@given(bodies_with_edits_and_chunks())
def test_chunks_add_up_to_the_edited_body_and_none_became_empty(case):
    body, edits, chunks = case
    result = recut(chunks, edits)
    assert sum(chunk.size for chunk in result) == len(apply_edits(body, edits))
    assert all(chunk.size > 0 for chunk in result) or not body
    assert sum(chunk.gap for chunk in result) <= sum(chunk.gap for chunk in chunks)


def test_a_replaced_span_is_charged_to_the_chunk_it_lies_in():
    chunks = (Chunk(10, 0.1), Chunk(20, 0.2), Chunk(10, 0.3))
    assert recut(chunks, [Edit(12, 27, b"[REDACTED]")]) == (
        Chunk(10, 0.1),
        Chunk(15, 0.2),
        Chunk(10, 0.3),
    )


def test_a_span_over_two_chunks_is_shared_between_them():
    chunks = (Chunk(10, 0.1), Chunk(10, 0.2))
    assert recut(chunks, [Edit(0, 20, b"[REDACTED]")]) == (Chunk(5, 0.1), Chunk(5, 0.2))


def test_a_chunk_of_which_nothing_is_left_gives_its_gap_to_the_next():
    chunks = (Chunk(5, 0.1), Chunk(5, 0.2), Chunk(5, 0.4))
    assert recut(chunks, [Edit(5, 10, b"")]) == (Chunk(5, 0.1), Chunk(5, 0.2 + 0.4))


def test_an_empty_chunk_that_was_recorded_stays():
    chunks = (Chunk(0, 0.1), Chunk(5, 0.2))
    assert recut(chunks, []) == chunks


def test_chunks_that_did_not_add_up_do_not_begin_to():
    chunks = (Chunk(5, 0.1), Chunk(90, 0.2))
    assert recut(chunks, [Edit(0, 3, b"")]) == (Chunk(2, 0.1), Chunk(90, 0.2))


def test_edits_that_overlap_become_one_with_the_mark():
    edits = [Edit(4, 9, b""), Edit(0, 5), Edit(20, 22, b"x")]
    assert merged(edits) == [Edit(0, 9), Edit(20, 22, b"x")]


def test_neighbours_stay_two():
    assert apply_edits(b"abcd", merged([Edit(1, 2), Edit(2, 3)])) == b"a[REDACTED][REDACTED]d"
