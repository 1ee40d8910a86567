"""Requests that libraries send beside those of the code under test, mostly once a process."""

from __future__ import annotations

from typing import Final

__all__ = ["side_request_of"]

_KNOWN: Final = {
    "https://raw.githubusercontent.com/BerriAI/litellm/": "litellm fetches its price list",
    "https://huggingface.co/api/agent-harnesses": "huggingface_hub looks up agents",
    "https://huggingface.co/api/telemetry/": "huggingface_hub sends telemetry",
}


def side_request_of(url: str) -> str:
    """What a library does with a request to this URL; empty for any other."""
    return next((what for start, what in _KNOWN.items() if url.startswith(start)), "")
