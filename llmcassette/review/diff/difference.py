"""What a comparison finds: frozen values, without any layout."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from llmcassette.matching.difference.words import Run
    from llmcassette.model import Interaction

__all__ = ["CassetteReview", "Difference", "InteractionReview", "Kind"]


class Kind(Enum):
    """What sort of change it is, the gravest first; the value is how it is called."""

    REMOVED = "removed"
    ADDED = "added"
    REQUEST = "request changed"
    ERROR = "error"
    SHAPE = "answer's shape changed"
    ANSWER = "answer changed"
    REWORDED = "answer reworded"
    USAGE = "usage"
    HEADERS = "headers"
    NOISE = "noise"


@dataclass(frozen=True, slots=True)
class Difference:
    """One place where two interactions differ.

    Attributes:
        kind: what sort of change it is. ``NOISE`` is what differs from run to run anyway: ids,
            times, fingerprints. It does not make two interactions different.
        place: where, such as ``messages[3].content``, ``text``, ``tool call 1``, ``tokens``.
        name: what stands there, such as ``user message``; empty where the place says it.
        old: what was there, differing words marked, escaped for a terminal; ``None`` for nothing.
        new: the same of what is there now.
    """

    kind: Kind
    place: str
    name: str = ""
    old: tuple[Run, ...] | None = None
    new: tuple[Run, ...] | None = None


@dataclass(frozen=True, slots=True)
class InteractionReview:
    """Two interactions that are the same one in two recordings, or one without a counterpart.

    Attributes:
        old: ``None`` where it was added.
        new: ``None`` where it was removed.
        old_position: in its file, from 0.
        new_position: likewise.
        differences: what counts, in the order of a conversation.
        noise: what does not.
    """

    old: Interaction | None
    new: Interaction | None
    old_position: int | None
    new_position: int | None
    differences: tuple[Difference, ...] = ()
    noise: tuple[Difference, ...] = ()

    @property
    def equal(self) -> bool:
        """Both are there, and nothing but noise differs."""
        return self.old is not None and self.new is not None and not self.differences

    @property
    def kinds(self) -> tuple[Kind, ...]:
        """The kinds of change, each once, in the order of ``Kind``."""
        if self.old is None or self.new is None:
            return (Kind.ADDED if self.old is None else Kind.REMOVED,)
        found = {difference.kind for difference in self.differences}
        return tuple(kind for kind in Kind if kind in found)


@dataclass(frozen=True, slots=True)
class CassetteReview:
    """Two cassettes, compared.

    Attributes:
        pairs: in the order of the new file, each removed interaction where it was.
        moved: the pairs come in another order than they did.
    """

    pairs: tuple[InteractionReview, ...]
    moved: bool = False

    @property
    def equal(self) -> bool:
        """Nothing but noise differs."""
        return all(pair.equal for pair in self.pairs)

    def count(self, kind: Kind) -> int:
        """How many pairs have a change of that kind."""
        return sum(kind in pair.kinds for pair in self.pairs)
