"""What a cassette remembers of the text it was read from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from llmcassette.model import Interaction

__all__ = ["Source", "Span"]


@dataclass(frozen=True, slots=True)
class Span:
    """Where an interaction stands in the text (a byte order mark not counted).

    Attributes:
        start: index of its first key.
        end: index behind its last scalar or flow collection.
    """

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Source:
    """The text, and which interaction came from where in it."""

    text: str
    interactions: tuple[Interaction, ...]
    spans: tuple[Span, ...]
