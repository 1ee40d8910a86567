"""Pace, chunking and faults as settings: what is let through, and what is said of the rest."""

from __future__ import annotations

import pytest

import llmcassette
from llmcassette import SettingsError, faults
from llmcassette.recorder.settings import Layer, merge


def merged(*layers):
    return merge([Layer("the marker", layer) for layer in layers])


def refused(**values):
    with pytest.raises(SettingsError) as caught:
        merged(values)
    return str(caught.value)


@pytest.mark.parametrize(
    ("given", "held"),
    [("instant", "instant"), ("recorded", "recorded"), (0.1, 0.1), (10, 10.0), (0, "instant")],
)
def test_a_pace_is_a_name_or_a_factor(given, held):
    assert merged({"pace": given}).pace == held


@pytest.mark.parametrize("given", ["slow", "0.1", -1, True, float("nan"), float("inf"), None, []])
def test_any_other_pace_is_refused(given):
    assert refused(pace=given) == (
        "pace (the marker) must be 'instant', 'recorded', or a factor of the recorded times, such "
        f"as 0.1 (ten times as fast), not {given!r}"
    )


def test_ttft_and_gap_are_seconds():
    settings = merged({"ttft": 1, "gap": 0.05})
    assert (settings.ttft, settings.gap) == (1.0, 0.05)
    assert merged({"ttft": 1}, {"ttft": None}).ttft is None
    assert refused(gap=-1) == ("gap (the marker) must be a number of seconds, such as 0.05, not -1")


def test_sleep_is_a_function():
    slept = []
    assert merged({"sleep": slept.append}).sleep == slept.append
    assert merged({"sleep": None}).sleep is None
    assert refused(sleep=1) == (
        "sleep (the marker) must be a function of a number of seconds, not 1"
    )


def test_retry_after_is_one_of_two():
    assert merged({"retry_after": "recorded"}).retry_after == "recorded"
    assert (
        refused(retry_after=0) == "retry_after (the marker) must be 'instant' or 'recorded', not 0"
    )


@pytest.mark.parametrize("given", [*llmcassette.CHUNKINGS, "bytes:1024", "random:0"])
def test_a_chunking_is_spelled(given):
    assert merged({"chunking": given}).chunking == given


@pytest.mark.parametrize("given", ["bytes", "bytes:0", "bytes:-1", "random:x", "bytes:1 ", 7, None])
def test_any_other_chunking_is_refused(given):
    assert refused(chunking=given) == (
        "chunking (the marker) must be 'recorded', 'event', 'line', 'whole', 'bytes:N' with N at "
        f"least 1, or 'random:SEED', not {given!r}"
    )


def test_every_chunking_is_for_the_marker_only():
    assert refused(chunking="every") == (
        "chunking (the marker): 'every' makes a test for each chunking of one marked with "
        "llm_cassette, and not in a unittest.TestCase; elsewhere go through llmcassette.CHUNKINGS"
    )


def test_faults_of_all_places_add_up():
    one, two = faults.status(429), faults.status(429)
    assert merged({"faults": [one]}, {"faults": (two, one)}).faults == (one, two)


@pytest.mark.parametrize(
    "fault",
    [
        faults.connect_error(),
        faults.status(429, retry_after=2, times=2),
        faults.status(500, message="it's broken"),
        faults.cut(after_events=3, interaction=1),
        faults.cut(inside_event=3),
        faults.stall(after_events=1, seconds=0.5, model="claude-*"),
        faults.finish_reason("length"),
        faults.refusal("No."),
        faults.malformed_json(event=3),
    ],
    ids=repr,
)
def test_a_fault_is_spelled_as_it_is_shown(fault):
    [read] = merged({"faults": [repr(fault)]}).faults
    assert repr(read) == repr(fault)
    [read] = merged({"faults": [repr(fault).removeprefix("faults.")]}).faults
    assert repr(read) == repr(fault)


