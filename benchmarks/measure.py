"""Timing on a machine with other load: interleaved runs, and medians of paired ratios."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from statistics import median

__all__ = ["Row", "cpu_seconds", "medians", "paired", "per_item"]

Case = Callable[[], float]


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table.

    Attributes:
        group: the goal's name in the table of goals.
        what: what was measured.
        value: the median.
        unit: such as ``x the floor``.
        goal: the value to reach; ``None`` if there is none.
        at_most: whether smaller values are better.
    """

    group: str
    what: str
    value: float
    unit: str
    goal: float | None = None
    at_most: bool = True

    @property
    def met(self) -> bool | None:
        """Whether the goal is reached; ``None`` where there is none."""
        if self.goal is None:
            return None
        return self.value <= self.goal if self.at_most else self.value >= self.goal

    def as_dict(self) -> dict[str, object]:
        """For JSON."""
        return {**asdict(self), "met": self.met}


def cpu_seconds(action: Callable[[], object]) -> float:
    """Processor time of this process for an action, in seconds."""
    start = time.process_time()
    action()
    return time.process_time() - start


def per_item(action: Callable[[], object], count: int) -> float:
    """Processor time for one of ``count`` equal actions, in seconds."""
    return cpu_seconds(action) / count


def medians(cases: Mapping[str, Case], rounds: int) -> dict[str, list[float]]:
    """Run every case once in each round; each returns its own seconds."""
    for case in cases.values():
        case()  # warm
    times: dict[str, list[float]] = {name: [] for name in cases}
    for number in range(rounds):
        order = list(cases) if number % 2 else list(cases)[::-1]
        for name in order:
            gc.collect()
            times[name].append(cases[name]())
    return times


def paired(times: Mapping[str, list[float]], one: str, other: str) -> float:
    """Median of the ratios of two cases in the same round."""
    return median(a / b for a, b in zip(times[one], times[other], strict=True))
