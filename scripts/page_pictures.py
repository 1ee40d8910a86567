"""Take the pictures of docs/how-to/pages.md: what ``--html`` writes, in Debian's Chromium.

Run in the root folder, after ``make browser`` and ``apt-get install chromium pngquant``, with
``.venv-browser/bin/python -m scripts.page_pictures``. Another version of Chromium or of its fonts
draws them differently, so no test compares them.
"""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from playwright.sync_api import sync_playwright

from tests.browser.conftest import ARGUMENTS, CHROMIUM
from tests.browser.pages import compared, inspected, ran
from tests.browser.tapes import trip

if TYPE_CHECKING:
    from playwright.sync_api import Browser

PICTURES: Final = Path(__file__).parent.parent / "docs" / "pictures"


class Picture(NamedTuple):
    """A window on a page."""

    name: str
    page: str
    scheme: Literal["dark", "light"]
    width: int
    height: int


def pictures(folder: Path) -> list[Picture]:
    """All of them; the run has its project in a folder."""
    return [
        Picture("page-inspect.png", inspected(trip()), "light", 1180, 1000),
        Picture("page-phone.png", inspected(trip()), "dark", 400, 1000),
        Picture("page-diff.png", compared(), "dark", 1180, 860),
        Picture("page-run.png", ran(folder), "light", 1180, 860),
    ]


def take(browser: Browser, picture: Picture, folder: Path) -> bytes:
    """One picture, with the first stream at its 24th chunk."""
    file = folder / "page.html"
    file.write_text(picture.page, "utf-8")
    context = browser.new_context(
        viewport={"width": picture.width, "height": picture.height}, color_scheme=picture.scheme
    )
    page = context.new_page()
    page.goto(file.as_uri())
    if page.locator(".track:visible").count():
        page.locator(".track").first.focus()
        for _ in range(23):
            page.keyboard.press("ArrowRight")
        page.evaluate("document.activeElement.blur(); scrollTo({ top: 0, behavior: 'instant' })")
    content = page.screenshot()
    context.close()
    return content


def main() -> None:
    """Write them, each in at most 128 colours."""
    with tempfile.TemporaryDirectory() as name, sync_playwright() as started:
        browser = started.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        for picture in pictures(Path(name)):
            small = subprocess.run(
                ["pngquant", "--strip", "--speed", "1", "128", "-"],
                input=take(browser, picture, Path(name)),
                stdout=subprocess.PIPE,
                check=True,
            )
            (PICTURES / picture.name).write_bytes(small.stdout)
        browser.close()


if __name__ == "__main__":
    main()
