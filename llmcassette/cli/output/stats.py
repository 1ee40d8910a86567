"""Prints the statistics of ``stats``: a table, or JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmcassette.cli.output.json import print_json
from llmcassette.cli.output.screen import Screen
from llmcassette.cli.output.text import fit, text_width
from llmcassette.escaping import one_line
from llmcassette.recorder.pricing import price_list_installed
from llmcassette.review.numbers import dollars, joined, plural

if TYPE_CHECKING:
    from llmcassette.review.statistics import Statistics, Total

__all__ = ["print_statistics"]

HEADS = ["model", "provider", "calls", "errors", "in", "out", "cost", "seconds"]
LEAST_MODEL = 10
"""Columns of a model's name in the narrowest terminal."""


def print_statistics(statistics: Statistics, *, as_json: bool) -> None:
    """Print totals by model."""
    if as_json:
        print_json(
            {
                "schema": 1,
                "files": statistics.files,
                "models": [json_row(total) for total in statistics.models],
                "total": json_row(statistics.total),
            }
        )
        return
    screen = Screen()
    rows = [HEADS, *map(table_row, statistics.models)]
    if len(statistics.models) != 1:
        rows.append(["all", *table_row(statistics.total)[1:]])
    rows = without_empty_columns(rows)
    widths = [max(map(text_width, column)) for column in zip(*rows, strict=True)]
    room = screen.width - sum(widths[1:]) - 2 * len(widths[1:])
    widths[0] = max(LEAST_MODEL, min(widths[0], room))
    for number, (model, *values) in enumerate(rows):
        name = fit(model, widths[0])
        line = name + " " * (widths[0] - text_width(name))
        for head, value, width in zip(rows[0][1:], values, widths[1:], strict=True):
            line += f"  {value:<{width}}" if head == "provider" else f"  {value:>{width}}"
        screen.print([[(line.rstrip(), "" if number else "dim")]])
    notes = [plural(statistics.files, "file"), unpriced_note(statistics.total.unpriced)]
    screen.print([[(joined(notes), "dim")]])


def without_empty_columns(rows: list[list[str]]) -> list[list[str]]:
    """The columns that hold something."""
    columns = [column for column in zip(*rows, strict=True) if set(column[1:]) - {"", "-", "0"}]
    return [list(row) for row in zip(*columns, strict=True)]


def json_row(total: Total) -> dict[str, object]:
    return {
        "provider": total.provider,
        "model": total.model,
        "calls": total.calls,
        "errors": total.errors,
        "input_tokens": total.input_tokens,
        "cached_tokens": total.cached_tokens,
        "output_tokens": total.output_tokens,
        "cost": total.cost,
        "unpriced": total.unpriced,
        "seconds": None if total.seconds is None else round(total.seconds, 6),
        "untimed": total.untimed,
    }


def table_row(total: Total) -> list[str]:
    return [
        one_line(total.model) or "(no model)",
        total.provider,
        f"{total.calls:,}",
        f"{total.errors:,}" if total.errors else "-",
        f"{total.input_tokens:,}",
        f"{total.output_tokens:,}",
        "-" if total.cost is None else dollars(total.cost) + ("+" if total.unpriced else ""),
        "-" if total.seconds is None else f"{total.seconds:,.1f}" + ("+" if total.untimed else ""),
    ]


def unpriced_note(answers: int) -> str:
    if not answers:
        return ""
    if price_list_installed():
        return f"no price known for {plural(answers, 'answer')}"
    return f"no price for {plural(answers, 'answer')}: pip install 'pytest-llmcassette[cost]'"
