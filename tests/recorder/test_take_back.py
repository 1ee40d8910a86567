"""A recorder that is taken back is as one that was never asked what came in between."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmcassette import Cassette, Interaction, Request, Response, UnmatchedRequestError, faults
from llmcassette.model import Headers
from llmcassette.recorder.marks import START
from llmcassette.recorder.playback import Failure
from llmcassette.recorder.recorder import Recorder
from llmcassette.recorder.recording import Head
from llmcassette.recorder.settings import Settings

URLS = ["https://a.test/", "https://b.test/", "https://a.test/", "https://c.test/"]


def asking(url):
    return Request(method="GET", url=url)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "weather.yaml"


def recorder(path, *, mode="none", **settings):
    answer = Response(code=200, status="200 OK", headers=Headers(), body=b"x")
    interactions = tuple(Interaction(n, asking(url), answer) for n, url in enumerate(URLS))
    return Recorder(
        Cassette(interactions=() if mode == "rewrite" else interactions),
        path=path,
        mode=mode,
        records=mode == "rewrite",
        settings=Settings(**settings),
        remedy="ask again",
    )


def given_for(it, urls):
    """What is given for each request, in a word."""
    said = []
    for url in urls:
        try:
            answer = it.answer(asking(url))
        except UnmatchedRequestError as miss:
            said.append(str(miss))
        else:
            said.append(answer.name if isinstance(answer, Failure) else answer.code)
    return said


def told(it):
    return (it.played, it.unplayed, it.played_positions, it.unfired, [*map(str, it.misses)])


SENT = st.lists(st.sampled_from([*URLS, "https://d.test/"]), max_size=6)


def planned():
    again = faults.status(503)
    return [
        faults.status(429, interaction=0, times=2),
        again,
        faults.connect_error(interaction=2),
        again,
        faults.status(500, interaction=3, times=3),
    ]


@pytest.mark.parametrize("faults", [(), planned()], ids=["no faults", "faults"])
@settings(max_examples=40)  # a miss takes its time
@given(before=SENT, gone=SENT, after=SENT)
def test_it_goes_on_as_if_nothing_had_been(tmp_path_factory, faults, before, gone, after):
    path = tmp_path_factory.getbasetemp() / "weather.yaml"
    it, fresh = recorder(path, faults=faults), recorder(path, faults=faults)
    assert given_for(it, before) == given_for(fresh, before)
    mark = it.mark()
    given_for(it, gone)

    it.take_back(mark)

    assert told(it) == told(fresh)
    assert given_for(it, after) == given_for(fresh, after)
    assert told(it) == told(fresh)


def test_what_came_between_other_marks_stays(path):
    it = recorder(path, faults=[faults.status(429, times=3)])
    a, b, c = URLS[0], URLS[1], URLS[3]
    assert given_for(it, [a]) == [429]
    begin = it.mark()
    assert given_for(it, [b, "https://d.test/"])[0] == 429
    end = it.mark()
    assert given_for(it, [c, b]) == [429, 200]

    it.take_back(START, [(begin, end)])

    assert it.played_positions == (1,)
    assert [miss.request.url for miss in it.misses] == ["https://d.test/"]
    assert given_for(it, [b, a, c, b]) == [429, 429, 200, 200]


def test_that_a_request_was_asked_again_is_forgotten_and_that_it_went_wrong_is_not(path):
    it = recorder(path, faults=[faults.status(429)])
    given_for(it, [URLS[1]])
    mark = it.mark()
    assert given_for(it, [URLS[1], URLS[1]])[0] == 200

    it.take_back(mark)

    assert given_for(it, [URLS[1]]) == [200]


def record(it, url):
    recording = it.answer(asking(url))
    recording.began(Head(200, "OK", "HTTP/1.1", []))
    recording.arrived(b"x")
    return recording


def test_what_went_live_is_not_recorded(path):
    it = recorder(path, mode="rewrite")
    record(it, URLS[0]).finish("")
    mark = it.mark()
    record(it, URLS[1]).finish("")
    under_way = record(it, URLS[1])

    it.take_back(mark)
    under_way.arrived(b"x")
    record(it, URLS[3]).finish("")
    under_way.finish("")
    it.close()

    assert [each.request.url for each in it.recorded] == [URLS[0], URLS[3]]


def test_what_is_on_its_way_is_waited_for_no_more(path):
    it = recorder(path, mode="rewrite")
    kept = record(it, URLS[0])
    mark = it.mark()
    under_way = record(it, URLS[1])

    it.take_back(mark)

    assert (kept.ended, under_way.ended) == (None, "closed")


def test_what_has_been_saved_in_between_stays_in_the_file_once(path):
    it = recorder(path, mode="rewrite")
    record(it, URLS[0]).finish("")
    mark = it.mark()
    record(it, URLS[1]).finish("")
    it.save()

    it.take_back(mark)
    record(it, URLS[3]).finish("")
    it.close()

    assert path.read_text().count("https://") == 3


def test_once_closed_it_stays_as_it_is(path):
    it = recorder(path)
    given_for(it, [URLS[0]])
    it.close()

    it.take_back(START)

    assert it.played_positions == (0,)
