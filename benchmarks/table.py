"""Prints rows as Markdown, and compares them with a baseline."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from benchmarks.measure import Row

__all__ = ["changes", "markdown"]


def markdown(rows: Iterable[Row]) -> str:
    """A table for the README."""
    lines = ["| what | measured | by wall time | goal | met |", "|---|---|---|---|---|"]
    for row in rows:
        goal = "" if row.goal is None else f"{'<=' if row.at_most else '>='} {row.goal:g}"
        met = {None: "", True: "yes", False: "**no**"}[row.met]
        wall = "" if row.wall is None else number(row.wall)
        lines.append(f"| {row.what} | {number(row.value)} {row.unit} | {wall} | {goal} | {met} |")
    return "\n".join(lines)


def changes(rows: Iterable[Row], baseline: Mapping[str, float]) -> str:
    """The rows that differ from the baseline by more than a quarter, one a line."""
    lines = []
    for row in rows:
        before = baseline.get(row.what)
        if before and not 0.75 <= row.value / before <= 1.33:
            lines.append(f"  {row.what}: {number(before)} -> {number(row.value)} {row.unit}")
    return "\n".join(lines)


def number(value: float) -> str:
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.3g}"
