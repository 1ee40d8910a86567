"""Which request a fault hits, how often, and what a retry gets."""

from __future__ import annotations

import logging

import pytest

from llmcassette import ReplayError, UnmatchedRequestError, faults
from llmcassette.recorder.playback import Playback
from llmcassette.recorder.recorder import Recorder
from llmcassette.recorder.steps import Failure
from tests.control.wires import STREAMS, WORDS, interaction
from tests.recorder.asking import first_step, opened

BODY = STREAMS["openai_chat"][2]


FIRST = interaction("openai_chat", number=0, model="gpt-a")
SECOND = interaction("openai_chat", number=1, model="gpt-b")


def codes(cassette, *requests):
    """What is given for each request: a status, or the kind of an error."""
    given = [first_step(cassette, request) for request in requests]
    return [it.kind if isinstance(it, Failure) else it.code for it in given]


def test_a_fault_hits_one_request_and_a_retry_reaches_the_untouched_recording():
    it = opened(FIRST, faults=(faults.status(429),))
    assert codes(it, FIRST.request) == [429]
    assert (it.player.played, it.player.unplayed) == ((), (FIRST,))
    answer = first_step(it, FIRST.request)
    assert (answer.code, b"".join(answer.chunks)) == (200, BODY)
    assert (it.player.played, it.player.unplayed) == ((FIRST,), ())


def test_what_only_went_wrong_counts_for_the_run_as_if_it_had_been_played():
    it = opened(FIRST, SECOND, faults=(faults.status(401, model="gpt-a", times=2),))
    assert codes(it, FIRST.request, FIRST.request, SECOND.request) == [401, 401, 200]
    assert (it.player.played, it.player.unplayed) == ((SECOND,), (FIRST,))
    assert it.player.played_positions == (1, 0)
    assert codes(it, FIRST.request) == [200]
    assert it.player.played_positions == (1, 0)


def test_times_says_how_many_requests_it_hits():
    it = opened(FIRST, faults=(faults.connect_error(times=2),))
    assert codes(it, *[FIRST.request] * 3) == ["connect", "connect", 200]


def test_after_the_untouched_recording_there_is_no_more():
    it = opened(FIRST, faults=(faults.status(429),))
    assert codes(it, FIRST.request, FIRST.request) == [429, 200]
    with pytest.raises(UnmatchedRequestError):
        first_step(it, FIRST.request)


def test_a_fault_in_the_answer_plays_it_and_it_can_be_asked_for_again():
    it = opened(FIRST, faults=(faults.cut(after_events=2),))
    cut = first_step(it, FIRST.request)
    assert BODY.startswith(b"".join(cut.chunks))
    assert len(cut.chunks) == 2
    assert (it.player.played, it.player.unplayed) == ((FIRST,), ())
    assert b"".join(first_step(it, FIRST.request).chunks) == BODY


def test_a_retry_comes_before_an_equal_recording_that_follows():
    twin = interaction("openai_chat", number=0, model="gpt-a", code=201)
    it = opened(FIRST, twin, faults=(faults.status(500),))
    assert codes(it, *[FIRST.request] * 3) == [500, 200, 201]


def test_in_recorded_order_what_a_fault_has_hit_need_not_be_asked_again():
    it = opened(FIRST, SECOND, faults=(faults.finish_reason("length"),), ordered=True)
    assert codes(it, FIRST.request, SECOND.request, FIRST.request) == [200, 200, 200]


def test_faults_hit_one_after_the_other_in_their_order():
    given = (faults.status(503), faults.read_timeout(), faults.status(429))
    it = opened(FIRST, faults=given)
    assert codes(it, *[FIRST.request] * 4) == [503, "read-timeout", 429, 200]


def test_selected_by_interaction():
    it = opened(FIRST, SECOND, faults=(faults.status(500, interaction=1),))
    assert codes(it, FIRST.request, SECOND.request, SECOND.request) == [200, 500, 200]


@pytest.mark.parametrize("model", ["gpt-b", "*-b", "gpt-?"])
def test_selected_by_model(model):
    it = opened(SECOND, faults=(faults.status(500, model=model),))
    assert codes(it, SECOND.request) == [500]


def test_of_another_model_it_leaves_the_answer_alone():
    it = opened(FIRST, SECOND, faults=(faults.status(500, model="gpt-b"),))
    assert codes(it, FIRST.request, SECOND.request) == [200, 500]


