"""JSON on stdout, for programs."""

from __future__ import annotations

import json

import click

__all__ = ["print_json"]


def print_json(value: object) -> None:
    """Print one document, indented, keys in the order given; characters as they are.

    Lone surrogates, which JSON bodies may hold and UTF-8 cannot, are escaped.
    """
    text = json.dumps(value, ensure_ascii=False, indent=2)
    click.echo(text.encode("utf-8", "backslashreplace").decode())
