"""A cassette that attacks its reader: nothing of it runs, and nothing is loaded."""

from __future__ import annotations

import base64
import json

import pytest

from llmcassette import Cassette, Headers, Interaction, Request, Response
from tests.browser.pages import compared, inspected
from tests.browser.tapes import event, streamed

ELSEWHERE = "http://attacker.invalid"
ATTACKS = (
    "<script>window.evil = 1</script>",
    "</script><script>window.evil = 1</script>",
    "</style><style>* { display: none }</style>",
    f'<img src="{ELSEWHERE}/a.png" onerror="window.evil = 1">',
    f'"><svg onload="window.evil = 1"><use href="{ELSEWHERE}/b.svg#x"/></svg>',
    "' onfocus='window.evil = 1' autofocus='",
    "javascript:window.evil=1",
    f'<iframe srcdoc="<script>parent.evil = 1</script>"></iframe><link href="{ELSEWHERE}/c.css">',
    f'<meta http-equiv="refresh" content="0;url={ELSEWHERE}/d">',
    f"red; background: url({ELSEWHERE}/e.png)",
    f"@import '{ELSEWHERE}/f.css';",
    "{{ 7 * 7 }}{% raw %}{# #}",
    "<!--", "]]>", "<![CDATA[", "</template>", "</main></body></html>",
    "\u202eflow\u202c \u2066x\u2069 \u200b \x1b[2J \0 \ufeff",
    "\ud800",
)  # fmt: skip
ALL = "\n".join(ATTACKS)
HUGE = "a" * 300_000
SVG = base64.b64encode(
    f'<svg xmlns="http://www.w3.org/2000/svg" onload="parent.evil = 1">'
    f'<script>parent.evil = 1</script><image href="{ELSEWHERE}/g.png"/></svg>'.encode()
).decode()


def asking(text: str) -> Request:
    image = {"type": "image_url", "image_url": {"url": f"data:image/svg+xml;base64,{SVG}"}}
    lie = {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{SVG}"}}
    remote = {"type": "image_url", "image_url": {"url": f"{ELSEWHERE}/h.png"}}
    call = {"id": text, "type": "function", "function": {"name": text, "arguments": text}}
    body = {
        "model": text,
        "messages": [
            {"role": "system", "content": text},
            {"role": text, "content": [{"type": "text", "text": text}, image, lie, remote]},
            {"role": "assistant", "content": None, "tool_calls": [call]},
            {"role": "tool", "tool_call_id": text, "content": text},
        ],
        "tools": [{"type": "function", "function": {"name": text, "description": text}}],
        text: text,
    }
    headers = Headers({"Content-Type": "application/json", "X-" + text[:900]: text[:900]})
    url = f"https://example.com/v1/chat/completions?{text[:900]}"
    return Request(method=text[:60], url=url, headers=headers, body=json.dumps(body).encode())


def attack(*texts: str) -> Cassette:
    """Each text in every place that a page shows."""
    return Cassette(interactions=tuple(each for text in texts for each in attacking(text)))


def attacking(text: str) -> tuple[Interaction, ...]:
    call = {"index": 0, "id": "1", "function": {"name": text, "arguments": text}}
    pieces = [{"reasoning_content": text}, {"content": text}, {"tool_calls": [call]}]
    stream = streamed([(event(piece, text), 0.01) for piece in pieces], 0.1)
    page = Response(
        code=500,
        status=text[:900],
        headers=Headers({"Content-Type": f"text/html; {text[:900]}"}),
        body=text.encode("utf-8", "replace"),
        ended=text,
    )
    failed = Response(
        code=400,
        headers=Headers({"Content-Type": "application/json"}),
        body=json.dumps({"error": {"message": text, "type": text, "code": text}}).encode(),
    )
    get = Request(method="GET", url=f"https://example.com/{text[:900]}")
    return (
        Interaction(0, asking(text), stream),
        Interaction(1, get, page),
        Interaction(2, asking(f"other {text}"), failed),
    )


def use_everything(opened) -> None:
    page = opened.page
    page.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true; })")
    for track in page.locator(".track").all():
        track.focus()
        page.keyboard.press("End")
    for link in page.locator("main a").all():
        link.evaluate("each => each.click()")
    page.get_by_role("searchbox").fill("evil")
    page.wait_for_function("() => document.getElementById('found').value !== ''")


@pytest.mark.parametrize("attacked", ["inspect", "diff"])
def test_nothing_of_a_hostile_cassette_runs_or_loads(open_page, attacked):
    if attacked == "inspect":
        html = inspected(attack(ALL), name=ALL)
    else:
        html = compared(attack(ALL), attack(ALL.replace("evil", "vile")))
    opened = open_page(html)

    use_everything(opened)

    assert opened.page.evaluate("[window.evil, window.vile]") == [None, None]
    assert opened.page.locator("iframe, form, object, embed, main style, main script").count() == 0
    assert opened.page.locator("h1").is_visible()
    assert opened.page.url.startswith("file:")
    broken = "net::ERR"
    assert [error for error in opened.errors if broken not in error] == []
    opened.errors.clear()
    opened.expect_nothing_wrong()


def test_each_attack_is_text(open_page):
    opened = open_page(inspected(attack(*ATTACKS)))

    use_everything(opened)

    assert opened.page.evaluate("window.evil") is None
    assert opened.page.locator(".exchange").count() == 3 * len(ATTACKS)
    shown = opened.page.locator(".turn.system .prose").all_text_contents()
    for text in ATTACKS:
        if text.isascii() and text.isprintable():
            assert text in shown
    opened.expect_nothing_wrong()


def test_a_huge_text_is_shown_in_part(open_page):
    opened = open_page(inspected(Cassette(interactions=attacking(HUGE)[:1])))

    system = opened.page.locator(".turn.system").text_content()

    assert "199,000 more characters" in system
    assert "100,000 more characters are not in this page." in system
    assert opened.page.evaluate("document.documentElement.scrollWidth") == 1280
    opened.expect_nothing_wrong()


def test_characters_that_reorder_or_hide_text_are_seen(open_page):
    opened = open_page(inspected(attack("\u202egnp.exe\u2066 \u200b\x1b[2J")))

    text = opened.page.locator("main").text_content()

    assert "\\u202egnp.exe\\u2066 \\u200b\\u001b[2J" in text
    assert not set(text) & set("\u202e\u2066\u200b\x1b")


def test_a_script_that_got_into_the_page_would_not_run(open_page):
    """The policy holds even if escaping failed."""
    html = inspected(attack("hello")).replace(
        "<main", "<script>window.evil = 1</script><img src='x' onerror='window.evil = 1'><main", 1
    )
    opened = open_page(html)

    assert opened.page.evaluate("window.evil") is None
    assert sorted(each.split()[0] for each in opened.violations()) == [
        "img-src",
        "script-src-attr",
        "script-src-elem",
    ]
