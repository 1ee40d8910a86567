"""Calls, tokens, cost and seconds of cassettes, by model."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from llmcassette.model import CANCELLED
from llmcassette.providers import completion, conversation, identify
from llmcassette.recorder.pricing import price
from llmcassette.review.arrivals import arrivals

if TYPE_CHECKING:
    from llmcassette.model import Cassette, Interaction, Response
    from llmcassette.providers import Completion

__all__ = ["Statistics", "Total"]


@dataclass(slots=True)
class Total:
    """Sums over interactions.

    Attributes:
        provider: such as ``openai``; empty in the total of all.
        model: such as ``gpt-4o-mini``; empty in the total of all.
        calls: the number of interactions.
        errors: calls whose answer is an error.
        input_tokens: tokens of requests.
        cached_tokens: input tokens that the provider read from its cache.
        output_tokens: tokens of answers.
        cost: US dollars of the answers whose price is known; ``None`` if none is.
        unpriced: answers with tokens whose price is not known.
        seconds: until the last piece of each body if that was recorded, else until the headers.
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

    def merge(self, other: Total) -> None:
        """Add the sums of other interactions."""
        for name in ("calls", "errors", "input_tokens", "cached_tokens", "output_tokens"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.unpriced += other.unpriced
        self.seconds += other.seconds
        if other.cost is not None:
            self.cost = (self.cost or 0.0) + other.cost

    def add(self, response: Response, answer: Completion | None, seconds: float) -> None:
        """Count one interaction.

        Args:
            response: the answer as recorded.
            answer: the same, parsed; ``None`` for other HTTP.
            seconds: until its end.
        """
        self.calls += 1
        unheard = not response.came and response.ended != CANCELLED
        failed = (
            unheard or response.code >= 400 or (answer is not None and answer.error is not None)
        )
        self.errors += failed
        self.seconds += seconds
        if answer is None or answer.usage is None:
            return
        self.input_tokens += answer.usage.input_tokens
        self.cached_tokens += answer.usage.cached_tokens
        self.output_tokens += answer.usage.output_tokens
        cost = price(answer)
        if cost is None:
            self.unpriced += 1
        else:
            self.cost = (self.cost or 0.0) + cost.amount


@dataclass(slots=True)
class Statistics:
    """Sums over cassettes.

    Attributes:
        files: the number of cassettes.
    """

    files: int = 0
    _models: dict[tuple[str, str], Total] = field(default_factory=dict)

    def add(self, cassette: Cassette) -> None:
        """Count a cassette.

        Raises:
            CassetteError: an answer is broken, which shows only when it is read.
        """
        self.files += 1
        for interaction in cassette.interactions:
            response = interaction.response
            answer = completion(interaction)
            pieces = arrivals(response)
            seconds = pieces[-1].seconds if pieces else response.duration
            key = provider_and_model(interaction, answer)
            self._models.setdefault(key, Total(*key)).add(response, answer, seconds)

    def merge(self, other: Statistics) -> None:
        """Count the cassettes that another has counted."""
        self.files += other.files
        for key, total in other._models.items():
            self._models.setdefault(key, Total(*key)).merge(total)

    @property
    def total(self) -> Total:
        """The sum of all."""
        total = Total()
        for each in self._models.values():
            total.merge(each)
        return total

    @property
    def models(self) -> list[Total]:
        """The totals by model, those with most calls first."""
        return sorted(self._models.values(), key=lambda one: (-one.calls, one.model, one.provider))


def provider_and_model(interaction: Interaction, answer: Completion | None) -> tuple[str, str]:
    """Provider and model of the answer, else of the request; empty for other HTTP."""
    if answer is not None and answer.model:
        return answer.provider, answer.model
    asked = conversation(interaction.request)
    identity = identify(interaction.request)
    provider = answer.provider if answer else identity.provider if identity else ""
    return provider, asked.model if asked else ""
