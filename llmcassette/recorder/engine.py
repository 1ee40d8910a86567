"""A cassette while it is open: what it plays, what it records, and its errors."""

from __future__ import annotations

import logging
import os
import threading
import warnings
from dataclasses import replace
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, NamedTuple

from llmcassette.errors import (
    CassetteError,
    MismatchWarning,
    ReplayError,
    UnfiredFaultError,
    UnmatchedRequestError,
    shown_path,
)
from llmcassette.recorder.hosts import Route, route
from llmcassette.recorder.playing import Player
from llmcassette.recorder.run import current_run

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from llmcassette.matching import Match
    from llmcassette.matching.miss.report import MissReport
    from llmcassette.model import Cassette, Interaction, Request
    from llmcassette.recorder.faults.overlay import Served
    from llmcassette.recorder.modes import Mode
    from llmcassette.recorder.playback import Playback
    from llmcassette.recorder.recorded_interaction import Recording
    from llmcassette.recorder.recordings import Recordings
    from llmcassette.recorder.settings import Settings

__all__ = ["Contents", "Engine", "Remedy"]

log = logging.getLogger("llmcassette")


class Contents(NamedTuple):
    """What a cassette holds for a record mode.

    Attributes:
        played: the interactions that answer requests.
        records: whether a request that nothing answers goes live and is recorded.
        file: the whole file, if it was read and will be written.
        exists: whether there is a file.
    """

    played: tuple[Interaction, ...] = ()
    records: bool = False
    file: Cassette | None = None
    exists: bool = True


class Remedy(NamedTuple):
    """How to record a cassette, for messages.

    Attributes:
        words: a command or an advice; a function is called when a message needs it.
    """

    words: str | Callable[[], str]

    def __str__(self) -> str:
        return self.words if isinstance(self.words, str) else self.words()


