"""What ``serve`` and ``record`` print: the URL, a line or a report for a request, a summary."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import click

from llmcassette.errors import UnmatchedRequestError, shown_path
from llmcassette.escaping import one_line, printable
from llmcassette.redaction import collect_secrets, scrub_text, scrub_url
from llmcassette.review.numbers import joined, plural
from llmcassette.server.app import Listener

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from llmcassette.errors import CassetteError, ReplayError
    from llmcassette.recorder.engine import Engine
    from llmcassette.server.app import Answered
    from llmcassette.server.recording import Saver
    from llmcassette.server.upstreams import Upstreams

__all__ = ["RecordScreen", "ServeScreen", "ServerScreen"]

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


class RecordScreen(ServerScreen):
    """What ``record`` prints.

    Attributes:
        saver: is called with each answer; ``None`` before the server has begun.
    """

    wants_answers = True
    saver: Saver | None = None

    def started(self, url: str, cassette: Engine, upstreams: Upstreams) -> None:
        """Print the URL."""
        path = shown_path(cassette.path)
        at = "" if upstreams.root is None else f", {upstreams.root} at its root"
        if cassette.contents.records:
            self.say(f"recording {path} at {url}{at}")
        else:
            self.say(
                f"replaying {path}, which exists, at {url}{at}\n"
                "To add to it: --mode new_episodes. To record all again: --mode all."
            )

    def answered(self, answered: Answered) -> None:
        """Print a line for a request, and save."""
        request, settings = answered.request, answered.run.cassette.settings
        secrets = collect_secrets(os.environ, request, settings.redaction)
        url = one_line(scrub_text(scrub_url(request.url), secrets))
        code = str(answered.code) if answered.code else "---"
        note = f" ({one_line(answered.note)})" if answered.note else ""
        self.say(f"{code} {answered.seconds:6.2f} s  {request.method} {url}{note}")
        if self.saver is not None:
            self.saver.answered()

    def ended(self, cassette: Engine) -> None:
        """Print what was recorded."""
        recorded = cassette.recorded
        if not recorded:
            self.say("nothing recorded")
            return
        lost = sum(not each.response.came for each in recorded)
        notes = [plural(len(recorded), "interaction"), f"{lost} without an answer" if lost else ""]
        self.say(f"recorded {joined(notes)} in {shown_path(cassette.path)}")
