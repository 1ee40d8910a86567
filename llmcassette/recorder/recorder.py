"""``Recorder``: what a test sees of an open cassette."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmcassette.errors import UnmatchedRequestError

if TYPE_CHECKING:
    from pathlib import Path

    from llmcassette.errors import ReplayError
    from llmcassette.model import Interaction
    from llmcassette.providers import ApiCall, Completion, Usage
    from llmcassette.recorder.engine import Engine
    from llmcassette.recorder.faults.fault import Fault
    from llmcassette.recorder.modes import Mode

__all__ = ["Recorder"]


class Recorder:
    """What an open cassette has played, recorded and missed; also once it has closed.

    The fixture ``llm_cassette``, ``with use_cassette(...) as recorder`` and
    ``CassetteTransport.recorder`` give it. Safe to read from several threads.
    """

    __slots__ = ("_cassette",)

    def __init__(self, cassette: Engine) -> None:
        self._cassette = cassette

    @property
    def path(self) -> Path:
        """The cassette's file, absolute."""
        return self._cassette.path

    @property
    def mode(self) -> Mode:
        """The record mode that applies."""
        return self._cassette.mode

    @property
    def interactions(self) -> tuple[Interaction, ...]:
        """The file's interactions when the cassette was opened, in file order.

        Empty in the modes that don't read it: ``rewrite`` and ``live``.
        """
        contents = self._cassette.contents
        return contents.played if contents.file is None else contents.file.interactions

    @property
    def played(self) -> tuple[Interaction, ...]:
        """The interactions played so far, in the order of play."""
        return self._cassette.player.played

    @property
    def unplayed(self) -> tuple[Interaction, ...]:
        """The interactions not played so far, in file order."""
        return self._cassette.player.unplayed

    @property
    def recorded(self) -> tuple[Interaction, ...]:
        """The interactions recorded so far, redacted, in the order of their requests.

        While the cassette is open, those whose answer is still on its way are not among them.
        """
        return self._cassette.recorded

    @property
    def errors(self) -> tuple[ReplayError, ...]:
        """Every error raised in a client's call because of this cassette, in order."""
        return self._cassette.errors

    @property
    def misses(self) -> tuple[UnmatchedRequestError, ...]:
        """The errors of requests that no recorded interaction answered, in order."""
        return tuple(e for e in self._cassette.errors if isinstance(e, UnmatchedRequestError))

    @property
    def unfired(self) -> tuple[Fault, ...]:
        """The faults of the setting ``faults`` that have not been triggered so far."""
        return self._cassette.player.unfired

    @property
    def completions(self) -> tuple[Completion, ...]:
        """The models' answers so far: those played, then those recorded, each in order.

        Answers of other services are left out. An answer that a fault changed is given as changed.
        """
        from llmcassette.recorder import completions  # imports the providers

        return completions.completions((*self._cassette.player.answers, *self.recorded))

    @property
    def usage(self) -> Usage:
        """The tokens of ``completions``, and of embeddings and other calls, added up.

        An answer that was polled counts once.
        """
        from llmcassette.recorder import completions  # imports the providers

        return completions.usage(self._answers())

    @property
    def cost(self) -> float | None:
        """What was paid for the tokens of ``usage`` when they were live, in US dollars.

        ``None`` if the price of one is unknown; see ``llmcassette.recorder.pricing``.
        """
        from llmcassette.recorder import completions  # imports the providers

        return completions.cost(self._answers())

    def _answers(self) -> list[Completion | ApiCall]:
        from llmcassette.recorder import completions

        return completions.answers((*self._cassette.player.answers, *self.recorded))

    def __repr__(self) -> str:
        state = "closed" if self._cassette.closed else "open"
        return f"<Recorder {self.path} mode={self.mode} {state}>"
