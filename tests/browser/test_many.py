"""Five hundred interactions: counted in elements and long tasks, not in seconds."""

from __future__ import annotations

import pytest

from llmcassette import Cassette, Interaction
from tests.browser.pages import inspected
from tests.browser.tapes import QUESTION, SYSTEM, answer, request

COUNT = 500

SKIPPED = """
() => [...document.querySelectorAll(".exchange")].filter(
  (each) => !each.firstElementChild.checkVisibility({ contentVisibilityAuto: true })
).length
"""


@pytest.fixture(scope="module")
def page() -> str:
    """Agents that each ask and answer, with a stream of 60 chunks and the same photo."""
    text = " ".join(f"word{n}" for n in range(60))
    answers = [answer(text=text, seed=seed) for seed in range(10)]
    asked = [
        request([SYSTEM, {"role": "user", "content": f"Question {n}?"}, QUESTION])
        for n in range(COUNT)
    ]
    return inspected(
        Cassette(
            interactions=tuple(
                Interaction(n, asked[n], answers[n % len(answers)]) for n in range(COUNT)
            )
        )
    )


def test_it_is_small_and_has_few_elements_and_renders_only_what_is_seen(page, open_page):
    assert len(page) < 5_000_000
    assert page.count("base64,") == 1
    opened = open_page(page)

    elements = opened.page.evaluate("document.querySelectorAll('*').length")
    assert elements < 150 * COUNT
    assert opened.page.evaluate(SKIPPED) > COUNT - 25
    assert opened.page.evaluate("longTasks.length") < 25
    opened.expect_nothing_wrong()


def test_the_last_timeline_answers_at_once(page, open_page):
    opened = open_page(page)
    track = opened.page.locator(".track").last

    track.focus()
    opened.page.keyboard.press("ArrowRight")

    assert track.get_attribute("aria-valuetext").startswith("chunk 2 of 63 · at ")
    assert opened.page.evaluate("longTasks.length") < 30


def test_all_of_them_are_searched(page, open_page):
    opened = open_page(page)

    opened.page.get_by_role("searchbox").fill("question 49?")
    opened.page.wait_for_function("() => document.getElementById('found').value === '1 of 500'")

    assert opened.page.locator("[data-item]:visible").count() == 1
    assert opened.page.evaluate("longTasks.length") < 35
