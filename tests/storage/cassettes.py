"""Small cassettes for tests."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from llmcassette.model import Cassette, Interaction, Request, Response

if TYPE_CHECKING:
    from collections.abc import Callable


def interaction(text: str, size: int = 0) -> Interaction:
    request = Request(method="POST", url="https://api.example.com/", body=text.encode())
    return Interaction(0, request, Response(code=200, body=b"x" * size))


def adding(text: str, size: int = 0) -> Callable[[Cassette], Cassette]:
    """A change that adds an interaction."""
    one = interaction(text, size)
    return lambda before: replace(before, interactions=(*before.interactions, one))


def texts(cassette: Cassette) -> list[str]:
    return [one.request.body.decode() for one in cassette.interactions]
