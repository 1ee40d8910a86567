"""All of a page by keyboard, and the focus is always seen."""

from __future__ import annotations

from tests.browser.pages import compared, inspected
from tests.browser.tapes import trip

FOCUSED = """
() => {
  const each = document.activeElement;
  const style = getComputedStyle(each);
  const name = each.getAttribute("aria-label") ?? each.textContent.trim().split("\\n")[0];
  return [
    each === document.body ? "end" : `${each.tagName.toLowerCase()} ${name}`.slice(0, 39).trim(),
    style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2,
  ];
}
"""


def walk(opened, most: int = 60) -> list[str]:
    """What Tab stops at, from the top of the page."""
    stops = []
    for _ in range(most):
        opened.page.keyboard.press("Tab")
        name, is_seen = opened.page.evaluate(FOCUSED)
        if name == "end":
            break
        assert is_seen, name
        stops.append(name)
    return stops


def test_tab_stops_at_each_control_in_reading_order(open_page):
    opened = open_page(inspected(trip()))

    assert walk(opened) == [
        "a Skip to the content",
        "input",
        "button Dark",
        "summary Contents",
        "a 0moonshotai/kimi-k2-0905→ weather, tr",
        "a 1moonshotai/kimi-k2-0905429 Too Many",
        "a 2moonshotai/kimi-k2-0905Yes. Take the",
        "summary Reasoning",
        "div Stream of interaction 0",
        "button Play the stream of interaction 0",
        "summary 2 tools: weather, trains",
        "summary 1 parameter",
        "summary HTTP",
        "a interaction 0",
        "summary 3 more values",
        "summary HTTP",
        "a interaction 1",
        "div Stream of interaction 2",
        "button Play the stream of interaction 2",
        "p Yes. Take the **09:10 from Florence**",  # what it said so far, which can be scrolled
        "summary HTTP",
    ]


def test_the_first_stop_leads_past_the_contents(open_page):
    opened = open_page(inspected(trip()))
    opened.page.keyboard.press("Tab")
    assert opened.page.get_by_text("Skip to the content").bounding_box()["y"] >= 0

    opened.page.keyboard.press("Enter")
    opened.page.keyboard.press("Tab")

    assert opened.page.evaluate("document.activeElement.textContent.trim()") == "Reasoning"


def test_folded_parts_open_by_keyboard(open_page):
    opened = open_page(inspected(trip()))
    opened.page.get_by_text("2 tools:").first.focus()

    opened.page.keyboard.press("Enter")

    assert opened.page.get_by_text("Look up the weather in a city on a day.").is_visible()


def test_old_and_new_are_side_by_side_or_below_each_other(open_page):
    opened = open_page(compared())
    button = opened.page.get_by_role("button", name="Side by side")
    places = "all => all.slice(0, 2).map(each => each.getBoundingClientRect().top)"

    beside = opened.page.locator(".side").evaluate_all(places)
    button.press("Enter")
    below = opened.page.locator(".side").evaluate_all(places)

    assert beside[0] == beside[1]
    assert below[0] < below[1]
    assert button.get_attribute("aria-pressed") == "false"
    opened.expect_nothing_wrong()
