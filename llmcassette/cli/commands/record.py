"""``llmcassette record``: a proxy that records, for clients in any language."""

from __future__ import annotations

import os
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from llmcassette.cli.option_types import GivenPath
from llmcassette.cli.running import FINDINGS, OK
from llmcassette.cli.user_command import WithCommand, command_in, run_beside, wait_for_signal
from llmcassette.errors import CassetteError

if TYPE_CHECKING:
    from collections.abc import Generator

    from llmcassette.recorder.engine import Engine
    from llmcassette.recorder.modes import Mode
    from llmcassette.server.upstreams import Upstreams

__all__ = ["record"]


@click.command(cls=WithCommand)
@click.option(
    "--upstream",
    "upstreams",
    multiple=True,
    metavar="URL",
    help="Scheme and host of a provider; may be repeated. Default: all known providers.",
)
@click.option(
    "-o",
    "--output",
    type=GivenPath(path_type=Path, dir_okay=False),
    required=True,
    metavar="FILE",
    help="The cassette.",
)
@click.option(
    "--mode",
    type=click.Choice(["once", "new_episodes", "all"]),
    default="once",
    show_default=True,
    help="once: replay FILE if it exists; new_episodes: add to it; all: record all again.",
)
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="Default: any free port.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.pass_context
def record(
    ctx: click.Context, upstreams: tuple[str, ...], output: Path, mode: Mode, port: int, host: str
) -> int:
    """Pass requests on to providers, and record them.

    An upstream is at /openai/..., /HOST/..., or at the root if it is the only one. With a COMMAND,
    it runs with base URLs that lead to the proxy, and the proxy ends with it. Keys go to the
    provider, and neither to the file nor to the terminal.

    Needs the extra: pip install 'pytest-llmcassette[server]'.

    \b
    Examples:
      llmcassette record --upstream https://api.openai.com -o a.yaml --port 8080
      llmcassette record -o agent.yaml -- node agent.mjs
    """  # noqa: D301 (\b tells click not to rewrap a paragraph)
    from llmcassette.cli.output.server import RecordScreen
    from llmcassette.server.background import Background, listening
    from llmcassette.server.environment import environment
    from llmcassette.server.recording import Recorded, Saver

    command = command_in(ctx)
    code = OK
    with _run_of_its_own(), _opened(output, mode) as cassette:
        behind = _upstreams(upstreams or cassette.settings.upstream)
        screen = RecordScreen(to_stderr=command is not None)
        with Background(Recorded(cassette, behind), listening(host, port), screen, host) as server:
            screen.saver = Saver(cassette, screen.failed)
            screen.started(server.url, cassette, behind)
            try:
                if command is None:
                    wait_for_signal()
                else:
                    variables = environment(server.url, behind, os.environ, placeholders=False)
                    code = run_beside(command, variables)
            finally:
                screen.saver.stop()
    screen.ended(cassette)
    return code or (FINDINGS if cassette.errors else OK)


def _upstreams(given: tuple[str, ...]) -> Upstreams:
    from llmcassette.server.environment import own_origins
    from llmcassette.server.upstreams import PROVIDERS, Upstreams, check_origin

    if given:
        return Upstreams([check_origin(url, "upstream") for url in given])
    return Upstreams(own_origins(os.environ), known=PROVIDERS)


@contextmanager
def _run_of_its_own() -> Generator[None]:
    """A run in which one file is saved several times; see ``Run.recorded_since``."""
    from llmcassette.recorder.run import Run, current_run

    before = current_run.become(Run(started=time.time()))
    try:
        yield
    finally:
        current_run.become(before)


@contextmanager
def _opened(path: Path, mode: Mode) -> Generator[Engine]:
    """Open the cassette, and save it at the end.

    Raises:
        CassetteError: this is CI, where nothing is recorded; or see ``open_cassette``.
    """
    from llmcassette.recorder.opening import open_cassette, settings_of

    cassette = open_cassette(
        path,
        mode=mode,
        settings=settings_of("command line", {}),
        remedy="add --mode new_episodes",
        may_be_absent=True,
    )
    if cassette.mode == "none":
        raise CassetteError(
            "CI is set in the environment, and in CI nothing is recorded.\nUnset CI."
        )
    try:
        yield cassette
    finally:
        cassette.close()
