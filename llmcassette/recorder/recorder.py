"""One open cassette: every request comes here, and here it is decided what happens to it.

Plain synchronous code without I/O on the way of a request; the client adapters drive it.
"""

from __future__ import annotations

import logging
import os
import threading
from functools import partial
from typing import TYPE_CHECKING

from llmcassette.errors import (
    CassetteError,
    ReplayError,
    UnfiredFaultError,
    UnmatchedRequestError,
    shown_path,
)
from llmcassette.formats import Unread
from llmcassette.matching import Index
from llmcassette.matching.miss.explain import explain_miss
from llmcassette.recorder import completions
from llmcassette.recorder.faults.overlay import Overlay
from llmcassette.recorder.hosts import Route, route
from llmcassette.recorder.playback import playback_as_filed, playback_of
from llmcassette.recorder.recordings import Recordings
from llmcassette.recorder.run import current_run
from llmcassette.redaction import collect_secrets, scrub_text, scrub_url

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from llmcassette.matching import Match
    from llmcassette.model import Cassette, Interaction, Request
    from llmcassette.providers import Completion, Usage
    from llmcassette.recorder.faults.fault import Fault
    from llmcassette.recorder.faults.overlay import Given
    from llmcassette.recorder.modes import Mode
    from llmcassette.recorder.playback import Playback
    from llmcassette.recorder.recording import Recording
    from llmcassette.recorder.settings import Settings

__all__ = ["Recorder", "text_of"]

log = logging.getLogger("llmcassette")


