"""Interactions in a page: parts in their order, tools of the provider, calls of other kinds."""

from __future__ import annotations

import base64
import html
import json
import re

from llmcassette import Interaction, Request, Response
from llmcassette.review.page.cassettes import cassettes_page
from llmcassette.review.page.exchange import exchange
from llmcassette.review.page.pictures import Pictures
from llmcassette.review.parsed import parse_interactions
from tests.browser.tapes import JSON_TYPE, png


def text_of(url: str, body: object, answer: object) -> str:
    """What the page of one interaction shows, up to its details."""
    request = Request(method="POST", url=url, headers=JSON_TYPE, body=json.dumps(body).encode())
    response = Response(code=200, headers=JSON_TYPE, body=json.dumps(answer).encode())
    page = cassettes_page([("a.yaml", parse_interactions([Interaction(0, request, response)]))])
    article = page.partition("<article")[2].partition('<footer class="more"')[0]
    article = re.sub(r'src="data:([^;]*);[^"]*"', r">[\1]<a", article)
    return html.unescape(" ".join(re.sub(r"<[^>]*>", " ", article).partition(">")[2].split()))


def test_parts_of_an_answer_are_in_their_order():
    answer = {
        "type": "message",
        "role": "assistant",
        "model": "claude",
        "stop_reason": "end_turn",
        "content": [
            {"type": "text", "text": "Before."},
            {
                "type": "server_tool_use",
                "id": "1",
                "name": "web_search",
                "input": {"query": "Siena"},
            },
            {"type": "text", "text": "After."},
        ],
    }
    asked = {"model": "claude", "max_tokens": 9, "messages": [{"role": "user", "content": "Go"}]}

    shown = text_of("https://api.anthropic.com/v1/messages", asked, answer)

    assert shown.endswith(
        'user Go answer Before. Run by the provider web_search { "query": "Siena" } After.'
    )


def test_embeddings_are_told_by_count_and_dimension():
    asked = {"model": "text-embedding-3-small", "input": ["a", "b"]}
    vectors = [{"object": "embedding", "index": n, "embedding": [0.12345] * 8} for n in range(2)]
    answer = {"object": "list", "data": vectors, "model": "text-embedding-3-small"}
    answer["usage"] = {"prompt_tokens": 4, "total_tokens": 4}

    shown = text_of("https://api.openai.com/v1/embeddings", asked, answer)

    assert shown.startswith("Interaction 0 openai embeddings · text-embedding-3-small tokens 4 in")
    assert "2 texts" in shown
    assert "2 vectors of 8 dimensions" in shown
    assert "0.12345" not in shown


def test_images_that_an_api_made_are_shown():
    data = base64.b64encode(png(4, 3)).decode()
    asked = {"model": "gpt-image-1", "prompt": "A sunset"}

    shown = text_of(
        "https://api.openai.com/v1/images/generations", asked, {"data": [{"b64_json": data}]}
    )

    assert "[image/png]" in shown
    assert data[:30] not in shown


def test_what_has_no_place_in_a_conversation_is_listed():
    message = {"role": "user", "content": "Hi", "cache": "short"}
    asked = {"model": "m", "messages": [message]}
    choice = {
        "index": 0,
        "message": {"role": "assistant", "content": "Ho"},
        "finish_reason": "stop",
    }
    answer = {"object": "chat.completion", "choices": [choice], "service_tier": "flex"}
    request = Request(
        method="POST",
        url="https://api.openai.com/v1/chat/completions",
        headers=JSON_TYPE,
        body=json.dumps(asked).encode(),
    )
    response = Response(code=200, headers=JSON_TYPE, body=json.dumps(answer).encode())
    (parsed,) = parse_interactions([Interaction(0, request, response)])

    assert exchange(parsed, "c0", Pictures()).also == [
        ("messages[0].cache", '"short"'),
        ("service_tier", '"flex"'),
    ]
