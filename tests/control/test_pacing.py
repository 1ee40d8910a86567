"""When an answer's parts come, by recorded times and settings."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmcassette import Chunk, Headers, Response
from llmcassette.recorder.pacing import Timing, retried_at_once, timing
from llmcassette.recorder.playback import playback_of
from llmcassette.recorder.settings import Settings

BODY = b"aabbbb"
RECORDED = Response(
    code=200, body=BODY, duration=0.5, chunks=(Chunk(2, 0.2), Chunk(3, 0.1), Chunk(1, 0.4))
)
ONLY_DURATION = Response(code=200, body=BODY, duration=0.5)
AS_RECORDED = [b"aa", b"bbb", b"b"]


def rounded(found: Timing) -> tuple[float, list[float]]:
    return round(found.before, 6), [round(gap, 6) for gap in found.gaps]


def test_instant_waits_for_nothing():
    assert timing(RECORDED, AS_RECORDED) == Timing(0, ())


def test_recorded_waits_as_long_as_the_recording_did():
    found = timing(RECORDED, AS_RECORDED, pace="recorded")
    assert rounded(found) == (0.5, [0.2, 0.1, 0.4, 0])


@pytest.mark.parametrize(("pace", "scale"), [(0.1, 0.1), (10, 10.0)])
def test_a_factor_scales_all_recorded_times(pace, scale):
    found = timing(RECORDED, AS_RECORDED, pace=pace)
    assert found.before == pytest.approx(0.5 * scale)
    assert found.gaps == pytest.approx((0.2 * scale, 0.1 * scale, 0.4 * scale, 0))


def test_a_cassette_with_only_a_duration_waits_before_the_headers():
    assert timing(ONLY_DURATION, AS_RECORDED, pace="recorded") == Timing(0.5, ())


def test_and_then_between_chunks_as_the_setting_gap_says():
    found = timing(ONLY_DURATION, AS_RECORDED, pace="recorded", gap=0.05)
    assert rounded(found) == (0.5, [0, 0.05, 0.05, 0])


def test_gap_takes_the_place_of_recorded_gaps_but_not_of_the_first():
    found = timing(RECORDED, AS_RECORDED, pace="recorded", gap=0.05)
    assert rounded(found) == (0.5, [0.2, 0.05, 0.05, 0])


def test_ttft_and_gap_alone_need_no_pace():
    assert rounded(timing(RECORDED, AS_RECORDED, ttft=1, gap=0.05)) == (0, [1, 0.05, 0.05, 0])


def test_ttft_is_the_time_from_the_request_to_the_first_chunk():
    later = timing(RECORDED, AS_RECORDED, pace="recorded", ttft=2)
    assert rounded(later) == (0.5, [1.5, 0.1, 0.4, 0])
    sooner = timing(RECORDED, AS_RECORDED, pace="recorded", ttft=0.3)
    assert rounded(sooner) == (0.3, [0, 0.1, 0.4, 0])


def test_an_answer_without_a_body_takes_that_long_to_come():
    assert timing(Response(code=204), [], ttft=1) == Timing(1, ())


def test_cut_otherwise_a_chunk_comes_when_its_last_byte_came():
    found = timing(RECORDED, [b"a", b"ab", b"bbb"], pace="recorded")
    assert rounded(found) == (0.5, [0.2, 0.1, 0.4, 0])
    found = timing(RECORDED, [BODY], pace="recorded")
    assert rounded(found) == (0.5, [0.7, 0])


@given(st.lists(st.integers(1, 6), max_size=6))
def test_however_it_is_cut_all_of_it_takes_the_same_time(sizes):
    chunks, position = [], 0
    for size in [*sizes, len(BODY)]:
        if BODY[position : position + size]:
            chunks.append(BODY[position : position + size])
        position += size
    assert sum(timing(RECORDED, chunks, pace="recorded").gaps) == pytest.approx(0.7)


def test_the_time_of_an_empty_recorded_chunk_goes_to_the_next():
    chunks = (Chunk(2, 0.2), Chunk(0, 0.1), Chunk(4, 0.4))
    response = Response(code=200, body=BODY, duration=0.5, chunks=chunks)
    found = timing(response, [BODY[:2], BODY[2:]], pace="recorded")
    assert rounded(found) == (0.5, [0.2, 0.5, 0])


def test_chunks_that_no_longer_add_up_to_the_body_have_no_times():
    edited = Response(code=200, body=b"edited", duration=0.5, chunks=(Chunk(99, 1.0),))
    assert timing(edited, [b"edited"], pace="recorded") == Timing(0.5, ())


def test_a_stall_waits_before_the_chunk_that_begins_there_at_any_pace():
    assert rounded(timing(RECORDED, AS_RECORDED, stalls=[(2, 3)])) == (0, [0, 3, 0, 0])
    assert rounded(timing(RECORDED, AS_RECORDED, stalls=[(6, 3)])) == (0, [0, 0, 0, 3])
    found = timing(RECORDED, AS_RECORDED, pace="recorded", stalls=[(0, 3)])
    assert rounded(found) == (0.5, [3.2, 0.1, 0.4, 0])


def test_a_chunk_is_cut_where_a_stall_falls_into_it():
    given_ = playback_of(RECORDED, Settings(chunking="whole"), stalls=[(2, 1), (4, 1)])
    assert given_.chunks == [b"aa", b"bb", b"bb"]
    assert given_.timing.gaps == (0, 1, 1, 0)


def test_a_stall_between_two_chunks_cuts_off_no_empty_one():
    given_ = playback_of(RECORDED, stalls=[(0, 1), (2, 1), (5, 1), (6, 1)])
    assert given_.chunks == AS_RECORDED
    assert given_.timing.gaps == (1, 1, 1, 1)


@pytest.mark.parametrize("code", [408, 409, 429, 500, 502, 503, 529])
@pytest.mark.parametrize(
    "told", [{}, {"retry-after": "20"}, {"Retry-After": "0", "RETRY-AFTER-MS": "0"}]
)
def test_what_sdks_retry_tells_them_to_do_it_at_once(code, told):
    headers = retried_at_once(Response(code=code, headers=Headers({"x": "y", **told}))).headers
    assert headers.multi_items() == [
        ("x", "y"),
        ("retry-after-ms", "1"),
        ("retry-after", "0.001"),
    ]


@pytest.mark.parametrize("code", [200, 301, 400, 401, 404])
def test_what_they_do_not_retry_is_left_alone(code):
    response = Response(code=code, headers=Headers({"retry-after": "20"}))
    assert retried_at_once(response) is response


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        (Settings(), "0.001"),
        (Settings(retry_after="recorded"), "20"),
        (Settings(pace="recorded"), "20"),
        (Settings(pace=0.1), "20"),
        (Settings(ttft=1), "0.001"),
    ],
)
def test_only_at_pace_instant_and_only_if_it_is_let(settings, told):
    answer = playback_of(Response(code=429, headers=Headers({"retry-after": "20"})), settings)
    assert dict(answer.headers)[b"retry-after"] == told.encode()
