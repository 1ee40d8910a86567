"""When an answer's headers and chunks are handed over: the settings ``pace``, ``ttft``, ``gap``.

This computes how long to wait; the drivers of client libraries wait.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from llmcassette.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llmcassette.model import Response

__all__ = [
    "AT_ONCE",
    "Pace",
    "Timing",
    "check_limit",
    "check_pace",
    "check_seconds",
    "is_retryable",
    "retried_at_once",
    "timing",
]

Pace: TypeAlias = Literal["instant", "recorded"] | float

INSTANT: Final = 0.0
CONFLICTS: Final = frozenset({408, 409, 429})


@dataclass(frozen=True, slots=True)
class Timing:
    """How long a client waits for an answer.

    Attributes:
        before: seconds until the headers.
        gaps: seconds before each chunk, counted from the chunk before it, or from the headers; then
            the seconds before the end. Empty if there are none to wait.
    """

    before: float = 0.0
    gaps: tuple[float, ...] = ()


AT_ONCE: Final = Timing()


def check_pace(value: object, place: str) -> Pace:
    """Check the setting ``pace``.

    Raises:
        SettingsError: it is not a pace.
    """
    if value in ("instant", "recorded"):
        return value
    if is_time(value):
        return float(value) or "instant"  # type: ignore[arg-type]
    raise SettingsError(
        f"{place} must be 'instant', 'recorded', or a factor of the recorded times, such as 0.1 "
        f"(ten times as fast), not {value!r}"
    )


def check_seconds(value: object, place: str) -> float | None:
    """Check the settings ``ttft`` and ``gap``.

    Raises:
        SettingsError: it is not a number of seconds.
    """
    if value is None or is_time(value):
        return None if value is None else float(value)  # type: ignore[arg-type]
    raise SettingsError(f"{place} must be a number of seconds, such as 0.05, not {value!r}")


def check_limit(value: object, place: str) -> float:
    """Check the setting ``max_wait``.

    Raises:
        SettingsError: it is not a number of seconds.
    """
    if is_time(value):
        return float(value)  # type: ignore[arg-type]
    raise SettingsError(f"{place} must be a number of seconds, such as 60, not {value!r}")


def is_time(value: object) -> bool:
    return (
        isinstance(value, int | float)
        and not isinstance(value, bool)
        and 0 <= value < math.inf  # not NaN either
    )


def timing(
    response: Response,
    chunks: Sequence[bytes],
    *,
    pace: Pace = "instant",
    ttft: float | None = None,
    gap: float | None = None,
    stalls: Sequence[tuple[int, float]] = (),
) -> Timing:
    """How long to wait for each part of an answer.

    A chunk arrives when the recorded chunk with its last byte arrived. A cassette that has only
    ``duration`` waits before the headers, and then ``gap``.

    Args:
        response: as recorded, or as a fault changed it.
        chunks: its body, cut as it is handed over.
        pace: the recorded times, a factor of them, or ``instant``.
        ttft: seconds until the first chunk, instead of the recorded ones; until the headers, if
            there is no chunk. Not multiplied by the pace.
        gap: seconds between chunks, instead of the recorded ones. Not multiplied by the pace.
        stalls: byte positions in the body at which a chunk begins (or the body ends), and how many
            seconds more it takes there.
    """
    factor = {"instant": INSTANT, "recorded": 1.0}.get(pace, pace)  # type: ignore[arg-type]
    assert not isinstance(factor, str)
    if not factor and not ttft and not gap and not stalls:
        return AT_ONCE
    before = response.duration * factor
    gaps = _recorded_gaps(response, chunks, factor)
    if gap is not None:
        gaps[1:-1] = [gap] * (len(gaps) - 2)
    if ttft is not None:
        before = min(before, ttft) if chunks else ttft
        if chunks:
            gaps[0] = ttft - before
    starts = list(accumulate(map(len, chunks), initial=0))
    for position, seconds in stalls:
        gaps[bisect_left(starts, position)] += seconds
    return Timing(before, tuple(gaps) if any(gaps) else ())


def _recorded_gaps(response: Response, chunks: Sequence[bytes], factor: float) -> list[float]:
    """Seconds before each chunk; then 0 before the end, which is not recorded."""
    recorded = response.chunks or ()
    ends = list(accumulate(chunk.size for chunk in recorded))
    if not factor or not ends or ends[-1] != len(response.body):
        return [0.0] * (len(chunks) + 1)
    arrivals = list(accumulate(max(chunk.gap, 0.0) for chunk in recorded))
    gaps: list[float] = []
    position, before = 0, 0.0
    for chunk in chunks:
        position += len(chunk)
        arrival = arrivals[bisect_left(ends, position)]
        gaps.append((arrival - before) * factor)
        before = arrival
    return [*gaps, 0.0]


def is_retryable(code: int) -> bool:
    """Whether SDKs try again after an answer with this HTTP status."""
    return code in CONFLICTS or code >= 500


def retried_at_once(response: Response) -> Response:
    """The same answer, after which an SDK retries at once, if it retries.

    ``retry-after: 0`` would not do: SDKs take it for a missing header, and back off for seconds.
    """
    if not is_retryable(response.code):
        return response
    fields = [
        field
        for field in response.headers.fields
        if field[0].lower() not in ("retry-after", "retry-after-ms")
    ]
    at_once = [("retry-after-ms", ("1",)), ("retry-after", ("0.001",))]
    from llmcassette.model import Headers  # not at the start of every pytest run

    return replace(response, headers=Headers([*fields, *at_once]))
