"""The timeline of a stream, by mouse and by keyboard."""

from __future__ import annotations

import re

from tests.browser.pages import inspected
from tests.browser.tapes import Cassette, Interaction, event, request, streamed, trip

ASKED = request([{"role": "user", "content": "Hi"}])
EVENTS = [event({"content": ""}), event({"content": "Good "}), event({"content": "morning."})]


def small(*gaps: float) -> str:
    """An answer in three chunks."""
    answer = streamed(zip(EVENTS, gaps, strict=True), 0.2)
    return inspected(Cassette(interactions=(Interaction(0, ASKED, answer),)))


def test_pointing_shows_the_chunk_that_arrived_there(open_page):
    opened = open_page(small(0.2, 0.1, 0.5))
    track = opened.page.locator(".track")
    box = track.bounding_box()

    track.hover(position={"x": box["width"] * 0.52, "y": 20})

    assert opened.page.locator(".readout .at").text_content() == (
        f"chunk 2 of 3 · at 500 ms · +100 ms · {len(EVENTS[1])} bytes · text Good "
    )
    assert opened.page.locator(".head").evaluate("each => each.style.left") == "50%"
    assert opened.page.locator(".sofar").is_hidden()
    opened.expect_nothing_wrong()


def test_clicking_shows_the_answer_as_far_as_it_had_come(open_page):
    opened = open_page(small(0.2, 0.1, 0.5))
    track = opened.page.locator(".track")

    track.click(position={"x": track.bounding_box()["width"] * 0.52, "y": 20})

    assert opened.page.locator(".sofar mark").text_content() == "Good "
    assert opened.page.locator(".sofar .later").text_content() == "morning."


def test_arrow_keys_home_and_end_move(open_page):
    opened = open_page(small(0.2, 0.1, 0.5))
    track = opened.page.locator(".track")
    track.focus()
    places = []

    for key in ("ArrowRight", "ArrowRight", "ArrowRight", "ArrowLeft", "Home", "End", "PageUp"):
        opened.page.keyboard.press(key)
        places.append(track.get_attribute("aria-valuenow"))

    assert places == ["2", "3", "3", "2", "1", "3", "3"]


def test_a_screen_reader_hears_the_chunk(open_page):
    opened = open_page(small(0.2, 0.1, 0.5))
    track = opened.page.get_by_role("slider", name="Stream of interaction 0")
    track.focus()

    opened.page.keyboard.press("End")

    assert track.get_attribute("aria-valuemax") == "3"
    assert track.get_attribute("aria-valuetext") == (
        f"chunk 3 of 3 · at 1.00 s · +500 ms · {len(EVENTS[2])} bytes · text: morning."
    )


def test_keys_of_the_browser_are_left_alone(open_page):
    opened = open_page(small(0.2, 0.1, 0.5))
    opened.page.locator(".track").focus()

    opened.page.keyboard.press("Tab")

    assert opened.page.evaluate("document.activeElement.className") == "play"


def test_play_shows_one_chunk_after_the_other_and_ends(open_page):
    opened = open_page(small(0.0, 0.02, 0.03))
    button = opened.page.locator(".play")

    button.click()
    opened.page.wait_for_function("() => document.querySelector('.track').ariaValueNow === '3'")

    opened.page.wait_for_function("() => document.querySelector('.play').textContent === 'Play'")
    assert opened.page.locator(".sofar mark").text_content() == "morning."
    opened.expect_nothing_wrong()


def test_a_stream_that_is_playing_can_be_stopped(open_page):
    opened = open_page(small(0.0, 0.0, 3600.0))
    button = opened.page.locator(".play")

    button.click()
    assert button.text_content() == "Stop"
    button.click()

    assert button.text_content() == "Play"


def test_without_recorded_arrivals_there_is_nothing_to_play(open_page):
    answer = streamed(zip(EVENTS, (0, 0, 0), strict=True), 0.2)
    fields = {name: getattr(answer, name) for name in ("code", "status", "headers", "body")}
    cassette = Cassette(interactions=(Interaction(0, ASKED, type(answer)(**fields)),))
    opened = open_page(inspected(cassette))
    track = opened.page.locator(".track")
    track.focus()

    opened.page.keyboard.press("End")

    assert opened.page.locator(".play").count() == 0
    assert track.get_attribute("aria-valuetext").startswith("event 3 of 3 · ")
    opened.expect_nothing_wrong()


def test_reasoning_text_and_calls_are_apart(open_page):
    opened = open_page(inspected(trip()))
    opened.page.locator(".track").first.focus()

    opened.page.keyboard.press("End")

    kinds = opened.page.locator(".timeline").first.locator("path.mark")
    assert kinds.evaluate_all("all => all.map(each => each.className.baseVal)") == [
        "mark other",
        "mark reasoning",
        "mark text",
        "mark call",
    ]
    text = opened.page.locator(".sofar").first.text_content()
    assert [re.split(r"[ {]", line)[0] for line in text.splitlines()] == [
        "Cypress",
        "That",
        "→",
        "→",
    ]
