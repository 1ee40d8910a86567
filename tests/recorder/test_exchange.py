"""What an exchange asks of a driver, step by step; nothing is sent and nothing waits here."""

from __future__ import annotations

import asyncio
import functools

import pytest

from llmcassette import Chunk, ReplayError, Request, UnmatchedRequestError, faults
from llmcassette.recorder.playback import Playback
from llmcassette.recorder.recorded_interaction import Head
from llmcassette.recorder.run import current_run
from llmcassette.recorder.steps import (
    Await,
    Caller,
    Discard,
    Failure,
    GoLive,
    PassOn,
    ReadOut,
    Wait,
)
from tests.control.wires import STREAMS, interaction
from tests.recorder.asking import opened, steps

URL, _, BODY = STREAMS["openai_chat"]
PIECES = [BODY[:100], BODY[100:150], BODY[150:]]
CHUNKS = tuple(Chunk(len(piece), gap) for piece, gap in zip(PIECES, (0.25, 0.5, 1), strict=True))
RECORDED = interaction("openai_chat", duration=2, chunks=CHUNKS)
OTHER = Request(method="POST", url="https://api.openai.com/v1/other")
OK = Head(200, "OK", "HTTP/1.1", [("content-type", "text/plain")])


@pytest.fixture(autouse=True)
def _errors_are_the_tests_own(monkeypatch):
    monkeypatch.setattr(current_run, "listeners", [])
    monkeypatch.setattr(current_run, "verifiers", [])


@pytest.fixture
def open_cassette(tmp_path):
    return functools.partial(opened, path=tmp_path / "weather.yaml")


class Clock:
    """A clock that a test sets; ``Wait``s don't move it."""

    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now


def taken(found):
    """All steps, with answers in a word."""
    return ["answer" if isinstance(step, Playback) else step for step in found]


def test_a_plain_answer_comes_whole_and_at_once(open_cassette):
    answer, *body = steps(open_cassette(RECORDED), RECORDED.request)
    assert (answer.code, answer.chunks, answer.failure) == (200, PIECES, None)
    assert body == PIECES


def test_a_miss_is_raised_and_kept(open_cassette):
    cassette = open_cassette(RECORDED)
    with pytest.raises(ReplayError) as caught:
        next(steps(cassette, OTHER))
    assert cassette.errors == (caught.value,)


def test_under_llm_drift_the_nearest_recording_answers_a_miss_which_is_kept(
    open_cassette, monkeypatch
):
    monkeypatch.setattr(current_run, "continues_after_miss", True)
    cassette = open_cassette(RECORDED)
    answer, *_ = steps(cassette, OTHER)
    assert (answer.code, answer.chunks) == (200, PIECES)
    assert (len(cassette.errors), cassette.player.played) == (1, (RECORDED,))


# Pace


def test_at_the_recorded_pace_each_part_is_waited_for(open_cassette):
    found = steps(open_cassette(RECORDED, pace="recorded"), RECORDED.request)
    assert taken(found) == [
        Wait(2), "answer", Wait(0.25), PIECES[0], Wait(0.75), PIECES[1], Wait(1.75), PIECES[2],
    ]  # fmt: skip


def test_what_is_late_because_the_caller_was_busy_comes_at_once(open_cassette):
    clock = Clock()
    caller = Caller(False, clock)
    found = steps(open_cassette(RECORDED, gap=1, ttft=1), RECORDED.request, caller)
    assert taken(next(found) for _ in range(3)) == ["answer", Wait(1), PIECES[0]]
    clock.now = 2.5
    assert [next(found), next(found)] == [PIECES[1], Wait(0.5)]


def test_an_answer_that_takes_longer_than_the_read_timeout_fails_and_can_be_asked_again(
    open_cassette,
):
    cassette = open_cassette(RECORDED, pace="recorded")
    impatient = Caller(False, Clock(), read_timeout=0.5)
    late = Failure("read-timeout", "nothing came for 0.5 seconds")
    assert list(steps(cassette, RECORDED.request, impatient)) == [Wait(0.5), late]
    assert cassette.player.played == ()
    assert len(list(steps(cassette, RECORDED.request))) == 8
    assert cassette.player.played == (RECORDED,)


@pytest.mark.parametrize("reason", [KeyboardInterrupt, asyncio.CancelledError, GeneratorExit])
def test_who_stops_waiting_for_the_headers_may_ask_again(reason, open_cassette):
    cassette = open_cassette(RECORDED, pace="recorded")
    found = steps(cassette, RECORDED.request)
    assert isinstance(next(found), Wait)
    with pytest.raises(reason):
        found.throw(reason())
    assert cassette.player.played == ()
    assert len(list(steps(cassette, RECORDED.request))) == 8


@pytest.mark.parametrize("reason", [KeyboardInterrupt, asyncio.CancelledError, GeneratorExit])
def test_who_stops_waiting_in_the_body_has_had_this_answer(reason, open_cassette):
    cassette = open_cassette(RECORDED, pace="recorded")
    found = steps(cassette, RECORDED.request)
    waits = [step for _, step in zip(range(3), found, strict=False)]
    assert isinstance(waits[-1], Wait)
    with pytest.raises(reason):
        found.throw(reason())
    assert cassette.player.played == (RECORDED,)
    with pytest.raises(UnmatchedRequestError):
        next(steps(cassette, RECORDED.request))


