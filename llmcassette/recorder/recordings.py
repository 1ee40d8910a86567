"""What one open cassette records: kept in memory, then redacted and saved as a whole."""

from __future__ import annotations

import os
from functools import partial
from typing import TYPE_CHECKING, Final

from llmcassette.errors import ReplayError, shown_path
from llmcassette.model import WAITING
from llmcassette.recorder import saving
from llmcassette.recorder.recorded_interaction import Recording
from llmcassette.recorder.run import PLACEHOLDER, current_run
from llmcassette.redaction import Secrets, collect_secrets

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from llmcassette.errors import CassetteError
    from llmcassette.matching import Rules
    from llmcassette.model import Cassette, Interaction, Request
    from llmcassette.recorder.modes import Mode
    from llmcassette.redaction import Redaction

__all__ = ["Recordings"]

SESSION: Final = "Mcp-Session-Id"


class Recordings:
    """The recordings of a cassette. To add one from several threads takes a lock.

    Args:
        path: the cassette's file.
        mode: the record mode that applies.
        redaction: what is redacted.
        rules: what makes two requests the same.
        opened: the file's content when it was opened; ``None`` if it was not read.

    Attributes:
        saved: whether the file has been written.
    """

    def __init__(
        self,
        path: Path,
        mode: Mode,
        redaction: Redaction,
        rules: Rules,
        opened: Cassette | None = None,
    ) -> None:
        self.saved = False
        self._path = path
        self._mode = mode
        self._redaction = redaction
        self._rules = rules
        self._opened = opened
        self._recordings: list[Recording] = []
        self._written = 0
        self._process = os.getpid()
        self._environment: dict[str, str] = {}
        self._secrets = Secrets()
        self._is_finished = False
        self._fit: tuple[tuple[Interaction, ...], tuple[CassetteError, ...]] | None = None

    def begin(self, request: Request) -> Recording:
        """Begin to record a request that goes live.

        Raises:
            ReplayError: it carries a placeholder instead of a key.
        """
        self._refuse_placeholder(request)
        self.note_secrets()
        if request.method == "DELETE" and SESSION in request.headers:
            self._end_streams(request.headers[SESSION])
        recording = Recording(request, bounds=self._redaction.bounds)
        self._recordings.append(recording)
        return recording

    def _end_streams(self, session: str) -> None:
        """The standing streams of an MCP session would have gone on without its end.

        A server may close them then, or a little later than the client. In replay, they must not
        end before the session: the client would open them again.
        """
        for one in tuple(self._recordings):
            if one.request.method == "GET" and one.request.headers.get(SESSION) == session:
                one.finish(WAITING)

    def note_secrets(self) -> None:
        """Remember the environment's secrets: a test may remove its own before the end."""
        now = dict(os.environ)
        if now != self._environment:
            self._environment = now
            self._secrets |= collect_secrets(now, None, self._redaction)

    @property
    def are_under_way(self) -> bool:
        """Whether an answer is still incomplete."""
        return any(one.ended is None and not one.abandoned for one in tuple(self._recordings))

    def fit_to_write(self) -> tuple[tuple[Interaction, ...], tuple[CassetteError, ...]]:
        """The recordings whose answer has ended; see ``saving.fit_to_write``."""
        if self._fit is not None:
            return self._fit
        over = [recording for recording in tuple(self._recordings) if recording.ended is not None]
        fit = saving.fit_to_write(_interactions(over), self._redaction, self._secrets)
        if self._is_finished:
            self._fit = fit
        return fit

    def finish(self) -> None:
        """The cassette closes: incomplete answers are recorded as received."""
        for recording in self._recordings:
            recording.finish("closed")
        self._is_finished = True

    def save(self) -> None:
        """Write the recordings, once; a process that was forked meanwhile writes nothing.

        Raises:
            CassetteError: see ``saving.save``.
        """
        recorded = _interactions(self._recordings)
        if len(recorded) == self._written or os.getpid() != self._process:
            return
        since = current_run.recorded_since(self._path, self._mode)
        written = saving.save(
            saving.File(
                self._path,
                self._opened,
                self._is_to_be_replaced,
                is_added_to=self._mode != "all",
            ),
            recorded,
            partial(
                saving.merged,
                mode=self._mode,
                rules=self._rules,
                since=since,
                left_out=self._note_other_answer,
            ),
            self._redaction,
            self._secrets,
        )
        self.saved = self.saved or written
        self._written = len(recorded)
        if self._mode == "rewrite":
            current_run.note_rewritten(self._path)

    def _note_other_answer(self, interaction: Interaction) -> None:
        request = interaction.request
        line = f"{shown_path(self._path)}: {request.method} {request.url}"
        current_run.note("differs", line)

    def _is_to_be_replaced(self) -> bool:
        return self._mode == "rewrite" and not current_run.has_rewritten(self._path)

    def _refuse_placeholder(self, request: Request) -> None:
        """A client that was made in replay, for example at import, still has the key of then."""
        headers = (value for _, value in request.headers.multi_items())
        if not any(PLACEHOLDER in text for text in (request.url, *headers)):
            return
        names = current_run.placeholders
        likely = [name for name in names if name.partition("_")[0].lower() in request.url]
        named = " or ".join(likely or names) or "the variable that holds it"
        raise ReplayError(
            "a request that is to be recorded carries a placeholder in the place of a key.\n"
            f"Set {named} before pytest starts; or, if it is set by now, make the client later "
            "than at import.",
            path=self._path,
        )


def _interactions(recordings: Iterable[Recording]) -> list[Interaction]:
    kept = [recording for recording in recordings if recording.is_kept]
    return [recording.interaction(position) for position, recording in enumerate(kept)]
