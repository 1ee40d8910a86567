"""Texts with secrets, and builders of interactions."""

from __future__ import annotations

import json
import random
import string

from llmcassette.model import Chunk, Headers, Interaction, Request, Response
from llmcassette.redaction import Redaction, Secrets, collect_secrets

KEY = "Zq7-vault-83kd_PQ.xx"
"""The value of VAULT_API_KEY. It looks like no provider's key: only a search finds it."""

SECRETS = collect_secrets({"VAULT_API_KEY": KEY}, None, Redaction())
NO_SECRETS = Secrets()

JSON = {"Content-Type": "application/json"}
SSE = {"Content-Type": "text/event-stream"}


def varied(length: int, alphabet: str = string.ascii_letters + string.digits) -> str:
    """Random characters, always the same: what repeats a pattern is taken for a placeholder."""
    return "".join(random.Random(length).choices(alphabet, k=length))


HEX = "0123456789abcdef"
CAPITALS = string.ascii_uppercase + string.digits

PROVIDER_KEYS = {
    "an OpenAI key": "sk-" + varied(48),
    "an OpenAI key (project)": "sk-proj-" + varied(40) + "-_" + varied(22),
    "an Anthropic key": "sk-ant-api03-" + varied(40) + "-_" + varied(22),
    "an OpenRouter key": "sk-or-v1-" + varied(64, HEX),
    "a Google API key": "AIza" + varied(35),
    "a Groq key": "gsk_" + varied(52),
    "an xAI key": "xai-" + varied(80),
    "a Hugging Face token": "hf_" + varied(34, string.ascii_letters),
    "an AWS access key id": "AKIA" + varied(16, CAPITALS),
    "a GitHub token": "ghp_" + varied(36),
    "a Slack token": "xoxb-123456789012-" + varied(24),
    "a Stripe key": "sk_live_" + varied(24),
    "a Perplexity key": "pplx-" + varied(48),
    "a JSON Web Token": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0." + varied(43),
}


def interaction(
    *, url: str = "https://api.test/v1", request: bytes = b"", response: bytes = b"", **more: object
) -> Interaction:
    """An interaction of two bodies; ``request_headers`` and ``response_headers`` are JSON's."""
    return Interaction(
        0,
        Request(
            method="POST",
            url=url,
            headers=Headers(more.pop("request_headers", JSON)),
            body=request,
        ),
        Response(
            code=200,
            headers=Headers(more.pop("response_headers", JSON)),
            body=response,
            **more,
        ),
    )


def sse(*events: object) -> bytes:
    return b"".join(b"data: " + json.dumps(event).encode() + b"\n\n" for event in events)


def sse_data(body: bytes) -> list[object]:
    """The JSON of every event of a body from ``sse``; invalid JSON raises."""
    return [json.loads(line[6:]) for line in body.decode().split("\n") if line]


def chunked(body: bytes, size: int) -> tuple[Chunk, ...]:
    return tuple(Chunk(len(body[start : start + size]), 0.5) for start in range(0, len(body), size))


def everything(interaction: Interaction) -> str:
    """All text of an interaction, to assert that something isn't in it."""
    return repr(interaction)
