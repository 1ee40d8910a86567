"""Checks of the values of settings that have no module of their own.

Each takes a value and its place (name, and where it was set) for the message, returns the value as
``Settings`` has it, and raises a ``SettingsError`` if it can't be used.
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from llmcassette.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = [
    "Bytes",
    "Mismatch",
    "PersonalKind",
    "Stale",
    "Unused",
    "check_age",
    "check_flag",
    "check_functions",
    "check_matcher",
    "check_mismatch",
    "check_personal_data",
    "check_ratio",
    "check_retry_after",
    "check_size",
    "check_sleep",
    "check_stale",
    "check_strings",
    "check_unused",
    "check_url_rules",
    "parse_size",
]

Bytes: TypeAlias = int
"""A size; given in bytes or as a text such as ``100MB``."""
Mismatch = Literal["error", "warn"]
"""What becomes of a request that no recording answers exactly."""
Unused = Literal["error", "warn", "ignore"]
"""What the run does about interactions that no test played."""
Stale = Literal["error", "warn", "record"]
"""What the run does about a cassette that is older than ``max_age``."""

PersonalKind: TypeAlias = str | tuple[str, str]
"""A kind of personal data by its name, or a name and a regular expression."""

_AGE: Final = r"([0-9]{1,5})([dwhy])"
_SIZE: Final = r"(?i:([0-9]{1,12})\s*([kMG]?)B?)"
_BYTES: Final = {"": 1, "K": 1_000, "M": 1_000_000, "G": 1_000_000_000}
_HOURS: Final = {"h": 1, "d": 24, "w": 7 * 24, "y": 365 * 24}


def check_flag(value: object, place: str) -> bool:
    if isinstance(value, bool):
        return value
    raise SettingsError(f"{place} must be true or false, not {value!r}")


def check_strings(value: object, place: str) -> tuple[str, ...]:
    if isinstance(value, list | tuple | set | frozenset):
        items = tuple(value)
        if all(isinstance(item, str) for item in items):
            return items
    example = f"[{value!r}]" if isinstance(value, str) else '["…"]'
    raise SettingsError(f"{place} must be a list of strings, such as {example}, not {value!r}")


def check_personal_data(value: object, place: str) -> tuple[PersonalKind, ...]:
    """Kinds of personal data: ``true`` for all, or a list of names and of pairs."""
    if isinstance(value, bool):
        return ("all",) if value else ()
    if not isinstance(value, list | tuple | set | frozenset):
        raise SettingsError(
            f'{place} must be true, false or a list of kinds, such as ["email"], not {value!r}'
        )
    kinds: list[PersonalKind] = []
    for kind in value:
        match kind:
            case str():
                kinds.append(kind)
            case [str(name), str(pattern)]:
                kinds.append((name, pattern))
            case _:
                raise SettingsError(
                    f"{place}: {kind!r} is neither a kind nor a pair [name, pattern]"
                )
    return tuple(kinds)


def check_url_rules(value: object, place: str) -> tuple[str | tuple[str, str], ...]:
    if not isinstance(value, list | tuple):
        raise SettingsError(f"{place} must be a list of names and of pairs, not {value!r}")
    rules: list[str | tuple[str, str]] = []
    for rule in value:
        match rule:
            case str():
                rules.append(rule)
            case [str(pattern), str(replacement)]:
                rules.append((pattern, replacement))
            case _:
                raise SettingsError(
                    f"{place}: {rule!r} is neither a name nor a pair [pattern, replacement]"
                )
    return tuple(rules)


def check_matcher(value: object, place: str) -> Callable[..., bool] | None:
    if value is None or callable(value):
        return value
    raise SettingsError(f"{place} must be a function of two requests, not {value!r}")


def check_functions(value: object, place: str) -> tuple[Callable[..., object], ...]:
    items = tuple(value) if isinstance(value, list | tuple) else (value,)
    if all(callable(item) for item in items):
        return items
    raise SettingsError(f"{place} must be a function or a list of functions, not {value!r}")


def check_sleep(value: object, place: str) -> Callable[[float], object] | None:
    if value is None or callable(value):
        return value
    raise SettingsError(f"{place} must be a function of a number of seconds, not {value!r}")


def check_retry_after(value: object, place: str) -> str:
    return _one_of(value, place, "instant", "recorded")


def check_mismatch(value: object, place: str) -> str:
    return _one_of(value, place, "error", "warn")


def check_unused(value: object, place: str) -> str:
    return _one_of(value, place, "error", "warn", "ignore")


def check_stale(value: object, place: str) -> str:
    return _one_of(value, place, "error", "warn", "record")


def check_age(value: object, place: str) -> timedelta | None:
    """An age such as ``90d``, ``12w``, ``36h``, ``1y``; ``None`` for any age."""
    if value is None:
        return None
    found = re.fullmatch(_AGE, value) if isinstance(value, str) else None
    if found is None:
        raise SettingsError(f"{place} must be an age, such as '90d', '12w' or '1y', not {value!r}")
    return timedelta(hours=int(found[1]) * _HOURS[found[2]])


def check_size(value: object, place: str) -> int:
    """A size such as ``100MB``, or a number of bytes; in bytes."""
    size = parse_size(str(value)) if isinstance(value, int | str) else None
    if size is None or isinstance(value, bool):
        raise SettingsError(f"{place} must be a size, such as '100MB', not {value!r}")
    return size


def parse_size(text: str) -> int | None:
    """``500kB``, ``10MB`` or ``10000`` in bytes; ``None`` for any other text."""
    found = re.fullmatch(_SIZE, text)
    return None if found is None else int(found[1]) * _BYTES[found[2].upper()]


def check_ratio(value: object, place: str) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and value > 0:
        return value
    raise SettingsError(f"{place} must be a whole number above 0, not {value!r}")


def _one_of(value: object, place: str, *known: str) -> str:
    if isinstance(value, str) and value in known:
        return value
    *first, last = map(repr, known)
    raise SettingsError(f"{place} must be {', '.join(first)} or {last}, not {value!r}")
