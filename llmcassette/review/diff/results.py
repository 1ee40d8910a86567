"""The result of comparing two cassettes."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from llmcassette.matching.difference.words import Run
    from llmcassette.model import Interaction

__all__ = ["CassetteDiff", "Difference", "InteractionDiff", "Kind"]


class Kind(Enum):
    """Kinds of differences, the most serious first; the values are for people."""

    REMOVED = "removed"
    ADDED = "added"
    REQUEST = "request changed"
    ERROR = "error"
    SHAPE = "answer shape changed"
    ANSWER = "answer changed"
    REWORDED = "answer reworded"
    USAGE = "token count changed"
    HEADERS = "headers changed"
    NOISE = "noise"


@dataclass(frozen=True, slots=True)
class Difference:
    """One place where two interactions differ.

    Attributes:
        kind: the kind of difference. ``NOISE`` differs in every recording (ids, times,
            fingerprints) and doesn't make interactions different.
        place: such as ``messages[3].content``, ``text``, ``tool call 1`` or ``tokens``.
        name: what is at this place, such as ``user message``; empty if the place says it.
        old: the old text, with changed words marked, escaped for a terminal; ``None`` for nothing.
        new: the new text, likewise.
    """

    kind: Kind
    place: str
    name: str = ""
    old: tuple[Run, ...] | None = None
    new: tuple[Run, ...] | None = None


@dataclass(frozen=True, slots=True)
class InteractionDiff:
    """Two recordings of one interaction, or one without a counterpart.

    Attributes:
        old: ``None`` if the interaction was added.
        new: ``None`` if the interaction was removed.
        old_position: in the old file, from 0.
        new_position: in the new file, from 0.
        differences: in the order of a conversation, without noise.
        noise: differences that don't count.
    """

    old: Interaction | None
    new: Interaction | None
    old_position: int | None
    new_position: int | None
    differences: tuple[Difference, ...] = ()
    noise: tuple[Difference, ...] = ()

    @property
    def equal(self) -> bool:
        """Both exist, and only noise differs."""
        return self.old is not None and self.new is not None and not self.differences

    @property
    def kinds(self) -> tuple[Kind, ...]:
        """The kinds of differences, each once, in the order of ``Kind``."""
        if self.old is None or self.new is None:
            return (Kind.ADDED if self.old is None else Kind.REMOVED,)
        found = {difference.kind for difference in self.differences}
        return tuple(kind for kind in Kind if kind in found)


@dataclass(frozen=True, slots=True)
class CassetteDiff:
    """How two cassettes differ.

    Attributes:
        interactions: in the order of the new file, each removed one where it was.
        moved: the order of the interactions changed.
    """

    interactions: tuple[InteractionDiff, ...]
    moved: bool = False

    @property
    def equal(self) -> bool:
        """Only noise differs."""
        return all(interaction.equal for interaction in self.interactions)

    def count(self, kind: Kind) -> int:
        """The number of interactions with a difference of this kind."""
        return sum(kind in interaction.kinds for interaction in self.interactions)
