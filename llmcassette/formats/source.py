"""What a cassette remembers of the text it was read from."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
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
    """The text, and which interaction came from where in it.

    Attributes:
        content: the text, or its UTF-8: a large file is decoded only when it is written again.
        interactions: as they were read.
        spans: where each stands, where PyYAML read the text.
        cuts: index in ``content`` of each one's first line, where its outline was read.
        first: index of the first one's first key.
    """

    content: str | bytes
    interactions: tuple[Interaction, ...]
    spans: tuple[Span, ...] = ()
    cuts: tuple[int, ...] = ()
    first: int | None = None

    @property
    def text(self) -> str:
        """The whole text."""
        return self.content if isinstance(self.content, str) else self.content.decode()

    def is_of(self, data: bytes) -> bool:
        """Whether a file's bytes are those it was read from."""
        content = self.content
        return data == (content.encode() if isinstance(content, str) else content)

    def outlined(self) -> list[str] | None:
        """The text before the interactions, of each, and behind them, where that is known."""
        if not isinstance(self.content, bytes):
            return None
        cuts = (0, *self.cuts, len(self.content))
        return [*(self.content[start:end].decode() for start, end in pairwise(cuts)), ""]
