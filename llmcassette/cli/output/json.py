"""Prints JSON documents on stdout, for programs."""

from __future__ import annotations

import json
import sys
from codecs import lookup
from typing import TYPE_CHECKING, Final, cast

import click

from llmcassette.escaping import is_shown
from llmcassette.matching.difference.text import preview

if TYPE_CHECKING:
    from llmcassette.json.value import JsonValue


__all__ = ["print_json"]


DEEPEST: Final = 100
LONGEST: Final = 2_000


def print_json(value: object) -> None:
    """Print one document, indented, with its keys in the order given.

    Characters are printed as they are if stdout is UTF-8, and escaped if not (a pipe on Windows).
    Those that a terminal would obey or can't show are always escaped. Values nested deeper than
    ``DEEPEST`` are replaced by the beginning of their text.
    """
    encoding = lookup(getattr(sys.stdout, "encoding", None) or "utf-8").name
    text = json.dumps(cut_deep(value, DEEPEST), ensure_ascii=encoding != "utf-8", indent=2)
    text = text.replace("##[", "\\u0023#[")
    click.echo("".join(map(json_character, text)) if not text.isascii() or "\x7f" in text else text)


def json_character(character: str) -> str:
    if character == "\n" or is_shown(character):
        return character
    return json.dumps(character)[1:-1] if character != "\x7f" else "\\u007f"


def cut_deep(value: object, depth: int) -> object:
    if not isinstance(value, (dict, list)):
        return value
    if depth == 0:
        return preview(cast("JsonValue", value), LONGEST)
    if isinstance(value, dict):
        return {key: cut_deep(item, depth - 1) for key, item in value.items()}
    return [cut_deep(item, depth - 1) for item in value]
