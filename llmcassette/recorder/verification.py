"""The live answer to a request that was also recorded, for ``--llm-verify``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from llmcassette.model import Interaction
    from llmcassette.recorder.recorded_interaction import Recording

__all__ = ["Verification"]


@dataclass(frozen=True, slots=True)
class Verification:
    """A recorded answer beside the live one; the client gets the recorded one.

    Attributes:
        recorded: the interaction that the client gets the answer of.
        position: its position in the file, from 0.
        recording: the live answer.
        failure: class name of the error that came instead of a live answer; empty for none.
    """

    recorded: Interaction
    position: int
    recording: Recording
    failure: str = ""

    def live(self) -> Interaction | None:
        """The request with its live answer; ``None`` if none came."""
        if self.failure or not self.recording.is_answered:
            return None
        return self.recording.interaction(self.position)
