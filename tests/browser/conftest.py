"""A headless Chromium that no request leaves. Without it these tests are skipped."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, ConsoleMessage, Page, Request

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or "/usr/bin/chromium"
ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

WATCH = """
globalThis.violations = [];
document.addEventListener("securitypolicyviolation", (event) => {
  violations.push(`${event.violatedDirective} ${event.blockedURI}`);
});
globalThis.longTasks = [];
new PerformanceObserver((list) => {
  longTasks.push(...list.getEntries().map((entry) => entry.duration));
}).observe({ type: "longtask", buffered: true });
"""


@dataclass
class Opened:
    """A page in the browser, and what it did."""

    page: Page
    errors: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def violations(self) -> list[str]:
        return self.page.evaluate("violations")

    def expect_nothing_wrong(self) -> None:
        """No error, no request but for the file itself, no violation of the policy."""
        assert self.errors == []
        own = self.requests[0]
        assert [url for url in self.requests if url != own and not url.startswith("data:")] == []
        assert self.violations() == []


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip what needs a browser where there is none."""
    reason = ""
    if find_spec("playwright") is None:
        reason = "needs playwright: make browser"
    elif not os.access(CHROMIUM, os.X_OK):
        reason = f"needs Chromium at {CHROMIUM}: apt-get install chromium"
    for item in items:
        if reason and "browser" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.skip(reason=reason))


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as started:
        launched = started.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield launched
        launched.close()


@pytest.fixture
def open_page(browser: Browser, tmp_path: Path) -> Iterator[Callable[..., Opened]]:
    """Opens a page from disk: ``open_page(html, color_scheme="dark", width=390)``."""
    contexts = []

    def open_(html: str, *, width: int = 1280, height: int = 900, **options: str) -> Opened:
        file = tmp_path / f"page{len(contexts)}.html"
        file.write_bytes(html.encode("utf-8", "backslashreplace"))
        context = browser.new_context(viewport={"width": width, "height": height}, **options)
        contexts.append(context)
        context.add_init_script(WATCH)
        opened = Opened(context.new_page())
        opened.page.set_default_timeout(15_000)

        def logged(message: ConsoleMessage) -> None:
            if message.type in {"error", "warning"}:
                opened.errors.append(message.text)

        def requested(request: Request) -> None:
            opened.requests.append(request.url)

        opened.page.on("console", logged)
        opened.page.on("pageerror", lambda error: opened.errors.append(str(error)))
        opened.page.on("request", requested)
        opened.page.goto(file.as_uri())
        return opened

    yield open_
    for context in contexts:
        context.close()
