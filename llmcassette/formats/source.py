"""The text that a cassette was read from, kept so that saving can copy it."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from llmcassette.model import Interaction

__all__ = ["Source", "Span"]


@dataclass(frozen=True, slots=True)
class Span:
    """The place of an interaction in the text. A byte order mark does not count.

    Attributes:
        start: index of its first key.
        end: end of its last scalar or flow collection.
    """

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Source:
    """The text of a file, with the place of each interaction.

    Attributes:
        content: the text, or its bytes in UTF-8: a large file is decoded only when it is saved.
        interactions: as they were read.
        spans: the place of each, if PyYAML's reader read the file.
        cuts: index in ``content`` of each one's first line, if the fast reader did.
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
        """Whether the text was read from these bytes."""
        content = self.content
        return data == (content.encode() if isinstance(content, str) else content)

    def pieces_by_cuts(self) -> list[str] | None:
        """The text before the interactions, of each, and after them; ``None`` without ``cuts``."""
        if not isinstance(self.content, bytes):
            return None
        cuts = (0, *self.cuts, len(self.content))
        return [*(self.content[start:end].decode() for start, end in pairwise(cuts)), ""]
