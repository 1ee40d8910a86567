"""``Finding``: a secret that the gate found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

__all__ = ["Finding"]

NOT_REVOCABLE: Final = ("cookie", "signature", "x-amz-")
"""In the kinds of what is valid for one session or one request only."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A secret found in an interaction: its place and kind, never its value.

    Attributes:
        interaction: the interaction's id.
        field: dotted name of the field, such as ``response.body``.
        kind: such as ``the value of OPENAI_API_KEY`` or ``an Anthropic key``.
        offset: byte offset in the field; in a compressed or framed body, in its unpacked text.
        line: line at ``offset``, from 1.
        problem: why the secret cannot be replaced; empty if it can.
        is_personal: it is personal data, no secret.
    """

    interaction: int
    field: str
    kind: str
    offset: int
    line: int
    problem: str = ""
    is_personal: bool = False

    @property
    def is_revocable(self) -> bool:
        """Whether it can be revoked at its provider; a cookie or a signature can't be."""
        kind = self.kind.lower()
        return not self.is_personal and not any(word in kind for word in NOT_REVOCABLE)

    @property
    def redactable(self) -> bool:
        return not self.problem

    def __str__(self) -> str:
        place = f"interaction {self.interaction}, {self.field}"
        if self.field.endswith("body"):
            place += f", line {self.line} (byte {self.offset})"
        return f"{place}: {self.kind}" + (f"; {self.problem}" if self.problem else "")
