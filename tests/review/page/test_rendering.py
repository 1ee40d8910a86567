"""One file that loads nothing, runs nothing of the cassette's, and escapes everything."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import pytest

from llmcassette import CassetteError, Headers, Interaction, Request, Response
from llmcassette.review.page import rendering
from llmcassette.review.page.cassettes import cassettes_page
from llmcassette.review.page.rendering import write_page
from llmcassette.review.parsed import parse_interactions
from tests.browser.tapes import trip

if TYPE_CHECKING:
    from pathlib import Path

EVIL = "</script><script>evil()</script><img src=x onerror=evil()>\"'><style>*{color:red}</style>"


def page_of(*interactions: Interaction, name: str = "a.yaml") -> str:
    return cassettes_page([(name, parse_interactions(interactions))])


class Elements(HTMLParser):
    """The elements of a page, and their attributes."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def hostile() -> Interaction:
    message = {"role": EVIL, "content": EVIL, EVIL: EVIL}
    body = {"model": EVIL, "messages": [message], EVIL: EVIL, "tools": [{"name": EVIL}]}
    chunk = {"choices": [{"index": 0, "delta": {"content": EVIL}, "finish_reason": EVIL}]}
    return Interaction(
        0,
        Request(
            method=EVIL,
            url=f"https://example.com/v1/chat/completions#{EVIL}",
            headers=Headers({EVIL: EVIL, "Content-Type": EVIL}),
            body=json.dumps(body).encode(),
        ),
        Response(
            code=418,
            status=EVIL,
            headers=Headers({"Content-Type": "text/event-stream", EVIL: EVIL}),
            body=f"data: {json.dumps(chunk)}\n\n".encode(),
            ended=EVIL,
        ),
    )


def test_nothing_of_a_cassette_becomes_an_element_or_an_attribute():
    found = Elements(page_of(hostile(), name=EVIL)).found

    assert [attributes for tag, attributes in found if tag == "script"] == [
        {"type": "application/json", "id": "streams"},
        {},
    ]
    assert sum(tag == "style" for tag, _ in found) == 1
    assert not [tag for tag, _ in found if tag in {"img", "iframe", "object", "embed", "form"}]
    assert not [name for _, attributes in found for name in attributes if name.startswith("on")]
    assert not [name for _, attributes in found for name in attributes if name == "style"]


def test_links_stay_in_the_page():
    found = Elements(page_of(hostile(), *trip().interactions)).found
    links = [attributes["href"] for tag, attributes in found if tag in {"a", "link"}]

    assert {link for link in links if not str(link).startswith("#")} == {"data:,"}


def test_the_policy_allows_our_script_and_style_only():
    page = page_of(*trip().interactions)

    def hashed(pattern: str) -> str:
        (text,) = re.findall(pattern, page, re.DOTALL)
        return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"

    (policy,) = re.findall(r'<meta http-equiv="Content-Security-Policy" content="([^"]*)">', page)
    assert policy.replace("&#39;", "'") == (
        f"default-src 'none'; script-src {hashed('<script>(.*?)</script>')}; "
        f"style-src {hashed('<style>(.*?)</style>')}; img-src data:; base-uri 'none'; "
        "form-action 'none'"
    )
    assert page.index("Content-Security-Policy") < page.index("<style>")


def test_credentials_that_an_old_cassette_holds_are_not_shown():
    key = "sk-" + "a1B2c3D4e5F6g7H8" * 2
    request = Request(
        method="GET",
        url=f"https://user:{key}@example.com/v1/models?api_key={key}",
        headers=Headers({"Authorization": f"Bearer {key}"}),
    )

    page = page_of(Interaction(0, request, Response(code=200)))

    assert key not in page
    assert "[REDACTED]" in page


def test_lone_surrogates_can_be_written(tmp_path: Path):
    body = b'{"model": "m", "messages": [{"role": "user", "content": "\\ud800 \\udfff"}]}'
    request = Request(method="POST", url="https://example.com/v1/chat/completions", body=body)

    write_page(tmp_path / "a.html", page_of(Interaction(0, request, Response(code=200))))

    assert "\\ud800 \\udfff" in (tmp_path / "a.html").read_text("utf-8")


def test_without_the_extra_the_command_to_install_it_is_named(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(rendering, "has_templates", lambda: False)

    with pytest.raises(CassetteError) as raised:
        page_of()

    assert str(raised.value) == "a page needs jinja2: pip install 'pytest-llmcassette[html]'"


def test_a_page_that_cannot_be_written_leaves_the_old_one(tmp_path: Path):
    folder = tmp_path / "page.html"
    folder.mkdir()

    with pytest.raises(CassetteError, match="cannot be saved: it is a folder"):
        write_page(folder, "<!doctype html>")

    assert list(tmp_path.iterdir()) == [folder]
