"""How a request ended when it was recorded, and how it therefore ends in replay; no I/O here."""

from __future__ import annotations

import functools

import pytest

from llmcassette import Interaction, ReplayError, Request, Response, faults
from llmcassette.recorder import pending
from llmcassette.recorder.recorded_interaction import Head
from llmcassette.recorder.recorder import Recorder
from llmcassette.recorder.run import current_run
from llmcassette.recorder.steps import Caller, Failure, GoLive, Wait
from tests.recorder.asking import opened, steps

ASKED = Request(method="GET", url="https://api.example.com/events?key=abc")
HEAD = Head(200, "OK", "HTTP/1.1", [("content-type", "text/event-stream")])
KINDS = ("connect", "dns", "tls", "connect-timeout", "read-timeout", "read", "write", "protocol")
SLICES = [Wait(pending.SLICE)] * 2


@pytest.fixture(autouse=True)
def _errors_are_the_tests_own(monkeypatch):
    monkeypatch.setattr(current_run, "listeners", [])
    monkeypatch.setattr(current_run, "verifiers", [])


@pytest.fixture
def open_cassette(tmp_path):
    return functools.partial(opened, path=tmp_path / "weather.yaml")


def ended(ended, code=0, **response):
    return Interaction(0, ASKED, Response(code=code, ended=ended, **response))


def recorded(cassette, *, fails=None, reading=None):
    """Record one request: an error before the head, or a head and the state of the reader."""
    found = steps(cassette, ASKED)
    recording = next(found).recording
    if reading is None:
        recording.finish(fails)
        with pytest.raises(OSError):
            found.throw(OSError())
    else:
        recording.began(HEAD)
        recording.reading = reading
        recording.finish("closed")
    cassette.close(save=False)
    return cassette.recorded


# Recording


def test_a_request_without_an_answer_is_recorded_with_code_0_and_its_kind(open_cassette):
    for kind in (*KINDS, "cancelled", "PoolTimeout"):
        [interaction] = recorded(open_cassette(mode="all"), fails=kind)
        response = interaction.response
        assert (response.code, response.came, response.body, response.ended) == (
            0, False, b"", kind,
        )  # fmt: skip


def test_a_request_that_is_under_way_when_the_cassette_closes_counts_as_cancelled(open_cassette):
    cassette = open_cassette(mode="all")
    found = steps(cassette, ASKED)
    assert isinstance(next(found), GoLive)
    cassette.close(save=False)
    assert [one.response.ended for one in cassette.recorded] == ["cancelled"]


def test_who_closes_while_a_read_is_pending_was_waiting(open_cassette):
    for reading, kind in ((True, "waiting"), (False, "closed")):
        [interaction] = recorded(open_cassette(mode="all"), reading=reading)
        assert (interaction.response.code, interaction.response.ended) == (200, kind)


# Replay


def test_a_request_without_an_answer_fails_by_the_recorded_kind_at_once(open_cassette):
    for kind in KINDS:
        found = steps(open_cassette(ended(kind, duration=2)), ASKED)
        assert list(found) == [Failure(kind, f"no answer came when recorded: {kind}")]


def test_at_the_recorded_pace_it_fails_in_time(open_cassette):
    found = steps(open_cassette(ended("connect", duration=2), pace="recorded"), ASKED)
    assert list(found) == [Wait(2), Failure("connect", "no answer came when recorded: connect")]


def test_who_waited_waits_again_until_its_own_timeout(open_cassette):
    caller = Caller(False, lambda: 0.0, read_timeout=2 * pending.SLICE)
    late = Failure("read-timeout", "nothing came for 0.1 seconds")
    assert list(steps(open_cassette(ended("cancelled")), ASKED, caller)) == [*SLICES, late]
    _, *rest = steps(open_cassette(ended("waiting", 200, body=b"x")), ASKED, caller)
    assert rest == [b"x", *SLICES, late]


def test_who_waited_waits_again_until_the_cassette_closes(open_cassette):
    cassette = open_cassette(ended("cancelled"))
    found = steps(cassette, ASKED)
    assert next(found) == SLICES[0]
    cassette.close()
    assert list(found) == [Failure("read", "the cassette closed while the client was waiting")]
    assert cassette.errors == ()


def test_who_waits_for_longer_than_max_wait_gets_an_error_that_names_the_request(open_cassette):
    cassette = open_cassette(ended("cancelled"), max_wait=2 * pending.SLICE)
    found = steps(cassette, ASKED)
    assert [next(found), next(found)] == SLICES
    with pytest.raises(ReplayError) as caught:
        next(found)
    assert cassette.errors == (caught.value,)
    assert str(caught.value) == (
        "nothing came for 0.1 seconds for GET https://api.example.com/events?key=[REDACTED]: when "
        "it was recorded, the caller closed or cancelled it while waiting, and now it waits on.\n"
        "Close or cancel it as before; or, if it is to wait longer, raise the setting max_wait."
    )


def test_a_request_without_an_answer_never_counts_as_unplayed(open_cassette):
    for settings in ({}, {"pace": "recorded"}):
        cassette = open_cassette(ended("connect"), **settings)
        recorder = Recorder(cassette)
        assert (recorder.unplayed, recorder.played) == ((), ())
        list(steps(cassette, ASKED))
        assert len(recorder.played) == 1
        assert recorder.completions == ()


def test_a_fault_before_the_answer_can_be_laid_over_a_request_without_one(open_cassette):
    late, busy = faults.read_timeout(), faults.status(429)
    found = steps(open_cassette(ended("connect"), faults=(late,)), ASKED)
    assert list(found) == [Failure("read-timeout", repr(late))]
    cassette = open_cassette(ended("cancelled"), faults=(busy,))
    assert next(steps(cassette, ASKED)).code == 429
    assert list(steps(open_cassette(ended("connect")), ASKED))[-1].kind == "connect"


def test_a_fault_in_the_answer_says_that_there_is_none(open_cassette):
    for fault in (faults.cut(after_events=1), faults.stall(after_events=1), faults.refusal()):
        cassette = open_cassette(ended("connect"), faults=(fault,))
        assert list(steps(cassette, ASKED))[-1].kind == "connect"
        assert str(cassette.unfired_error()).endswith("interaction 0 never came")


# Verification


def test_what_had_no_answer_or_no_end_is_not_verified(open_cassette):
    verified = []
    current_run.verifiers.append(lambda *facts: verified.append(facts))
    for interaction in (ended("connect"), ended("cancelled"), ended("waiting", 200)):
        first = next(steps(open_cassette(interaction), ASKED))
        assert not isinstance(first, GoLive)
    assert verified == []