class Engine:
    """One open cassette, as drivers of client libraries and the pytest plugin use it.

    Tests get its ``Recorder``. Safe to use from several threads and event loops.

    Args:
        path: the file.
        mode: the record mode that applies.
        contents: what the file holds.
        settings: see ``Settings``.
        remedy: how to record it.

    Attributes:
        path: the file, absolute.
        mode: the record mode.
        settings: see ``Settings``.
        contents: the file's content when it was opened.
        player: which interactions answer, and which have been played.
        serves_every_host: whether ``route`` is ``serve`` for all hosts.
        closed: whether the cassette has been closed.
        opening: what the pytest plugin knows of who opened it.

    Raises:
        SettingsError: a rule among the settings can't be used.
    """

    def __init__(
        self, path: Path, mode: Mode, contents: Contents, settings: Settings, remedy: Remedy
    ) -> None:
        self.path = path
        self.mode = mode
        self.settings = settings
        self.contents = contents
        self.serves_every_host = not (
            mode == "live" or settings.pass_hosts or settings.ignore_hosts
        )
        self.player = Player(contents.played, settings, settings.rules)
        self._remedy = remedy
        self._errors: list[ReplayError] = []
        self.closed = False
        self.opening: Any = None
        self._closing = threading.Lock()

    @property
    def errors(self) -> tuple[ReplayError, ...]:
        """Every error raised in a client's call because of this cassette, in order."""
        return tuple(self._errors)

    @property
    def recorded(self) -> tuple[Interaction, ...]:
        """The interactions recorded so far, redacted, in the order of their requests.

        While the cassette is open, those whose answer is still on its way are not among them.
        """
        return self._recordings.fit_to_write()[0] if self.contents.records else ()

    @property
    def refused(self) -> tuple[CassetteError, ...]:
        """Why some of what was recorded may not be written; ``recorded`` leaves it out."""
        return self._recordings.fit_to_write()[1] if self.contents.records else ()

    @property
    def saved(self) -> bool:
        """Whether the file has been written."""
        return self.contents.records and self._recordings.saved

    @cached_property
    def _recordings(self) -> Recordings:
        from llmcassette.recorder.recordings import Recordings  # replaying does not need it

        settings = self.settings
        return Recordings(
            self.path, self.mode, settings.redaction, settings.rules, self.contents.file
        )

    def route(self, host: str, port: int | None) -> Route:
        """Where requests to a host go; see ``llmcassette.recorder.hosts.route``."""
        return route(self.mode, self.settings, host, port)

    def let_pass(self, host: str) -> None:
        """Add a host to the setting ``pass_hosts``."""
        passed = (*self.settings.pass_hosts, host)
        self.settings = replace(self.settings, pass_hosts=passed)
        self.serves_every_host = False

    def take(self, request: Request) -> tuple[Match | Served | None, Recording | None]:
        """Find what answers a request, and count it as played; else begin to record.

        Returns:
            What answers it, or the recording that has begun; neither for a miss.

        Raises:
            ReplayError: a matcher or redaction function failed, the request can't be recorded, or
                it came while the cassette was being closed.
        """
        recording = None
        try:
            match = self.player.take(request)
            if match is None and self.contents.records:
                with self._closing:
                    recording = None if self.closed else self._recordings.begin(request)
        except ReplayError as error:
            error.path = error.path or self.path
            raise self.keep(error) from error.__cause__
        except CassetteError as error:
            is_of_file = error.interaction is not None and error.field is not None
            problem = str(error.at(path=self.path)) if is_of_file else error.problem
            raise self.keep(ReplayError(problem, path=self.path)) from error
        if match is None and recording is None and self.contents.records:
            from llmcassette.recorder import errors

            raise self.keep(errors.closing(self.path))
        return match, recording

    def replay(
        self, method: str, url: str, headers: list[tuple[bytes, bytes]], body: bytes
    ) -> Playback | None:
        """The short cut past an ``Exchange``, for a request that is sent as it was recorded.

        Args:
            method: as in ``Request.method``.
            url: the whole URL.
            headers: all fields as sent, one pair a value.
            body: its bytes.

        Returns:
            The answer, without timing; ``None``, and nothing is played, where an ``Exchange`` has
            to decide.

        Raises:
            ReplayError: the recorded answer is broken.
        """
        player = self.player
        if not player.is_plain or current_run.verifiers or log.isEnabledFor(logging.DEBUG):
            return None
        with player.lock:
            position = player.index.take_same(method, url, headers, body)
        if position is None:
            return None
        try:
            return player.play(player.index.interactions[position])
        except CassetteError as error:
            raise self.broken(error, position) from error

    def broken(self, error: CassetteError, position: int) -> ReplayError:
        """The error of a recorded answer that can't be replayed."""
        where = error.at(path=self.path, interaction=position)
        return self.keep(ReplayError(str(where), path=self.path))

    def keep(self, error: ReplayError) -> ReplayError:
        """Remember an error that is about to be raised, for the verdict of the test."""
        self._errors.append(error)
        for listen in current_run.listeners:
            listen(error, self)
        log.debug("%s: %s", self.path, error)
        return error

    def log(self, request: Request, decision: str, *facts: object) -> None:
        """Log at level DEBUG what was decided about a request."""
        if log.isEnabledFor(logging.DEBUG):
            url = self._shown_url(request)
            log.debug("%s: %s %s %s", self.path, decision % facts, request.method, url)

    def _shown_url(self, request: Request) -> str:
        from llmcassette.redaction import collect_secrets, scrub_text, scrub_url

        secrets = collect_secrets(os.environ, request, self.settings.redaction)
        return scrub_text(scrub_url(request.url), secrets)

    def miss(self, request: Request) -> tuple[UnmatchedRequestError, MissReport, int | None]:
        """The error of a request that nothing answers, its report, and the nearest's position."""
        from llmcassette.redaction import collect_secrets, scrub_text

        secrets = collect_secrets(os.environ, request, self.settings.redaction)
        report = self.player.explain(
            request,
            path=shown_path(self.path),
            record=str(self._remedy),
            scrub=partial(scrub_text, secrets=secrets),
        )
        if not self.contents.exists:
            report = replace(report, reason="absent")
        text = report.text()
        miss = UnmatchedRequestError(text, request=request, path=self.path, report=report)
        return miss, report, report.nearest

    def tolerates(self, report: MissReport) -> bool:
        """Whether the nearest recording answers all the same; then there is a warning.

        Where warnings are errors, it does not.
        """
        if self.settings.mismatch != "warn" or not report.is_of_same_address:
            return False
        if current_run.must_replay(obey_ci=self.settings.ci):  # only the project may be lenient
            from llmcassette.recorder.project import find_project

            if find_project(self.path.parent).table.get("mismatch") != "warn":
                return False
        try:
            warnings.warn(MismatchWarning(report.difference()), stacklevel=2)
        except MismatchWarning:
            return False
        current_run.note("mismatch", f"{report.cause}: {current_run.running_test()}")
        return True

    def cut_short(self) -> ReplayError:
        """The error of a caller that reads past where the recording caller closed the stream."""
        from llmcassette.recorder import errors

        return self.keep(errors.cut_short(self.path, str(self._remedy)))

    def waited(self, request: Request) -> ReplayError:
        """The error of a caller that waits for longer than ``max_wait``."""
        from llmcassette.recorder import errors

        asked = f"{request.method} {self._shown_url(request)}"
        return self.keep(errors.waited(asked, self.settings.max_wait, self.path))

    def unfired_error(self) -> UnfiredFaultError | None:
        """The error of a test whose faults were not all triggered.

        ``None`` if all were, and in modes that go live, where faults play no part.
        """
        if self.contents.records or self.mode == "live":
            return None
        complaint = self.player.complaint()
        if complaint is None:
            return None
        error = UnfiredFaultError(complaint, path=self.path)
        error.faults = len(self.player.unfired)
        return error

    def close(self, *, save: bool = True) -> None:
        """Close the cassette, and save what was recorded. Closing twice does nothing.

        Streams that are still open are saved as received; what arrives later is not recorded. A
        process forked from the one that opened the cassette saves nothing.

        Args:
            save: whether to write; without it the old file stays as it is.

        Raises:
            CassetteError: the file can't be written, or must not be; see ``saving.save``.
        """
        with self._closing:
            if self.closed:
                return
            if self.contents.records:
                self._recordings.note_secrets()
            self.closed = True
        if self.contents.records:
            self._recordings.finish()
            if save:
                self._recordings.save()

    def save(self) -> None:
        """Save what was recorded so far, and stay open; closing saves what comes after that.

        Does nothing while an answer is on its way: closing then saves everything, in order.

        Raises:
            CassetteError: see ``close``.
        """
        if not self.contents.records:
            return
        with self._closing:
            if self.closed or self._recordings.are_under_way:
                return
            self._recordings.note_secrets()
        self._recordings.save()
