"""JSON numbers by value, of any length and size, without Python's limits (RFC 8259, section 6)."""

from __future__ import annotations

import math
from typing import Final

__all__ = ["NumberText", "parse_float", "parse_int"]

LONGEST_DOUBLE: Final = 309  # digits of the integer part of the greatest double
LONGEST_EXPONENT: Final = 600  # below the least limit Python allows for int <-> str


class NumberText:
    """A number that is neither an ``int`` of ordinary size nor a finite double.

    These are ``NaN``, ``Infinity``, and numbers beyond the greatest double, which keep all their
    digits: two of them are equal if and only if they are the same number.

    Attributes:
        text: ``NaN``, ``Infinity``, ``-Infinity`` or ``<digits>e<exponent>`` with neither leading
            nor trailing zeros in the digits.
    """

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text: Final = text

    def __eq__(self, other: object) -> bool:
        return isinstance(other, NumberText) and self.text == other.text

    def __hash__(self) -> int:
        return hash((NumberText, self.text))

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return f"NumberText({self.text!r})"


def parse_int(token: str) -> int | NumberText:
    """The value of a JSON number without fraction and exponent, exact at any length."""
    if len(token) <= LONGEST_DOUBLE + 1:  # one more for the sign
        value = int(token)
        try:
            float(value)
        except OverflowError:
            return beyond_double(token)
        return value
    return beyond_double(token)


def parse_float(token: str) -> int | float | NumberText:
    """The value of a JSON number with fraction or exponent: the nearest double.

    An integral double becomes that ``int``; what overflows keeps its decimal digits.
    """
    value = float(token)
    if math.isinf(value):
        return beyond_double(token)
    return int(value) if value.is_integer() else value


def beyond_double(token: str) -> NumberText:
    """The normalised text of a number no double holds: ``-12.50E+400`` is ``-125e399``."""
    mantissa, _, exponent = token.lower().partition("e")
    sign = "-" if mantissa.startswith("-") else ""
    whole, _, fraction = mantissa.lstrip("-").partition(".")
    digits = (whole + fraction).lstrip("0")
    significant = digits.rstrip("0")
    power = exponent.lstrip("+0") or "0"
    if len(power) > LONGEST_EXPONENT:
        return NumberText(f"{sign}{whole}.{fraction}e{power}")
    shifted = int(power) - len(fraction) + len(digits) - len(significant)
    return NumberText(f"{sign}{significant}e{shifted}")