def test_a_fault_without_arguments_is_its_name():
    [fault] = merged({"faults": ["read_timeout"]}).faults
    assert repr(fault) == "faults.read_timeout()"


ALL = (
    "connect_error, connect_timeout, cut, cut_arguments, drop, duplicate, empty_answer, "
    "empty_stream, error_event, finish_reason, malformed_json, missing_done, read_timeout, "
    "refusal, stall, status"
)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (429, "429 is no fault of llmcassette.faults."),
        ("statu(4)", "there is no fault 'statu'. Did you mean 'status'?"),
        ("xyz", f"there is no fault 'xyz'. There are: {ALL}."),
        ("status()", "'status()': missing a required argument: 'code'"),
        ("status(x)", "'status(x)' does not spell a fault, as \"status(429, times=2)\" does"),
        ("a.b()", "'a.b()' does not spell a fault, as \"status(429, times=2)\" does"),
        ("", "'' does not spell a fault, as \"status(429, times=2)\" does"),
    ],
)
def test_what_is_no_fault_is_named(given, message):
    assert refused(faults=[given]) == f"faults (the marker): {message}"


def test_faults_are_a_list():
    assert refused(faults="status(429)") == (
        "faults (the marker) must be a list of faults, such as [faults.status(429)], not "
        "'status(429)'"
    )


def test_a_fault_spelled_too_deep_is_refused_too():
    assert "does not spell a fault" in refused(faults=["status(" + "(" * 10_000])


def test_a_constructor_that_was_not_called_is_told_so():
    message = refused(faults=[faults.read_timeout])
    assert message.endswith("is no fault of llmcassette.faults. Call it: faults.read_timeout().")


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: faults.status(200), "faults.status: code must be from 400 to 599, not 200"),
        (lambda: faults.status(True), "faults.status: code must be from 400 to 599, not True"),
        (
            lambda: faults.status(429, retry_after="soon"),
            "faults.status: retry_after must be a number of seconds, not 'soon'",
        ),
        (lambda: faults.status(429, message=""), "faults.status: message must be a text, not ''"),
        (lambda: faults.cut(), "faults.cut takes either after_events or inside_event"),
        (
            lambda: faults.cut(after_events=1, inside_event=1),
            "faults.cut takes either after_events or inside_event",
        ),
        (
            lambda: faults.cut(inside_event=0),
            "faults.cut: inside_event must be a whole number from 1, not 0",
        ),
        (
            lambda: faults.drop(after_events=-1),
            "faults.drop: after_events must be a whole number from 0, not -1",
        ),
        (
            lambda: faults.stall(after_events=1, seconds=-1),
            "faults.stall: seconds must be a number of seconds, not -1",
        ),
        (
            lambda: faults.read_timeout(times=0),
            "faults.read_timeout: times must be a whole number from 1, not 0",
        ),
        (
            lambda: faults.read_timeout(interaction=-1),
            "faults.read_timeout: interaction must be a number of the cassette, from 0, not -1",
        ),
        (
            lambda: faults.read_timeout(when=True),
            "faults.read_timeout: when must be a function of a request, not True",
        ),
        (
            lambda: faults.read_timeout(time=2),
            "faults.read_timeout takes no 'time'; interaction, model, when, times select the "
            "requests it hits",
        ),
    ],
)
def test_a_fault_that_cannot_be_is_refused_where_it_is_made(make, message):
    with pytest.raises(SettingsError) as caught:
        make()
    assert str(caught.value) == message


def test_the_public_module_has_every_constructor():
    from llmcassette.recorder.faults import constructors

    assert set(faults.__all__) == {*constructors.__all__, "Fault"}
    assert llmcassette.faults is faults


def test_a_function_is_shown_by_its_name():
    def is_first(request):
        return True

    assert repr(faults.cut(after_events=1, when=is_first, times=3)) == (
        "faults.cut(after_events=1, when=is_first, times=3)"
    )
