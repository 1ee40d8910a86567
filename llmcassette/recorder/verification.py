"""A recorded answer, and the live one that it is compared with before the client gets it."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Generator

    from llmcassette.model import Interaction
    from llmcassette.recorder.playback import Playback
    from llmcassette.recorder.recording import Recording

__all__ = ["Verification"]


@dataclass(slots=True)
class Verification:
    """One request under ``--llm-verify``.

    Attributes:
        playback: what the client gets, whatever the live answer is.
        recorded: the interaction that it is of.
        position: where that stands in the file, from 0.
        recording: of the live answer.
        failure: name of the error that came in place of a live answer; empty for none.
    """

    playback: Playback
    recorded: Interaction
    position: int
    recording: Recording
    failure: str = ""

    @contextmanager
    def asking(self) -> Generator[None]:
        """While the request is live; an error of the client's library is noted, not raised."""
        try:
            with self.recording.waiting():
                yield
        except Exception as error:
            self.failure = type(error).__name__
        else:
            self.recording.finish("")

    def live(self) -> Interaction | None:
        """The request with its live answer; ``None`` where there is none."""
        if self.failure or not self.recording.is_answered:
            return None
        return self.recording.interaction(self.position)
