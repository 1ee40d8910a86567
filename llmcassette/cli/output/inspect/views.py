"""The views of ``inspect``: conversations, events, HTTP, JSON."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeAlias

import click

from llmcassette.escaping import one_line
from llmcassette.review.parsed import ParsedInteraction

__all__ = ["show_cassettes"]

Cassettes: TypeAlias = Iterable[tuple[str, Sequence[ParsedInteraction]]]
"""Names and interactions of cassettes, read while they are shown."""


def show_cassettes(cassettes: Cassettes, view: str | None, *, full: bool) -> None:
    """Print cassettes.

    Args:
        cassettes: what to print.
        view: ``events``, ``raw``, ``json``, or ``None`` for conversations.
        full: show everything.
    """
    if view == "json":
        show_json(cassettes)
    elif view == "raw":
        show_http(cassettes)
    else:
        show_conversations(cassettes, events=view == "events", full=full)


def show_conversations(cassettes: Cassettes, *, events: bool, full: bool) -> None:
    """Print conversations, or the events of their answers."""
    from llmcassette.cli.output.inspect.event_table import event_blocks
    from llmcassette.cli.output.inspect.summary import summary
    from llmcassette.cli.output.inspect.transcript import transcript
    from llmcassette.cli.output.screen import Screen

    screen = Screen()
    for number, (name, interactions) in enumerate(cassettes):
        if number:
            screen.print([[]])
        screen.show([summary(name, interactions, screen.width)])
        for parsed in interactions:
            blocks = (
                event_blocks(parsed, screen.width, full=full)
                if events
                else transcript(parsed, full=full)
            )
            screen.show([None, *blocks], full=full)


def show_http(cassettes: Cassettes) -> None:
    """Print requests and answers as HTTP."""
    from llmcassette.cli.output.inspect.http import raw_lines

    blank = ""
    for name, interactions in cassettes:
        for parsed in interactions:
            click.echo(f"{blank}# {one_line(name)}, interaction {parsed.position}")
            blank = "\n"
            for line in raw_lines(parsed.interaction.request, parsed.interaction.response):
                click.echo(line)


def show_json(cassettes: Cassettes) -> None:
    """Print one document with all cassettes."""
    from llmcassette.cli.output.inspect.json import file_object
    from llmcassette.cli.output.json import print_json

    print_json({"schema": 1, "files": [file_object(*cassette) for cassette in cassettes]})
