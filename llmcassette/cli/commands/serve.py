"""``llmcassette serve``: replays cassettes over HTTP, for clients in any language."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from llmcassette.cli.inputs import find_cassettes
from llmcassette.cli.running import FINDINGS, OK
from llmcassette.cli.user_command import WithCommand, command_in, run_beside, wait_for_signal

if TYPE_CHECKING:
    from llmcassette.recorder.settings import Settings

__all__ = ["serve"]


@click.command(cls=WithCommand)
@click.argument("paths", nargs=-1, required=True, metavar="CASSETTE...")
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="Default: any free port.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--pace", help="instant, recorded, or a factor such as 0.1. Default: instant.")
@click.option("--fault", "faults", multiple=True, help='Such as "status(429, times=2)".')
@click.option("--allow-repeats", is_flag=True, help="Equal requests replay any number of times.")
@click.option("--strict", is_flag=True, help="Exit with 1 if something was left unplayed.")
@click.pass_context
def serve(
    ctx: click.Context,
    paths: tuple[str, ...],
    port: int,
    host: str,
    pace: str | None,
    faults: tuple[str, ...],
    allow_repeats: bool,
    strict: bool,
) -> int:
    """Replay cassettes over HTTP, for clients in any language.

    Recorded hosts are at /openai/..., /HOST/..., or at the root if there is only one. With a
    COMMAND, it runs with base URLs that lead to the server, and the server ends with it. Status and
    reset are at /__llmcassette__/. Exit code 1: a request was a miss.

    Needs the extra: pip install 'pytest-llmcassette[server]'.

    \b
    Examples:
      llmcassette serve tests/cassettes/weather.yaml --port 8080
      llmcassette serve tests/cassettes --strict -- node agent.mjs
      curl http://127.0.0.1:8080/__llmcassette__/
    """  # noqa: D301 (\b tells click not to rewrap a paragraph)
    from llmcassette.cli.output.server import ServeScreen
    from llmcassette.server.background import Background, listening
    from llmcassette.server.cassettes import Cassettes
    from llmcassette.server.environment import environment

    command = command_in(ctx)
    files = find_cassettes(paths)
    cassettes = Cassettes(files, _settings(pace, faults, allow_repeats=allow_repeats))
    screen = ServeScreen(to_stderr=command is not None)
    code = OK
    with Background(cassettes, listening(host, port), screen, host) as server:
        screen.started(server.url, files, cassettes.upstreams)
        if command is None:
            wait_for_signal()
        else:
            variables = environment(server.url, cassettes.upstreams, os.environ, placeholders=True)
            code = run_beside(command, variables)
    unplayed = cassettes.unplayed
    screen.ended(len(cassettes.errors), unplayed, strict=strict)
    return code or (FINDINGS if cassettes.errors or (strict and unplayed) else OK)


def _settings(pace: str | None, faults: tuple[str, ...], *, allow_repeats: bool) -> Settings:
    from llmcassette.recorder.opening import settings_of

    settings: dict[str, object] = {}
    if pace is not None:
        settings["pace"] = _number(pace)
    if faults:
        settings["faults"] = list(faults)
    if allow_repeats:
        settings["allow_repeats"] = True
    return settings_of("command line", settings)


def _number(text: str) -> float | str:
    try:
        return float(text)
    except ValueError:
        return text
