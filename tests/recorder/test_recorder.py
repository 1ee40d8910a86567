"""What a recorder remembers of what was asked."""

from __future__ import annotations

import logging

import pytest

from llmcassette import Cassette, Interaction, Request, Response, UnmatchedRequestError
from llmcassette.recorder.recorder import Recorder
from llmcassette.recorder.settings import Settings
from tests.recorder.asking import first_step

FIRST, SECOND = (
    Interaction(
        number, Request(method="GET", url=url), Response(code=200, status="200 OK", body=b"x")
    )
    for number, url in enumerate(["https://a.test/", "https://b.test/"])
)


@pytest.fixture
def recorder(tmp_path):
    return Recorder(
        Cassette(interactions=(FIRST, SECOND)),
        path=tmp_path / "weather.yaml",
        mode="none",
        records=False,
        settings=Settings(),
        remedy="ask again",
    )


def test_nothing_is_played_at_first(recorder):
    assert (recorder.played, recorder.unplayed) == ((), (FIRST, SECOND))
    assert (recorder.misses, recorder.errors, recorder.recorded) == ((), (), ())


def test_what_was_asked_for_is_played_in_that_order(recorder):
    first_step(recorder, SECOND.request)
    assert (recorder.played, recorder.unplayed) == ((SECOND,), (FIRST,))
    first_step(recorder, FIRST.request)
    assert (recorder.played, recorder.unplayed) == ((SECOND, FIRST), ())


def test_what_was_played_is_not_played_again(recorder):
    first_step(recorder, FIRST.request)
    with pytest.raises(UnmatchedRequestError):
        first_step(recorder, FIRST.request)
    assert recorder.played == (FIRST,)


def test_a_miss_is_kept_with_its_request(recorder):
    asked = Request(method="POST", url="https://a.test/")
    with pytest.raises(UnmatchedRequestError) as caught:
        first_step(recorder, asked)
    assert recorder.misses == recorder.errors == (caught.value,)
    assert (caught.value.request, caught.value.path) == (asked, recorder.path)
    assert recorder.unplayed == (FIRST, SECOND)


def test_each_answer_and_each_miss_is_one_debug_record(recorder, caplog):
    caplog.set_level(logging.DEBUG, logger="llmcassette")
    first_step(recorder, FIRST.request)
    with pytest.raises(UnmatchedRequestError):
        first_step(recorder, FIRST.request)
    answered, missed = (record.getMessage() for record in caplog.records)
    assert answered == f"{recorder.path}: interaction 0 (exact) answers GET https://a.test/"
    assert missed.startswith(f"{recorder.path}: ")
    assert {record.levelname for record in caplog.records} == {"DEBUG"}


def test_without_debug_nothing_is_logged(recorder, caplog):
    caplog.set_level(logging.INFO, logger="llmcassette")
    first_step(recorder, FIRST.request)
    assert caplog.records == []


def test_it_says_what_it_is(recorder):
    assert repr(recorder) == f"<Recorder {recorder.path} mode=none open>"
    recorder.close()
    recorder.close()
    assert repr(recorder) == f"<Recorder {recorder.path} mode=none closed>"
