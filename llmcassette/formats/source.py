"""The text that a cassette was read from, kept so that saving can copy it."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from llmcassette.model import Interaction

__all__ = ["Source", "Span"]

_ENOUGH: Final = 1 << 18  # bytes


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

    @property
    def beginning(self) -> str:
        """Whole interactions from its start, enough to see how it is laid out."""
        if isinstance(self.content, str):
            return self.content
        end = next((cut for cut in self.cuts[1:] if cut >= _ENOUGH), len(self.content))
        return self.content[:end].decode()

    @property
    def has_final_newline(self) -> bool:
        """Whether its last line ends with a line break."""
        last = self.content[-1:]
        return last in ("\n", "\r", b"\n", b"\r")

    @property
    def can_be_added_to(self) -> bool:
        """Whether more interactions can be put behind it."""
        return bool(self.cuts) and self.has_final_newline

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
