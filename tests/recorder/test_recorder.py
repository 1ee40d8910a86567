"""What a recorder remembers of what was asked."""

from __future__ import annotations

import logging

import pytest

from llmcassette import Cassette, Interaction, Request, Response, UnmatchedRequestError
from llmcassette.recorder.engine import Contents, Engine, Remedy
from llmcassette.recorder.recorder import Recorder
from llmcassette.recorder.settings import Settings
from tests.recorder.asking import first_step, opened

FIRST, SECOND = (
    Interaction(
        number, Request(method="GET", url=url), Response(code=200, status="200 OK", body=b"x")
    )
    for number, url in enumerate(["https://a.test/", "https://b.test/"])
)


@pytest.fixture
def cassette(tmp_path):
    return opened(FIRST, SECOND, path=tmp_path / "weather.yaml")


@pytest.fixture
def recorder(cassette):
    return Recorder(cassette)


def test_it_has_what_the_file_holds(recorder):
    assert recorder.interactions == (FIRST, SECOND)


def test_it_has_what_the_file_holds_also_where_that_is_not_played(tmp_path):
    file = Cassette(interactions=(FIRST, SECOND))
    cassette = Engine(
        tmp_path / "weather.yaml",
        "new_episodes",
        Contents((FIRST,), records=True, file=file),
        Settings(),
        Remedy("record it again"),
    )
    assert Recorder(cassette).interactions == (FIRST, SECOND)
    assert Recorder(cassette).unplayed == (FIRST,)


def test_nothing_is_played_at_first(recorder):
    assert (recorder.played, recorder.unplayed) == ((), (FIRST, SECOND))
    assert (recorder.misses, recorder.errors, recorder.recorded) == ((), (), ())


def test_what_was_asked_for_is_played_in_that_order(cassette, recorder):
    first_step(cassette, SECOND.request)
    assert (recorder.played, recorder.unplayed) == ((SECOND,), (FIRST,))
    first_step(cassette, FIRST.request)
    assert (recorder.played, recorder.unplayed) == ((SECOND, FIRST), ())


def test_what_was_played_is_not_played_again(cassette, recorder):
    first_step(cassette, FIRST.request)
    with pytest.raises(UnmatchedRequestError):
        first_step(cassette, FIRST.request)
    assert recorder.played == (FIRST,)


def test_a_miss_is_kept_with_its_request(cassette, recorder):
    asked = Request(method="POST", url="https://a.test/")
    with pytest.raises(UnmatchedRequestError) as caught:
        first_step(cassette, asked)
    assert recorder.misses == recorder.errors == (caught.value,)
    assert (caught.value.request, caught.value.path) == (asked, recorder.path)
    assert recorder.unplayed == (FIRST, SECOND)


def test_each_answer_and_each_miss_is_one_debug_record(cassette, recorder, caplog):
    caplog.set_level(logging.DEBUG, logger="llmcassette")
    first_step(cassette, FIRST.request)
    with pytest.raises(UnmatchedRequestError):
        first_step(cassette, FIRST.request)
    answered, missed = (record.getMessage() for record in caplog.records)
    assert answered == f"{recorder.path}: interaction 0 (exact) answers GET https://a.test/"
    assert missed.startswith(f"{recorder.path}: ")
    assert {record.levelname for record in caplog.records} == {"DEBUG"}


def test_without_debug_nothing_is_logged(cassette, recorder, caplog):
    caplog.set_level(logging.INFO, logger="llmcassette")
    first_step(cassette, FIRST.request)
    assert caplog.records == []


def test_it_says_what_it_is(cassette, recorder):
    assert repr(recorder) == f"<Recorder {recorder.path} mode=none open>"
    cassette.close()
    cassette.close()
    assert repr(recorder) == f"<Recorder {recorder.path} mode=none closed>"
