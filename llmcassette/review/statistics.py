"""Calls, tokens, cost and seconds, by model."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from llmcassette.providers import completion, conversation, identify
from llmcassette.recorder.pricing import price
from llmcassette.streams.cuts import recorded

if TYPE_CHECKING:
    from llmcassette.model import Cassette, Interaction

__all__ = ["Statistics", "Total"]


@dataclass(slots=True)
class Total:
    """The sum of some interactions.

    Attributes:
        errors: calls that were answered with an error.
        cost: US dollars of those whose price is known; ``None`` if none is.
        unpriced: answers that used tokens whose price is not known.
        seconds: until the last piece of each body, where that was recorded; else until its headers.
    """

    provider: str = ""
    model: str = ""
    calls: int = 0
    errors: int = 0
    input_tokens: int = 0
    cached_tokens: int = 0
    output_tokens: int = 0
    cost: float | None = None
    unpriced: int = 0
    seconds: float = 0.0

    def add(self, interaction: Interaction) -> None:
        """Count one interaction."""
        response = interaction.response
        answer = completion(interaction)
        self.calls += 1
        failed = response.code >= 400 or (answer is not None and answer.error is not None)
        self.errors += failed
        self.seconds += response.duration
        if response.chunks and recorded(response) is not None:
            self.seconds += sum(chunk.gap for chunk in response.chunks)
        if answer is None or answer.usage is None:
            return
        self.input_tokens += answer.usage.input_tokens
        self.cached_tokens += answer.usage.cached_tokens
        self.output_tokens += answer.usage.output_tokens
        paid = price(answer)
        if paid is None:
            self.unpriced += 1
        else:
            self.cost = (self.cost or 0.0) + paid.amount


@dataclass(slots=True)
class Statistics:
    """Sums over cassettes."""

    files: int = 0
    total: Total = field(default_factory=Total)
    _models: dict[tuple[str, str], Total] = field(default_factory=dict)

    def add(self, cassette: Cassette) -> None:
        """Count a cassette.

        Raises:
            CassetteError: an answer was left unread until now, and is broken.
        """
        self.files += 1
        for interaction in cassette.interactions:
            key = _whose(interaction)
            self._models.setdefault(key, Total(*key)).add(interaction)
            self.total.add(interaction)

    @property
    def models(self) -> list[Total]:
        """One for each model, those called most first."""
        return sorted(self._models.values(), key=lambda one: (-one.calls, one.model, one.provider))


def _whose(interaction: Interaction) -> tuple[str, str]:
    """Provider and model: as the answer says, else as asked; both empty for other traffic."""
    answer = completion(interaction)
    if answer is not None and answer.model:
        return answer.provider, answer.model
    asked = conversation(interaction.request)
    who = identify(interaction.request)
    provider = answer.provider if answer else who.provider if who else ""
    return provider, asked.model if asked else ""
