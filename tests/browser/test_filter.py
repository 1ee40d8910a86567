"""The field that shows only what contains a text."""

from __future__ import annotations

import pytest

from tests.browser.pages import inspected, ran
from tests.browser.tapes import trip


@pytest.fixture
def opened(open_page):
    return open_page(inspected(trip()))


def shown(opened) -> list[str]:
    items = opened.page.locator("[data-item]:visible .number")
    return [text.removeprefix("Interaction ") for text in items.all_text_contents()]


def type_in(opened, text: str, count: str) -> None:
    opened.page.get_by_role("searchbox").fill(text)
    opened.page.wait_for_function(
        "count => document.getElementById('found').value === count", arg=count
    )


def test_interactions_without_the_text_disappear(opened):
    type_in(opened, "rate LIMIT", "1 of 3")

    assert shown(opened) == ["1"]
    assert opened.page.locator("nav li:visible").count() == 1
    opened.expect_nothing_wrong()


def test_a_folded_part_that_contains_it_opens_and_closes_again(opened):
    reasoning = opened.page.get_by_text("Cypress hills, low sun")
    assert reasoning.is_hidden()

    type_in(opened, "cypress", "1 of 3")
    assert reasoning.is_visible()
    opened.page.get_by_role("searchbox").press("Escape")

    assert reasoning.is_hidden()
    assert shown(opened) == ["0", "1", "2"]


def test_found_words_are_marked(opened):
    type_in(opened, "florence", "2 of 3")

    assert opened.page.evaluate("CSS.highlights.get('found').size") == 3


def test_that_nothing_is_found_is_said(opened):
    type_in(opened, "tomatoes", "0 of 3")

    assert opened.page.get_by_text("Nothing contains this text.").is_visible()


def test_in_a_run_the_cassette_that_contains_it_opens(open_page, tmp_path):
    opened = open_page(ran(tmp_path))
    answer = opened.page.get_by_text("BEGIN:VEVENT").first
    assert answer.is_hidden()

    opened.page.get_by_role("searchbox").fill("vevent")

    answer.wait_for(state="visible")


def test_a_link_into_a_closed_cassette_opens_it(open_page, tmp_path):
    opened = open_page(ran(tmp_path))
    cassette = opened.page.locator("details.used").nth(1)
    assert cassette.get_attribute("open") is None

    opened.page.get_by_role("link", name="siena.yaml").first.click()

    assert cassette.get_attribute("open") == ""
