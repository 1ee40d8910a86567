"""A change of a cassette, to be written or reported."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from llmcassette.model import Cassette

__all__ = ["Change"]


@dataclass(frozen=True, slots=True)
class Change:
    """What to do with a cassette's file.

    Attributes:
        cassette: the new content; ``None`` deletes the file.
        details: what changes, one line each.
    """

    cassette: Cassette | None
    details: tuple[str, ...] = ()
