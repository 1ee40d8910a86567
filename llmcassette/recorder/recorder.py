"""One open cassette: every request comes here, and here it is decided what happens to it.

Plain synchronous code without I/O on the way of a request; the client adapters drive it.
"""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING

from llmcassette.errors import CassetteError, ReplayError, UnmatchedRequestError
from llmcassette.matching import Index
from llmcassette.recorder.hosts import Route, route
from llmcassette.recorder.playback import Playback, playback_of

if TYPE_CHECKING:
    from pathlib import Path

    from llmcassette.model import Cassette, Interaction, Request
    from llmcassette.recorder.modes import Mode
    from llmcassette.recorder.settings import Settings

__all__ = ["Recorder"]

log = logging.getLogger("llmcassette")


class Recorder:
    """A cassette while it is open. Safe to use from several threads and event loops.

    Attributes:
        path: the cassette's file.
        mode: the record mode that applies.
        settings: what applies to it besides.
    """

    def __init__(
        self, cassette: Cassette, *, path: Path, mode: Mode, settings: Settings, remedy: str
    ) -> None:
        """Open a cassette that has been read.

        Args:
            cassette: the interactions to play.
            path: its file, as messages name it.
            mode: the record mode.
            settings: see ``llmcassette.recorder.settings.Settings``.
            remedy: how to record this cassette, for the report of a miss.
        """
        self.path = path
        self.mode = mode
        self.settings = settings
        self._remedy = remedy
        self._index = Index(cassette.interactions, settings.rules())
        self._lock = threading.Lock()
        self._errors: list[ReplayError] = []
        self._closed = False

    @property
    def played(self) -> tuple[Interaction, ...]:
        """The interactions played so far, in the order of play."""
        with self._lock:
            return self._index.played

    @property
    def unplayed(self) -> tuple[Interaction, ...]:
        """The interactions not played so far, in file order."""
        with self._lock:
            return self._index.unplayed

    @property
    def recorded(self) -> tuple[Interaction, ...]:
        """The interactions recorded so far, in the order they were asked for."""
        return ()

    @property
    def errors(self) -> tuple[ReplayError, ...]:
        """Everything raised through a client's call because of this cassette, in order."""
        return tuple(self._errors)

    @property
    def misses(self) -> tuple[UnmatchedRequestError, ...]:
        """The requests that no recorded interaction answered."""
        return tuple(e for e in self._errors if isinstance(e, UnmatchedRequestError))

    @property
    def closed(self) -> bool:
        """Whether the cassette has been closed."""
        return self._closed

    def route(self, host: str, port: int | None) -> Route:
        """Where requests to a host go; see ``llmcassette.recorder.hosts.route``."""
        return route(self.mode, self.settings, host, port)

    def answer(self, request: Request) -> Playback:
        """Find the answer to a request.

        Raises:
            UnmatchedRequestError: no recorded interaction answers it.
            ReplayError: the recorded answer turns out to be broken.
        """
        with self._lock:
            match = self._index.take(request)
        if match is None:
            raise self.keep(self._miss(request))
        interaction = match.interaction
        log.debug(
            "%s %s: interaction %d of %s (%s)",
            request.method, request.url, interaction.id, self.path, match.how,
        )  # fmt: skip
        try:
            return playback_of(interaction.response)
        except CassetteError as error:
            raise self.keep(ReplayError(str(error), path=self.path)) from error

    def keep(self, error: ReplayError) -> ReplayError:
        """Remember an error that is about to be raised, for the verdict of the test."""
        self._errors.append(error)
        log.debug("%s: %s", self.path, error)
        return error

    def close(self) -> None:
        """Close the cassette. Closing twice does nothing."""
        self._closed = True

    def _miss(self, request: Request) -> UnmatchedRequestError:
        return UnmatchedRequestError(
            f"no recorded interaction answers {request.method} {request.url}\n{self._remedy}",
            request=request,
            path=self.path,
        )

    def __repr__(self) -> str:
        state = "closed" if self._closed else "open"
        return f"<Recorder {self.path} mode={self.mode} {state}>"
