"""Settings of how strict a run is: what was not used, and how old a recording may be."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Final, Literal

from llmcassette.errors import SettingsError

__all__ = ["Stale", "Unused", "check_age", "check_stale", "check_unused"]

Unused = Literal["error", "warn", "ignore"]
"""What becomes of interactions that no test played."""
Stale = Literal["error", "warn", "record"]
"""What becomes of a cassette that is older than ``max_age``."""

_AGE: Final = re.compile(r"([0-9]{1,5})([dwhy])")
_HOURS: Final = {"h": 1, "d": 24, "w": 7 * 24, "y": 365 * 24}


def check_unused(value: object, place: str) -> str:
    """See ``Unused``.

    Raises:
        SettingsError: it is none of these.
    """
    return _one_of(value, place, "error", "warn", "ignore")


def check_stale(value: object, place: str) -> str:
    """See ``Stale``.

    Raises:
        SettingsError: it is none of these.
    """
    return _one_of(value, place, "error", "warn", "record")


def check_age(value: object, place: str) -> timedelta | None:
    """An age such as ``90d``, ``12w``, ``36h``, ``1y``; ``None`` for any.

    Raises:
        SettingsError: it is none.
    """
    if value is None:
        return None
    found = _AGE.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise SettingsError(f"{place} must be an age, such as '90d', '12w' or '1y', not {value!r}")
    return timedelta(hours=int(found[1]) * _HOURS[found[2]])


def _one_of(value: object, place: str, *known: str) -> str:
    if isinstance(value, str) and value in known:
        return value
    *first, last = map(repr, known)
    raise SettingsError(f"{place} must be {', '.join(first)} or {last}, not {value!r}")
