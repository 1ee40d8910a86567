"""Requests and cassettes in one line each."""

from __future__ import annotations

import json

from llmcassette.model import Headers, Interaction, Request, Response

CHAT = "https://api.openai.com/v1/chat/completions"
JSON = "application/json"
FORM = "application/x-www-form-urlencoded"


def post(
    body: bytes | str | dict | list = b"",
    content_type: str | None = JSON,
    *,
    url: str = CHAT,
    method: str = "POST",
    **headers: str,
) -> Request:
    """A request; a body other than text is written as JSON."""
    if isinstance(body, (dict, list)):
        body = json.dumps(body)
    if isinstance(body, str):
        body = body.encode("utf-8", "surrogatepass")
    fields = {name.replace("_", "-"): value for name, value in headers.items()}
    if content_type is not None:
        fields["Content-Type"] = content_type
    return Request(method=method, url=url, headers=Headers(fields), body=body)


def get(url: str) -> Request:
    return post(b"", None, url=url, method="GET")


def answered(*requests: Request, answers: tuple[bytes, ...] = ()) -> list[Interaction]:
    """A cassette's interactions; answers are empty by default."""
    bodies = answers + (b"",) * (len(requests) - len(answers))
    return [
        Interaction(number, request, Response(code=200, body=body))
        for number, (request, body) in enumerate(zip(requests, bodies, strict=True))
    ]
