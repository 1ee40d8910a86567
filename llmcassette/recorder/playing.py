"""Which recorded interactions answer the requests to a cassette, and which have been played."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from llmcassette.errors import CassetteError
from llmcassette.formats.fast.reader import Unread
from llmcassette.matching.index import Index
from llmcassette.recorder.playback import playback_as_filed, playback_of
from llmcassette.recorder.run import current_run

if TYPE_CHECKING:
    from collections.abc import Callable

    from llmcassette.matching import Match, Rules
    from llmcassette.matching.miss.report import MissReport
    from llmcassette.model import Interaction, Request
    from llmcassette.recorder.faults.fault import Fault
    from llmcassette.recorder.faults.overlay import Overlay, Served
    from llmcassette.recorder.playback import Playback
    from llmcassette.recorder.settings import Settings

__all__ = ["Player"]


class Player:
    """The interactions of one open cassette. Safe to use from several threads.

    Args:
        interactions: what can be played, in file order.
        settings: for faults, pace and chunking.
        rules: what makes two requests the same.

    Attributes:
        index: finds interactions, and knows which have been played.
        lock: for every use of ``index``.
        is_plain: answers come as they were recorded, without faults and waits.
    """

    def __init__(
        self, interactions: tuple[Interaction, ...], settings: Settings, rules: Rules
    ) -> None:
        self.index = Index(interactions, rules, current_run.rule_use())
        self.lock = threading.RLock()  # a user's matcher may read `played`
        self.is_plain = not (
            settings.faults or settings.pace != "instant" or settings.ttft or settings.gap
        )
        self._plays_as_filed = self.is_plain and settings.chunking == "recorded"
        self._settings = settings
        self._rules = rules
        self._overlay: Overlay | None = None
        if not self.is_plain:
            from llmcassette.recorder.faults.overlay import Overlay

            self._overlay = Overlay(settings.faults, self.index, rules)

    @property
    def count(self) -> int:
        """How many interactions there are to play."""
        return len(self.index.interactions)

    def take(self, request: Request) -> Match | Served | None:
        """Find what answers a request, and count it as played; ``None`` for a miss.

        Raises:
            ReplayError: the user's matcher failed, or a function that selects requests for a fault.
            CassetteError: a request of the file can't be read.
        """
        with self.lock:
            return (self._overlay or self.index).take(request)

    def play(self, interaction: Interaction) -> Playback:
        """A recorded answer, cut and timed as the settings say.

        Raises:
            CassetteError: it is broken.
        """
        if self._plays_as_filed:
            unread = interaction.unread
            answer = unread.answer() if isinstance(unread, Unread) else None
            playback = None if answer is None else playback_as_filed(answer)
            if playback is not None:
                return playback
        response = interaction.response
        if not response.uncompressed:  # the client decodes it
            from llmcassette.streams.bounds import ExpandsError
            from llmcassette.streams.codings import verify_bounds

            try:
                verify_bounds(response.body, response.headers, self._rules.bounds)
            except ExpandsError as error:
                raise error.at(field="response.body") from None
        return playback_of(response, self._settings)

    def explain(
        self, request: Request, *, path: str, record: str, scrub: Callable[[str], str]
    ) -> MissReport:
        """The report of a request that nothing answers; see ``explain_miss``."""
        from llmcassette.matching.miss.explain import explain_miss  # most tests miss nothing

        with self.lock:
            return explain_miss(request, self.index, path=path, record=record, scrub=scrub)

    def gave_up(self, request: Request, *, had_head: bool) -> None:
        """A client no longer waits for an answer at its pace; it may send the request again.

        Args:
            request: the object that was passed to ``take``.
            had_head: whether the client had the head of the answer.
        """
        with self.lock:
            if self._overlay is not None:
                self._overlay.gave_up(request, had_head=had_head)

    @property
    def played(self) -> tuple[Interaction, ...]:
        """The interactions played so far, in the order of play."""
        with self.lock:
            return (self._overlay or self.index).played

    @property
    def unplayed(self) -> tuple[Interaction, ...]:
        """The interactions not played so far, in file order; without requests that had no answer.

        Those come from the side of a program, often once in a process, so that one test has them.
        """
        with self.lock:
            left = (self._overlay or self.index).unplayed
        return tuple(interaction for interaction in left if _came(interaction))

    @property
    def answers(self) -> tuple[Interaction, ...]:
        """The interactions played so far, with the answers that the client got."""
        with self.lock:
            return self.index.played if self._overlay is None else self._overlay.answers

    @property
    def played_positions(self) -> tuple[int, ...]:
        """Positions in the file, from 0, of what was played or refused by a fault."""
        with self.lock:
            return (self._overlay or self.index).played_positions

    @property
    def seconds(self) -> float:
        """How long the answers that were played took when they were recorded."""
        return sum(map(_seconds, self.played))

    @property
    def alike_positions(self) -> tuple[int, ...]:
        """Positions of what was not played, but has the same request as something played."""
        with self.lock:
            return self.index.alike_positions() if self.index.played_positions else ()

    def used_up(self) -> bytes:
        """What has been played by now and is not to be played again, for ``play_again``."""
        with self.lock:
            return self.index.used_up()

    def play_again(self, used_up: bytes) -> None:
        """Let a test that runs again play what it has played since ``used_up`` was read."""
        with self.lock:
            self.index.play_again(used_up)

    def rule_use(self) -> tuple[set[tuple[str, str]], set[tuple[str, str]]]:
        """The opt-in rules of matching, and those that have matched nothing in this run."""
        opted_in = set(self._rules.opted_in())
        if not opted_in:
            return opted_in, opted_in
        with self.lock:
            return opted_in, set(self.index.unused_rules())

    @property
    def unfired(self) -> tuple[Fault, ...]:
        """The faults that have not been triggered so far."""
        with self.lock:
            return () if self._overlay is None else self._overlay.unfired

    def complaint(self) -> str | None:
        """What is wrong with faults that were never triggered; ``None`` if all were."""
        if self._overlay is None:
            return None
        with self.lock:
            return self._overlay.complaint()


def _seconds(interaction: Interaction) -> float:
    unread = interaction.unread
    answer = unread.answer() if isinstance(unread, Unread) else None
    try:
        return interaction.response.duration if answer is None else answer.seconds()
    except CassetteError:  # was raised when it was played
        return 0.0


def _came(interaction: Interaction) -> bool:
    try:
        return interaction.response.came
    except CassetteError:  # raised when it is played
        return True
