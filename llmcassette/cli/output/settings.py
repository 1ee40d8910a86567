"""Prints settings: as a table, one in full, or as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from llmcassette.cli.explained import toml
from llmcassette.cli.output.json import print_json
from llmcassette.cli.output.layout import Row, line
from llmcassette.cli.output.screen import Screen
from llmcassette.cli.output.text import fit
from llmcassette.escaping import one_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llmcassette.cli.explained import Explained

__all__ = ["print_json_of", "print_one", "print_table"]

COLUMN: Final = 19
VALUE: Final = 38


def print_table(settings: Sequence[Explained]) -> None:
    """Name, value and source of each, in 80 columns."""
    screen = Screen()
    screen.print(
        [
            (setting.name.ljust(COLUMN), "head"),
            (fit(one_line(setting.shown_value), VALUE).ljust(VALUE + 1), ""),
            (one_line(setting.source), "dim" if setting.source == "default" else "new"),
        ]
        for setting in settings
    )
    screen.show([None, line([("Explain one: llmcassette settings NAME", "dim")])])


def print_one(setting: Explained) -> None:
    """What it does, which values it takes, and an example."""
    if setting.example is None:
        example = "only in Python: on the marker, in llm_cassette_config, as a keyword"
    else:
        example = f"[tool.llmcassette]\n{setting.name} = {toml(setting.example)}"
    rows = {
        "value": f"{one_line(setting.shown_value)} ({one_line(setting.source)})",
        "takes": setting.values,
        "default": setting.default,
        "example": example,
        "more": f"page {setting.page} of the documentation",
    }
    screen = Screen()
    screen.show([line([(setting.name, "head")]), Row("", [(f"{setting.text}.", "")], column=2)])
    screen.show([None, *(Row(label, [(text, "")]) for label, text in rows.items())])


def print_json_of(settings: Sequence[Explained]) -> None:
    """One document."""
    rows = [
        {
            "name": setting.name,
            "value": setting.value,
            "source": setting.source,
            "takes": setting.values,
            "default": setting.default,
            "description": setting.text,
            "example": setting.example,
            "page": setting.page,
        }
        for setting in settings
    ]
    print_json({"schema": 1, "settings": rows})