def test_selected_by_a_function_of_the_request():
    it = opened(
        FIRST, SECOND, faults=(faults.status(500, when=lambda asked: b"Question 1" in asked.body),)
    )
    assert codes(it, FIRST.request, SECOND.request) == [200, 500]


def test_a_function_that_fails_is_named_and_kept():
    def is_broken(request):
        raise KeyError("model")

    it = opened(FIRST, faults=(faults.status(500, when=is_broken),))
    with pytest.raises(ReplayError) as caught:
        first_step(it, FIRST.request)
    assert str(caught.value) == (
        "faults.status(500, when=is_broken): its function failed: KeyError: 'model'"
    )
    assert it.errors == (caught.value,)
    assert isinstance(caught.value.__cause__, KeyError)


def test_a_request_that_nothing_answers_is_a_miss_whatever_the_faults():
    it = opened(FIRST, faults=(faults.status(500),))
    with pytest.raises(UnmatchedRequestError):
        first_step(it, SECOND.request)
    assert len(it.player.unfired) == 1


def test_what_never_fired_is_told_with_the_reason():
    given = (
        faults.cut(after_events=99),
        faults.status(500, interaction=7),
        faults.status(429),
    )
    it = opened(FIRST, faults=given)
    codes(it, FIRST.request, FIRST.request)
    assert it.player.unfired == given[:2]
    assert str(it.unfired_error()) == (
        "weather.yaml: these faults were never triggered:\n"
        "  faults.cut(after_events=99): the answer of interaction 0 has 10 events\n"
        "  faults.status(500, interaction=7): no request matched"
    )


def test_one_that_never_fired():
    it = opened(FIRST, faults=(faults.empty_stream(model="gpt-z"),))
    assert str(it.unfired_error()) == (
        "weather.yaml: this fault was never triggered:\n"
        "  faults.empty_stream(model='gpt-z'): no request matched"
    )


def test_without_faults_and_with_all_fired_there_is_nothing_to_tell():
    assert opened(FIRST).unfired_error() is None
    assert opened(FIRST).player.unfired == ()
    it = opened(FIRST, faults=(faults.status(500),))
    codes(it, FIRST.request)
    assert it.unfired_error() is None


def test_in_modes_that_go_live_faults_wait_for_the_replay():
    assert opened(faults=(faults.status(500),), mode="live").unfired_error() is None


def test_a_fault_is_counted_for_each_cassette_anew():
    fault = faults.status(500)
    for _ in range(2):
        assert codes(opened(FIRST, faults=(fault,)), FIRST.request) == [500]


def test_completions_tell_what_the_client_was_given():
    it = opened(FIRST, faults=(faults.status(429), faults.cut(after_events=3)))
    codes(it, *[FIRST.request] * 3)
    refused, cut, whole = Recorder(it).completions
    assert (refused.error.status, refused.error.type) == (429, "rate_limit_error")
    assert (cut.text, cut.complete) == ("Let me", False)
    assert (whole.text, whole.complete) == ("".join(WORDS), True)


def test_an_error_of_the_client_is_no_completion():
    it = opened(FIRST, faults=(faults.read_timeout(),))
    codes(it, FIRST.request)
    assert Recorder(it).completions == ()


def test_a_broken_recording_is_told_as_such():
    def broken():
        from llmcassette import CassetteError

        raise CassetteError("not a status: 'x'")

    from llmcassette import Interaction

    unread = Interaction(0, FIRST.request, broken)
    it = opened(unread, faults=(faults.cut(after_events=1),))
    with pytest.raises(ReplayError, match="not a status"):
        first_step(it, FIRST.request)


def test_a_hit_is_one_debug_record(caplog):
    caplog.set_level(logging.DEBUG, logger="llmcassette")
    it = opened(FIRST, faults=(faults.status(429),))
    codes(it, FIRST.request, FIRST.request)
    url = "POST https://api.openai.com/v1/chat/completions"
    assert [record.getMessage() for record in caplog.records] == [
        f"weather.yaml: interaction 0, with faults.status(429), answers {url}",
        f"weather.yaml: interaction 0 (sent again) answers {url}",
    ]


def test_an_untouched_answer_is_as_without_faults():
    [plain, faulty] = (
        first_step(opened(FIRST, faults=given), FIRST.request)
        for given in [(), (faults.status(500, interaction=9),)]
    )
    assert isinstance(plain, Playback)
    assert plain == faulty