def test_the_setting_sleep_waits_in_place_of_the_driver(open_cassette):
    waits = []
    found = steps(open_cassette(RECORDED, gap=1, sleep=waits.append), RECORDED.request)
    assert taken(found) == ["answer", *PIECES]
    assert waits == [1, 1]


def test_an_asynchronous_sleep_is_awaited_by_who_can(open_cassette):
    async def sleep(seconds): ...

    cassette = open_cassette(RECORDED, pace="recorded", sleep=sleep)
    first = next(steps(cassette, RECORDED.request, Caller(True, Clock())))
    assert isinstance(first, Await)
    first.awaitable.close()
    with pytest.raises(ReplayError, match="is asynchronous, and this client is not"):
        next(steps(cassette, RECORDED.request))


# Ends and faults


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (faults.connect_error(), "connect"),
        (faults.connect_timeout(), "connect-timeout"),
        (faults.read_timeout(), "read-timeout"),
    ],
)
def test_a_fault_before_the_answer_is_a_failure_of_that_kind(fault, kind, open_cassette):
    found = steps(open_cassette(RECORDED, faults=(fault,)), RECORDED.request)
    assert list(found) == [Failure(kind, repr(fault))]


def test_a_connection_lost_in_the_stream_fails_after_the_chunks(open_cassette):
    fault = faults.drop(after_events=2)
    answer, *body, failure = steps(open_cassette(RECORDED, faults=(fault,)), RECORDED.request)
    assert failure == answer.failure == Failure("read", repr(fault))
    assert BODY.startswith(b"".join(body))


def test_a_recorded_error_is_a_failure_with_the_name_of_its_class(open_cassette):
    recorded = interaction("openai_chat", ended="RemoteProtocolError")
    *_, failure = steps(open_cassette(recorded), recorded.request)
    assert failure == Failure(
        "RemoteProtocolError", "the recorded stream ended here with RemoteProtocolError"
    )


def test_who_reads_past_the_end_that_the_recording_caller_made_gets_an_error(open_cassette):
    recorded = interaction("openai_chat", ended="closed", chunks=CHUNKS)
    cassette = open_cassette(recorded)
    found = steps(cassette, recorded.request)
    assert taken(next(found) for _ in range(4)) == ["answer", *PIECES]
    assert cassette.errors == ()
    with pytest.raises(ReplayError, match="the caller closed the stream before it was over"):
        next(found)
    assert len(cassette.errors) == 1


# Recording


def test_a_request_goes_live_and_what_comes_is_recorded(open_cassette):
    cassette = open_cassette(mode="all")
    found = steps(cassette, OTHER)
    live = next(found)
    assert isinstance(live, GoLive)
    live.recording.began(OK)
    live.recording.arrived(b"x")
    assert list(found) == [PassOn()]
    live.recording.finish("")
    assert [one.response.body for one in cassette.recorded] == [b"x"]


def test_without_an_answer_nothing_is_recorded(open_cassette):
    cassette = open_cassette(mode="all")
    found = steps(cassette, OTHER)
    next(found)
    with pytest.raises(OSError, match="no route"):
        found.throw(OSError("no route"))
    cassette.close()
    assert cassette.recorded == ()


def test_an_upgraded_connection_is_discarded_and_an_error(open_cassette):
    cassette = open_cassette(mode="all")
    found = steps(cassette, OTHER)
    next(found).recording.began(Head(101, "Switching Protocols", "HTTP/1.1", []))
    assert next(found) == Discard()
    with pytest.raises(ReplayError, match=r"api\.openai\.com switched protocols \(101\)"):
        next(found)
    cassette.close()
    assert (len(cassette.errors), cassette.recorded) == (1, ())


# Verification


@pytest.fixture
def verified():
    found = []
    current_run.verifiers.append(lambda verification, cassette: found.append(verification))
    return found


def test_under_verification_the_live_answer_is_read_and_the_recorded_one_given(
    open_cassette, verified
):
    found = steps(open_cassette(RECORDED), RECORDED.request)
    live = next(found)
    live.recording.began(OK)
    assert next(found) == ReadOut()
    live.recording.arrived(b"live")
    answer, *body = found
    assert (answer.code, body) == (200, PIECES)
    [verification] = verified
    assert (verification.recorded, verification.position) == (RECORDED, 0)
    assert verification.live().response.body == b"live"


@pytest.mark.parametrize("part", [0, 1])
def test_where_the_live_answer_fails_the_recorded_one_is_given_all_the_same(
    part, open_cassette, verified
):
    found = steps(open_cassette(RECORDED), RECORDED.request)
    for _ in range(part + 1):
        next(found)
    assert isinstance(found.throw(ConnectionError("down")), Playback)
    assert (verified[0].failure, verified[0].live()) == ("ConnectionError", None)


def test_who_cancels_while_it_is_verified_gets_no_answer(open_cassette, verified):
    found = steps(open_cassette(RECORDED), RECORDED.request)
    next(found)
    with pytest.raises(asyncio.CancelledError):
        found.throw(asyncio.CancelledError())
    assert verified == []
