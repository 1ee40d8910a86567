"""What ``serve`` and ``record`` print: the URL, a line or a report for a request, a summary."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from llmcassette.errors import UnmatchedRequestError, shown_path
from llmcassette.escaping import printable
from llmcassette.review.numbers import plural
from llmcassette.server.app import Listener

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from llmcassette.errors import CassetteError, ReplayError
    from llmcassette.server.upstreams import Upstreams

__all__ = ["ServeScreen", "ServerScreen"]

MOST_SHOWN = 10


class ServerScreen(Listener):
    """Prints on stdout; on stderr where stdout belongs to a command of the user's."""

    def __init__(self, *, to_stderr: bool) -> None:
        self._to_stderr = to_stderr

    def say(self, text: str) -> None:
        """Print lines at once."""
        click.echo(printable(text), err=self._to_stderr)

    def failed(self, error: ReplayError | CassetteError) -> None:
        """Print why a client got an error."""
        stream = sys.stderr if self._to_stderr else sys.stdout
        report = error.report if isinstance(error, UnmatchedRequestError) else None
        text = str(error) if report is None else report.text(color=stream.isatty())
        click.echo(f"\n{text}\n", err=self._to_stderr)


class ServeScreen(ServerScreen):
    """What ``serve`` prints."""

    def started(self, url: str, files: Sequence[Path], upstreams: Upstreams) -> None:
        """Print the URL."""
        what = shown_path(files[0]) if len(files) == 1 else plural(len(files), "cassette")
        at = "" if upstreams.root is None else f", {upstreams.root} at its root"
        self.say(f"serving {what} at {url}{at}")

    def ended(
        self, missed: int, unplayed: Sequence[tuple[str, Path, int]], *, strict: bool
    ) -> None:
        """Print the verdict.

        Args:
            missed: how many requests got an error.
            unplayed: run, file and position of each interaction that was not played.
            strict: whether these are named.
        """
        self.say(f"{plural(missed, 'request')} failed, {len(unplayed)} left unplayed")
        for name, path, position in unplayed[:MOST_SHOWN] if strict else ():
            of_run = f" in run {name}" if name else ""
            self.say(f"  not played{of_run}: interaction {position} of {shown_path(path)}")
        if strict and len(unplayed) > MOST_SHOWN:
            self.say(f"  and {len(unplayed) - MOST_SHOWN} more")
