"""How much a compressed body may decode to."""

from __future__ import annotations

from typing import Final, NamedTuple

from llmcassette.errors import CassetteError

__all__ = ["DEFAULT_BOUNDS", "Bounds", "ExpandsError"]

MEGABYTE: Final = 1_000_000
ALWAYS_ALLOWED: Final = 10 * MEGABYTE
"""Bytes. The ratio applies to larger contents: short repetitive texts compress well."""


class ExpandsError(CassetteError):
    """A compressed body decodes to more than its bounds."""


class Bounds(NamedTuple):
    """How much a body may decode to.

    Attributes:
        size: bytes; the setting ``max_decoded_size``.
        ratio: decoded by encoded size, for contents above ``ALWAYS_ALLOWED``; the setting
            ``max_decoded_ratio``.
    """

    size: int = 100 * MEGABYTE
    ratio: int = 1_000

    def limit(self, coded: int) -> int:
        """The most that a body of so many bytes may decode to, in bytes."""
        return min(self.size, max(ALWAYS_ALLOWED, self.ratio * coded))

    def error(self, coded: int) -> ExpandsError:
        """The error for a body of so many bytes that decodes to more than its limit."""
        if self.limit(coded) == self.size:
            most, setting = f"{self.size:,} bytes", "max_decoded_size"
        else:
            most, setting = f"{self.ratio:,} times its size", "max_decoded_ratio"
        return ExpandsError(
            f"the compressed body expands to more than {most}; "
            f"if you trust this file, raise the setting {setting}"
        )


DEFAULT_BOUNDS: Final = Bounds()
