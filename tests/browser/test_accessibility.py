"""What a screen reader needs: names, headings in order, landmarks, references that are there."""

from __future__ import annotations

import itertools

import pytest

from tests.browser.pages import compared, inspected, ran
from tests.browser.tapes import trip

NAMELESS = """
() => [...document.querySelectorAll("a, button, input, summary, img, svg, [role], [tabindex]")]
  .filter((each) => !each.closest("[aria-hidden=true]") && each.tagName !== "MAIN")
  .filter((each) => !(
    each.getAttribute("aria-label") || each.getAttribute("alt") || each.textContent.trim() ||
    (each.id && document.querySelector(`label[for="${each.id}"]`)?.textContent.trim())
  ))
  .map((each) => each.outerHTML.slice(0, 80))
"""

DANGLING = """
() => {
  const known = (id) => document.getElementById(id) !== null;
  const links = [...document.querySelectorAll("a[href^='#']")]
    .map((each) => decodeURIComponent(each.getAttribute("href").slice(1)));
  const references = [...document.querySelectorAll("[aria-labelledby], [for]")]
    .map((each) => each.getAttribute("aria-labelledby") ?? each.getAttribute("for"));
  const ids = [...document.querySelectorAll("[id]")].map((each) => each.id);
  return [
    [...links, ...references].filter((id) => !known(id)),
    ids.filter((id, at) => ids.indexOf(id) !== at),
  ];
}
"""

HEADINGS = """
() => [...document.querySelectorAll("h1, h2, h3, h4, h5, h6")]
  .map((each) => Number(each.tagName[1]))
"""


@pytest.fixture(params=["inspect", "diff", "run"])
def opened(request, open_page, tmp_path):
    match request.param:
        case "inspect":
            return open_page(inspected(trip(), trip()))
        case "diff":
            return open_page(compared())
        case _:
            return open_page(ran(tmp_path))


def test_everything_that_can_be_used_has_a_name(opened):
    assert opened.page.evaluate(NAMELESS) == []


def test_headings_begin_at_one_and_skip_no_level(opened):
    levels = opened.page.evaluate(HEADINGS)

    assert levels.count(1) == 1
    assert levels[0] == 1
    assert [(a, b) for a, b in itertools.pairwise(levels) if b > a + 1] == []


def test_links_and_references_lead_somewhere_and_ids_are_unique(opened):
    assert opened.page.evaluate(DANGLING) == [[], []]


def test_there_are_landmarks_a_language_and_a_title(opened):
    assert opened.page.get_by_role("main").count() == 1
    assert opened.page.get_by_role("banner").count() == 1
    assert opened.page.get_by_role("navigation", name="Contents").count() == 1
    assert opened.page.get_by_role("contentinfo").count() == 1
    assert opened.page.evaluate("document.documentElement.lang") == "en"
    assert opened.page.title().endswith(" · llmcassette")


def test_a_page_is_as_wide_as_its_window(opened):
    for width in (320, 390, 768, 1280):
        opened.page.set_viewport_size({"width": width, "height": 800})

        assert opened.page.evaluate("document.documentElement.scrollWidth") == width


def test_nothing_is_wrong_with_it(opened):
    opened.expect_nothing_wrong()


def test_motion_is_reduced_for_those_who_ask(open_page):
    behaviour = "getComputedStyle(document.documentElement).scrollBehavior"

    assert open_page(compared()).page.evaluate(behaviour) == "smooth"
    assert open_page(compared(), reduced_motion="reduce").page.evaluate(behaviour) == "auto"
