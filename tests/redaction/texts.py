"""Texts with secrets, and builders of interactions."""

from __future__ import annotations

import json

from llmcassette.model import Chunk, Headers, Interaction, Request, Response
from llmcassette.redaction import Redaction, Secrets, collect_secrets

KEY = "Zq7-vault-83kd_PQ.xx"
"""The value of VAULT_API_KEY. It looks like no provider's key: only a search finds it."""

SECRETS = collect_secrets({"VAULT_API_KEY": KEY}, None, Redaction())
NO_SECRETS = Secrets()

JSON = {"Content-Type": "application/json"}
SSE = {"Content-Type": "text/event-stream"}

PROVIDER_KEYS = {
    "an OpenAI key": "sk-" + "a1B2" * 12,
    "an OpenAI key (project)": "sk-proj-" + "a1B2-_c3" * 8,
    "an Anthropic key": "sk-ant-api03-" + "a1B2-_c3" * 8,
    "an OpenRouter key": "sk-or-v1-" + "a1b2c3d4" * 8,
    "a Google API key": "AIza" + "Sy1-_xY" * 5,
    "a Groq key": "gsk_" + "a1B2" * 13,
    "an xAI key": "xai-" + "a1B2" * 20,
    "a Hugging Face token": "hf_" + "aBcD" * 8 + "eF",
    "an AWS access key id": "AKIA" + "A1B2" * 4,
    "a GitHub token": "ghp_" + "a1B2" * 9,
    "a Slack token": "xoxb-123456789012-" + "a1B2" * 6,
    "a Stripe key": "sk_live_" + "a1B2" * 6,
    "a Perplexity key": "pplx-" + "a1B2" * 12,
    "a JSON Web Token": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0." + "a1B2_-" * 7,
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
