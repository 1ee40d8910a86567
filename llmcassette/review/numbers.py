"""Numbers for people: counts, bytes, seconds, dollars."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["dollars", "joined", "plural", "seconds", "size"]


def plural(count: int, noun: str) -> str:
    """``1 interaction``, ``2 interactions``."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def size(count: int) -> str:
    """A number of bytes: ``812 bytes``, ``1.2 MB``."""
    if count < 10_000:
        return plural(count, "byte")
    power = 1 + (count >= 1_000_000) + (count >= 1_000_000_000)
    return f"{count / 1000**power:,.1f} {' kMG'[power]}B"


def seconds(duration: float) -> str:
    """``980 µs``, ``12 ms``, ``1.49 s``, ``78.0 s``."""
    if duration < 0.001:
        return f"{duration * 1_000_000:.0f} µs"
    if duration < 1:
        return f"{duration * 1000:.0f} ms"
    return f"{duration:.2f} s" if duration < 60 else f"{duration:.1f} s"


def dollars(amount: float) -> str:
    """With two significant digits below a dollar: ``$1.20``, ``$0.015``, ``$0.000076``."""
    if amount == 0 or amount >= 0.995:
        return f"${amount:,.2f}"
    digits = 2
    while digits < 12 and round(amount, digits) < 10 ** (1 - digits):
        digits += 1
    return f"${amount:.{digits}f}"


def joined(parts: Iterable[str], separator: str = " · ") -> str:
    """The parts that are not empty, joined."""
    return separator.join(filter(None, parts))
