"""Images of a cassette, as ``data:`` URLs in the page."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING

from llmcassette import Headers, Interaction, Request, Response
from llmcassette.review.page import pictures as module
from llmcassette.review.page.cassettes import cassettes_page
from llmcassette.review.parsed import parse_interactions
from tests.browser.tapes import JSON_TYPE, PHOTO, png, trip

if TYPE_CHECKING:
    import pytest

PNG = png(3, 2)
DATA = base64.b64encode(PNG).decode()


def page_of(*interactions: Interaction) -> str:
    return cassettes_page([("a.yaml", parse_interactions(interactions))])


def asking(*content: object) -> Interaction:
    body = {"model": "m", "max_tokens": 9, "messages": [{"role": "user", "content": content}]}
    data = json.dumps(body).encode()
    url = "https://api.anthropic.com/v1/messages"
    request = Request(method="POST", url=url, headers=JSON_TYPE, body=data)
    return Interaction(0, request, Response(code=200, body=b"{}", headers=JSON_TYPE))


def source(data: str, media_type: str) -> dict[str, object]:
    given = {"type": "base64", "media_type": media_type, "data": data}
    return {"type": "image", "source": given}


def test_an_image_of_a_request_is_shown():
    assert f'<img src="data:image/png;base64,{DATA}" alt="image/png, ' in page_of(
        asking(source(DATA, "image/png"))
    )


def test_an_image_in_a_data_url_is_shown():
    page = cassettes_page([("a.yaml", parse_interactions(trip().interactions))])

    assert f'<img src="data:image/png;base64,{PHOTO}"' in page


def test_an_image_is_in_the_page_once():
    image = source(DATA, "image/png")
    page = page_of(asking(image), asking({"type": "text", "text": "Again?"}, image))

    assert page.count(DATA) == 1
    assert '· <a href="#c0-0">shown above</a>' in page


def test_an_answer_that_is_an_image_is_shown():
    request = Request(method="GET", url="https://example.com/photo")
    response = Response(code=200, headers=Headers({"Content-Type": "image/png"}), body=PNG)

    assert f'<img src="data:image/png;base64,{DATA}" alt="image/png · ' in page_of(
        Interaction(0, request, response)
    )


def test_svg_is_not_shown():
    svg = base64.b64encode(b'<svg xmlns="http://www.w3.org/2000/svg"/>').decode()

    page = page_of(asking(source(svg, "image/svg+xml")))

    assert "<img" not in page
    assert '<p class="media">image/svg+xml, ' in page


def test_images_beyond_a_total_size_are_named_only(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(module, "MOST_BYTES", len(PNG) - 1)

    assert "<img" not in page_of(asking(source(DATA, "image/png")))