class Recorder:
    """A cassette while it is open. Safe to use from several threads and event loops.

    Attributes:
        path: the cassette's file.
        mode: the record mode that applies.
        settings: what applies to it besides.
        serves_every_host: whether ``route`` says ``serve`` of any host.
    """

    def __init__(
        self,
        cassette: Cassette,
        *,
        path: Path,
        mode: Mode,
        records: bool,
        settings: Settings,
        remedy: str | Callable[[], str],
        opened: Cassette | None = None,
    ) -> None:
        """Open a cassette that has been read.

        Args:
            cassette: the interactions to play.
            path: its file.
            mode: the record mode.
            records: whether a request that nothing answers goes live and is recorded.
            settings: see ``llmcassette.recorder.settings.Settings``.
            remedy: how to record this cassette, for the report of a miss; a function is asked when
                there is one.
            opened: all that the file holds, where it will be written.

        Raises:
            SettingsError: a rule among the settings cannot be used.
        """
        self.path = path
        self.mode = mode
        self.settings = settings
        self.serves_every_host = not (
            mode == "live" or settings.pass_hosts or settings.ignore_hosts
        )
        self._records = records
        self._remedy = remedy
        self._rules = settings.rules()
        self._index = Index(cassette.interactions, self._rules, current_run.rule_use())
        self._overlay = (
            Overlay(settings.faults, self._index, self._rules)
            if settings.faults or settings.pace != "instant" or settings.ttft or settings.gap
            else None
        )
        self._plays_as_filed = self._overlay is None and settings.chunking == "recorded"
        self._lock = threading.RLock()  # a matcher may ask for `played`
        self._errors: list[ReplayError] = []
        self._closed = False
        self._redaction = settings.redaction()
        self._recordings = Recordings(path, mode, self._redaction, self._rules, opened)

    @property
    def played(self) -> tuple[Interaction, ...]:
        """The interactions played so far, in the order of play."""
        with self._lock:
            return (self._overlay or self._index).played

    @property
    def unplayed(self) -> tuple[Interaction, ...]:
        """The interactions not played so far, in file order."""
        with self._lock:
            return (self._overlay or self._index).unplayed

    @property
    def played_positions(self) -> tuple[int, ...]:
        """Where in the file ``played`` and what a fault refused stand, from 0."""
        with self._lock:
            return (self._overlay or self._index).played_positions

    @property
    def alike_positions(self) -> tuple[int, ...]:
        """Where interactions stand that were not played, with requests equal to one played."""
        with self._lock:
            return self._index.alike_positions() if self._index.played_positions else ()

    @property
    def held(self) -> int:
        """How many interactions there were to play."""
        return len(self._index.interactions)

    def note_rules(self) -> tuple[set[tuple[str, str]], set[tuple[str, str]]]:
        """The opt-in rules of matching, and those among them that matched nothing in this run."""
        asked = set(self._rules.opted_in())
        if not asked:
            return asked, asked
        with self._lock:
            return asked, set(self._index.unused_rules())

    @property
    def recorded(self) -> tuple[Interaction, ...]:
        """The interactions recorded so far, redacted, in the order they were asked for.

        While the cassette is open, those whose answer is still on its way are not among them.
        """
        return self._recordings.fit_to_write()[0]

    @property
    def refused(self) -> tuple[CassetteError, ...]:
        """Why some of what was recorded may not be written; ``recorded`` leaves it out."""
        return self._recordings.fit_to_write()[1]

    @property
    def saved(self) -> bool:
        """Whether the file has been written."""
        return self._recordings.saved

    def used_up(self) -> bytes:
        """What has been played by now and is not to be played again, for ``play_again``."""
        with self._lock:
            return self._index.used_up()

    def play_again(self, used_up: bytes) -> None:
        """Let a test that is run again play what it has played since ``used_up`` was asked."""
        with self._lock:
            self._index.play_again(used_up)

    @property
    def completions(self) -> tuple[Completion, ...]:
        """What the models answered so far: the answers played, then those recorded, each in order.

        Answers that are no model's are not among them; what a fault changed is told as changed.
        """
        return completions.completions((*self._answers(), *self.recorded))

    @property
    def usage(self) -> Usage:
        """The tokens of ``completions``, added up."""
        return completions.usage(self.completions)

    @property
    def cost(self) -> float | None:
        """US dollars that ``completions`` cost when they were live.

        ``None`` where the price of one is not known: see ``llmcassette.recorder.pricing``.
        """
        return completions.cost(self.completions)

    @property
    def errors(self) -> tuple[ReplayError, ...]:
        """Everything raised through a client's call because of this cassette, in order."""
        return tuple(self._errors)

    @property
    def misses(self) -> tuple[UnmatchedRequestError, ...]:
        """The requests that no recorded interaction answered."""
        return tuple(e for e in self._errors if isinstance(e, UnmatchedRequestError))

    @property
    def unfired(self) -> tuple[Fault, ...]:
        """The faults asked for that have not gone off so far."""
        with self._lock:
            return () if self._overlay is None else self._overlay.unfired

    def unfired_error(self) -> UnfiredFaultError | None:
        """The error of a test that asked for faults of which some never went off.

        ``None`` where all did, and in modes that go live: there faults wait for the replay.
        """
        if self._overlay is None or self._records or self.mode == "live":
            return None
        with self._lock:
            complaint = self._overlay.complaint()
        if complaint is None:
            return None
        error = UnfiredFaultError(complaint, path=self.path)
        error.faults = len(self.unfired)
        return error

    @property
    def closed(self) -> bool:
        """Whether the cassette has been closed."""
        return self._closed

    def route(self, host: str, port: int | None) -> Route:
        """Where requests to a host go; see ``llmcassette.recorder.hosts.route``."""
        return route(self.mode, self.settings, host, port)

    def take(self, request: Request) -> tuple[Match | Given | None, Recording | None]:
        """Find what answers a request, and count it as played; else begin to record.

        Returns:
            What answers it, or the recording that has begun; neither for a miss.

        Raises:
            ReplayError: a matcher or redaction function failed, the request can't be recorded, or
                it came while the cassette was being closed.
        """
        recording = None
        try:
            with self._lock:
                match = (self._overlay or self._index).take(request)
                if match is None and self._records and not self._closed:
                    recording = self._recordings.begin(request)
        except ReplayError as error:
            error.path = error.path or self.path
            raise self.keep(error) from error.__cause__
        except CassetteError as error:
            raise self.keep(ReplayError(error.problem, path=self.path)) from error
        if match is None and recording is None and self._records:
            raise self.keep(self._closed_error())
        return match, recording

    def replay(
        self, method: str, url: str, headers: list[tuple[bytes, bytes]], body: bytes
    ) -> Playback | None:
        """The short cut past an ``Exchange``, for a request whose bytes are those recorded.

        Args:
            method: as in ``Request.method``.
            url: the whole of it.
            headers: every field as sent, one pair a value.
            body: its bytes.

        Returns:
            The answer, without timing; ``None``, and nothing has been played, where an
            ``Exchange`` has to decide.

        Raises:
            ReplayError: the recorded answer turns out to be broken.
        """
        if self._overlay is not None or current_run.verifiers or log.isEnabledFor(logging.DEBUG):
            return None
        with self._lock:
            interaction = self._index.take_next(method, url, headers, body)
        return None if interaction is None else self.play(interaction)

    def play(self, interaction: Interaction) -> Playback:
        """The recorded answer, as the settings have it handed over.

        Raises:
            ReplayError: it turns out to be broken.
        """
        if self._plays_as_filed:
            unread = interaction.unread
            answer = unread.answer() if isinstance(unread, Unread) else None
            playback = None if answer is None else playback_as_filed(answer)
            if playback is not None:
                return playback
        try:
            return playback_of(interaction.response, self.settings)
        except CassetteError as error:
            raise self.keep(ReplayError(str(error), path=self.path)) from error

    def play_nearest(self, miss: UnmatchedRequestError) -> Playback | None:
        """The answer of the recording that is most like a request that nothing answers."""
        nearest: Interaction | None = getattr(miss.report, "nearest", None)
        if nearest is None:
            return None
        with self._lock:
            self._index.take(nearest.request)
        try:
            return playback_of(nearest.response, self.settings)
        except CassetteError:
            return None

    def _answers(self) -> tuple[Interaction, ...]:
        with self._lock:
            return self._index.played if self._overlay is None else self._overlay.answers

    def gave_up(self, request: Request, *, came: bool) -> None:
        """A client waits no longer for an answer that comes at its pace: it may ask again.

        Args:
            request: the very object that ``take`` was given.
            came: whether the client had the answer's beginning.
        """
        with self._lock:
            if self._overlay is not None:
                self._overlay.gave_up(request, came=came)

    def keep(self, error: ReplayError) -> ReplayError:
        """Remember an error that is about to be raised, for the verdict of the test."""
        self._errors.append(error)
        for listen in current_run.listeners:
            listen(error, self)
        log.debug("%s: %s", self.path, error)
        return error

    def cut_short(self) -> ReplayError:
        """The error of a caller that reads on where the recording one had stopped."""
        return self.keep(
            ReplayError(
                "the recorded answer ends here: when it was recorded, the caller closed the stream "
                "before it was over, and now it reads on.\n"
                f"Record it again: {text_of(self._remedy)}",
                path=self.path,
            )
        )

    def close(self, *, save: bool = True) -> None:
        """Close the cassette, and save what was recorded. Closing twice does nothing.

        Streams that are still open are saved as received, and what they still bring is not kept.
        A process forked from the one that opened the cassette saves nothing.

        Args:
            save: whether to write; without it the old file stays as it is.

        Raises:
            CassetteError: the file cannot be written, or must not be; see ``saving.save``.
        """
        with self._lock:
            if self._closed:
                return
            if self._records:
                self._recordings.note_secrets()
            self._closed = True
        self._recordings.finish()
        if save:
            self._recordings.save()

    def save(self) -> None:
        """Save what was recorded so far, and stay open; closing saves what comes after that.

        Does nothing while an answer is on its way: closing saves everything then, in order.

        Raises:
            CassetteError: see ``close``.
        """
        with self._lock:
            if self._closed or self._recordings.are_under_way:
                return
            if self._records:
                self._recordings.note_secrets()
        self._recordings.save()

    def log(self, request: Request, decision: str, *facts: object) -> None:
        """Log at level DEBUG what was decided about a request."""
        if log.isEnabledFor(logging.DEBUG):
            secrets = collect_secrets(os.environ, request, self._redaction)
            url = scrub_text(scrub_url(request.url), secrets)
            log.debug("%s: %s %s %s", self.path, decision % facts, request.method, url)

    def _closed_error(self) -> ReplayError:
        return ReplayError(
            f"a request came while its cassette {shown_path(self.path)} was being closed, and is "
            "not recorded.\nWait for what sends it, or cancel it, before the test ends.",
            path=self.path,
        )

    def miss(self, request: Request) -> UnmatchedRequestError:
        """The error of a request that nothing answers, with the report of what differs."""
        secrets = collect_secrets(os.environ, request, self._redaction)
        with self._lock:
            report = explain_miss(
                request,
                self._index,
                path=shown_path(self.path),
                record=text_of(self._remedy),
                scrub=partial(scrub_text, secrets=secrets),
            )
        return UnmatchedRequestError(report.text(), request=request, path=self.path, report=report)

    def __repr__(self) -> str:
        state = "closed" if self._closed else "open"
        return f"<Recorder {self.path} mode={self.mode} {state}>"


def text_of(remedy: str | Callable[[], str]) -> str:
    """A remedy as it is now."""
    return remedy if isinstance(remedy, str) else remedy()
