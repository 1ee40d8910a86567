"""Light and dark: as the system is, or as the button says; readable in both."""

from __future__ import annotations

import pytest

from tests.browser.pages import compared, inspected, ran
from tests.browser.tapes import trip

SCHEMES = ("light", "dark")

# WCAG 2.2, 1.4.3: the contrast of each text that is shown with what is behind it.
UNREADABLE = """
() => {
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const parse = (color) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = color;
    canvas.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
    return [r, g, b, a / 255];
  };
  const behind = (element) => {
    for (let each = element; each; each = each.parentElement) {
      const color = parse(getComputedStyle(each).backgroundColor);
      if (color[3] > 0.9) return color;
    }
    return [255, 255, 255, 1];
  };
  const luminance = (color) => {
    const [r, g, b] = color.map((part) => {
      const share = part / 255;
      return share <= 0.03928 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const found = new Set();
  let seen = 0;
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || !element.checkVisibility()) continue;
    seen += 1;
    const style = getComputedStyle(element);
    const pair = [luminance(parse(style.color)), luminance(behind(element))];
    const contrast = (Math.max(...pair) + 0.05) / (Math.min(...pair) + 0.05);
    const name = element.className || element.tagName;
    if (contrast < 4.5) found.add(`${name}: ${contrast.toFixed(2)}`);
  }
  return [seen, [...found]];
}
"""


def paper(opened) -> str:
    return opened.page.evaluate("getComputedStyle(document.documentElement).backgroundColor")


LIGHT, DARK = "rgb(250, 249, 247)", "rgb(20, 20, 18)"


@pytest.mark.parametrize(("scheme", "color"), [("light", LIGHT), ("dark", DARK)])
def test_a_page_follows_the_system(open_page, scheme, color):
    opened = open_page(inspected(trip()), color_scheme=scheme)

    assert paper(opened) == color
    assert opened.page.get_by_role("button", name="Dark").get_attribute("aria-pressed") == (
        "true" if scheme == "dark" else "false"
    )


def test_it_follows_while_it_is_open(open_page):
    opened = open_page(inspected(trip()), color_scheme="light")

    opened.page.emulate_media(color_scheme="dark")

    assert paper(opened) == DARK
    assert opened.page.locator("#theme").get_attribute("aria-pressed") == "true"


def test_the_button_changes_it_and_is_remembered(open_page):
    opened = open_page(inspected(trip()), color_scheme="light")

    opened.page.get_by_role("button", name="Dark").click()
    assert paper(opened) == DARK
    opened.page.reload()

    assert paper(opened) == DARK
    assert opened.page.locator("#theme").get_attribute("aria-pressed") == "true"
    opened.page.get_by_role("button", name="Dark").click()
    assert paper(opened) == LIGHT
    opened.expect_nothing_wrong()


@pytest.mark.parametrize("scheme", SCHEMES)
def test_every_text_has_enough_contrast(open_page, scheme, tmp_path):
    for page in (inspected(trip()), compared(), ran(tmp_path)):
        opened = open_page(page, color_scheme=scheme)
        opened.page.evaluate(
            "document.querySelectorAll('details').forEach(each => { each.open = true; })"
        )
        for track in opened.page.locator(".track").all():
            track.focus()

        seen, unreadable = opened.page.evaluate(UNREADABLE)

        assert seen > 30
        assert unreadable == []
