"""JSON on stdout, for programs."""

from __future__ import annotations

import json
import sys
from codecs import lookup
from typing import TYPE_CHECKING, Final, cast

import click

from llmcassette.matching.difference.text import preview

if TYPE_CHECKING:
    from llmcassette.json.value import JsonValue


__all__ = ["print_json"]


DEEPEST: Final = 100
LONGEST: Final = 2_000


def print_json(value: object) -> None:
    """Print one document, indented, keys in the order given; characters as they are in UTF-8.

    Elsewhere, as in a pipe on Windows, all but ASCII is escaped.
    Lone surrogates, which JSON bodies may hold and UTF-8 cannot, are escaped. What is nested more
    than ``DEEPEST`` deep is the beginning of its text.
    """
    encoding = lookup(getattr(sys.stdout, "encoding", None) or "utf-8").name
    text = json.dumps(bounded(value, DEEPEST), ensure_ascii=encoding != "utf-8", indent=2)
    click.echo(text.encode("utf-8", "backslashreplace").decode())


def bounded(value: object, depth: int) -> object:
    if not isinstance(value, (dict, list)):
        return value
    if depth == 0:
        return preview(cast("JsonValue", value), LONGEST)
    if isinstance(value, dict):
        return {key: bounded(held, depth - 1) for key, held in value.items()}
    return [bounded(held, depth - 1) for held in value]
