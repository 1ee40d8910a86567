"""Timing on a machine with other load: interleaved runs, and medians of paired ratios."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from statistics import median

__all__ = ["Measured", "Row", "cpu_seconds", "difference", "medians", "paired", "per_item"]

Case = Callable[[], float]


class Measured(float):
    """Seconds, or a ratio of seconds, by processor time.

    Attributes:
        wall: the same by wall time.
    """

    wall: float

    def __new__(cls, cpu: float, wall: float) -> Measured:
        one = super().__new__(cls, cpu)
        one.wall = wall
        return one

    def __truediv__(self, number: float) -> Measured:
        return Measured(float(self) / number, self.wall / number)


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table.

    Attributes:
        group: the goal's name in the table of goals.
        what: what was measured.
        value: the median, by processor time; by wall time only where that is said.
        unit: such as ``x the floor``.
        goal: the value to reach; ``None`` if there is none.
        at_most: whether smaller values are better.
        wall: the median by wall time; ``None`` where it isn't measured.
    """

    group: str
    what: str
    value: float
    unit: str
    goal: float | None = None
    at_most: bool = True
    wall: float | None = None

    def __post_init__(self) -> None:
        if isinstance(self.value, Measured):
            object.__setattr__(self, "wall", self.value.wall)
            object.__setattr__(self, "value", float(self.value))

    @property
    def met(self) -> bool | None:
        """Whether the goal is reached; ``None`` where there is none."""
        if self.goal is None:
            return None
        return self.value <= self.goal if self.at_most else self.value >= self.goal

    def as_dict(self) -> dict[str, object]:
        """For JSON."""
        return {**asdict(self), "met": self.met}


def cpu_seconds(action: Callable[[], object]) -> Measured:
    """Processor time of this process for an action, in seconds."""
    start, wall = time.process_time(), time.perf_counter()
    action()
    return Measured(time.process_time() - start, time.perf_counter() - wall)


def per_item(action: Callable[[], object], count: int) -> Measured:
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
    pairs = [*zip(times[one], times[other], strict=True)]
    return _both(pairs, lambda a, b: a / b)


def difference(times: Mapping[str, list[float]], one: str, other: str) -> float:
    """Median of the differences of two cases in the same round, in seconds."""
    pairs = [*zip(times[one], times[other], strict=True)]
    return _both(pairs, lambda a, b: a - b)


def _both(pairs: list[tuple[float, float]], of: Callable[[float, float], float]) -> float:
    cpu = median(of(float(a), float(b)) for a, b in pairs)
    walls = [
        of(a.wall, b.wall) for a, b in pairs if isinstance(a, Measured) and isinstance(b, Measured)
    ]
    return Measured(cpu, median(walls)) if walls else cpu
