"""Go's ``time.Duration`` as text: ``1m18.00699275s`` and the like, to seconds and back.

Source: ``time.ParseDuration`` and ``Duration.String`` of Go's standard library.
"""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Final

__all__ = ["format_duration", "parse_duration"]

_NANOSECONDS: Final = {
    "ns": 1,
    "us": 1_000,
    "µs": 1_000,  # U+00B5, what Go writes
    "μs": 1_000,  # U+03BC
    "ms": 1_000_000,
    "s": 1_000_000_000,
    "m": 60_000_000_000,
    "h": 3_600_000_000_000,
}
_PART: Final = re.compile(r"([0-9]+(?:\.[0-9]*)?|\.[0-9]+)(ns|us|µs|μs|ms|s|m|h)")
_SIMPLE: Final = re.compile(r"([0-9]{1,9})(?:\.([0-9]{1,9}))?(ns|us|µs|ms|s)")
_LONGEST: Final = 2**63 - 1
_MANY_CHARACTERS: Final = 200


def parse_duration(text: str) -> float:
    """Seconds in a Go duration, as the nearest double: exact to the nanosecond up to 104 days.

    Raises:
        ValueError: it is not a duration, or longer than Go's limit of 292 years.
    """
    simple = _SIMPLE.fullmatch(text)
    if simple is not None:
        whole, decimals, unit = simple.groups("")
        nanoseconds = int(whole + decimals) * _NANOSECONDS[unit] // int(10 ** len(decimals))
        return nanoseconds / 10**9
    unsigned = text[1:] if text[:1] in ("-", "+") else text
    total = Fraction(0)
    position = 0
    while position < len(unsigned) <= _MANY_CHARACTERS and unsigned != "0":
        part = _PART.match(unsigned, position)
        if part is None:
            break
        total += Fraction(f"0{part[1]}") * _NANOSECONDS[part[2]]
        position = part.end()
    if unsigned != "0" and (position == 0 or position < len(unsigned) or total > _LONGEST):
        raise ValueError(f"{text[:40]!r} is not a duration; use for example 1.5s or 980.667µs")
    nanoseconds = int(total)
    return float(Fraction(-nanoseconds if text[0] == "-" else nanoseconds, 10**9))


def format_duration(seconds: float) -> str:
    """Seconds as Go writes them, to the nanosecond.

    Raises:
        ValueError: not finite, or longer than Go's limit of 292 years.
    """
    if not abs(seconds) <= _LONGEST / 10**9:  # NaN too
        raise ValueError(f"{seconds} s is not a duration that Go can represent")
    nanoseconds = round(Fraction(seconds) * 10**9)
    sign, rest = ("-", -nanoseconds) if nanoseconds < 0 else ("", nanoseconds)
    if rest == 0:
        return "0s"
    for unit in ("ns", "µs", "ms"):
        if rest < 1000 * _NANOSECONDS[unit]:
            return f"{sign}{_decimal(rest, _NANOSECONDS[unit])}{unit}"
    hours, rest = divmod(rest, _NANOSECONDS["h"])
    minutes, rest = divmod(rest, _NANOSECONDS["m"])
    text = f"{_decimal(rest, _NANOSECONDS['s'])}s"
    if hours or minutes:
        text = f"{minutes}m{text}"
    if hours:
        text = f"{hours}h{text}"
    return sign + text


def _decimal(value: int, unit: int) -> str:
    whole, part = divmod(value, unit)
    if not part:
        return str(whole)
    return f"{whole}.{str(part).rjust(len(str(unit)) - 1, '0').rstrip('0')}"
