"""Where the arguments of a tool call stand in a document."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from llmcassette.providers.jsonvalue import text

if TYPE_CHECKING:
    from collections.abc import Hashable

    from llmcassette.providers.jsonvalue import JSON

__all__ = ["Slot"]


@dataclass(frozen=True, slots=True)
class Slot:
    """A place in a document with arguments of a tool call, as text.

    Attributes:
        holder: the object with the text.
        key: its member.
        call: distinguishes the call from others of the answer.
        is_whole: all of the arguments are here; else a piece of them, as streams have it.
    """

    holder: dict[str, JSON]
    key: str
    call: Hashable
    is_whole: bool = False

    @property
    def text(self) -> str:
        return text(self.holder[self.key])
