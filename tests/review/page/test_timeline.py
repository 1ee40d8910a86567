"""Streams as timelines: chunks where they arrived, and what they carried."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from llmcassette import Interaction, Response, load
from llmcassette.model import Chunk
from llmcassette.review.page import timeline as module
from llmcassette.review.page.timeline import Timeline, timeline
from llmcassette.review.parsed import parse_interactions
from tests.browser.tapes import event, request, streamed
from tests.corpus import SAMPLES

if TYPE_CHECKING:
    import pytest


def drawn(response: Response) -> Timeline:
    asked = request([{"role": "user", "content": "Hi"}])
    (parsed,) = parse_interactions([Interaction(0, asked, response)])
    found = timeline(parsed)
    assert found is not None
    return found


EVENTS = [event({"content": ""}), event({"content": "Hel"}), event({"content": "lo."})]


def test_each_chunk_stands_where_it_arrived():
    found = drawn(streamed(zip(EVENTS, (0.0, 0.1, 0.5), strict=True), 0.4))

    sizes = [len(each) for each in EVENTS]
    assert found.marks == [
        (400.0, sizes[0], "other", ""),
        (500.0, sizes[1], "text", "Hel"),
        (1000.0, sizes[2], "text", "lo."),
    ]
    assert (found.unit, found.timed, found.waited) == ("chunk", True, 400.0)
    assert found.paths == {"other": "M400.0 52V46.0", "text": "M500.0 52V32.0M1000.0 52V32.0"}
    assert (found.first, found.first_token) == (500.0, 0.5)
    assert found.facts == [
        ("chunks", "3"),
        ("events", "3"),
        ("size", f"{sum(sizes)} bytes"),
        ("headers", "400 ms"),
        ("usual gap", "300 ms"),
        ("longest gap", "500 ms (before chunk 3)"),
    ]
    assert (found.start, found.end) == ("request sent", "1.00 s")


def test_an_event_counts_where_its_last_byte_arrived():
    whole = b"".join(EVENTS)
    cut = len(EVENTS[0]) + 10
    response = replace(
        streamed(zip(EVENTS, (0.0, 0.0, 0.0), strict=True), 0.1),
        chunks=(Chunk(cut, 0.0), Chunk(len(whole) - cut, 0.2)),
    )

    assert [mark[3] for mark in drawn(response).marks] == ["", "Hello."]


def test_a_stall_is_drawn():
    found = drawn(streamed(((e, g) for e, g in zip(EVENTS * 4, [0.01] * 11 + [1], strict=True)), 0))

    assert [(gap.x, gap.width) for gap in found.gaps] == [(99.1, 900.9)]


def test_without_recorded_arrivals_the_events_stand_in_their_order():
    first = parse_interactions(load(SAMPLES / "tool_streaming.yaml").interactions)[0]

    found = timeline(first)

    assert found is not None
    assert (found.unit, found.timed, found.first_token) == ("event", False, None)
    assert {mark[0] for mark in found.marks} == {None}
    assert found.end == "last event; when they arrived was not recorded"


def test_neighbours_of_a_very_long_stream_are_joined(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(module, "MOST_MARKS", 2)

    found = drawn(streamed(zip(EVENTS, (0.0, 0.1, 0.5), strict=True), 0.4))

    assert [(mark[0], mark[3]) for mark in found.marks] == [(500.0, "Hel"), (1000.0, "lo.")]


def test_an_answer_that_is_no_stream_has_no_timeline():
    asked = request([{"role": "user", "content": "Hi"}])
    response = Response(code=200, body=b'{"choices": []}')

    assert timeline(parse_interactions([Interaction(0, asked, response)])[0]) is None
