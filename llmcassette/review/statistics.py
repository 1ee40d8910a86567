"""Calls, tokens, cost and seconds of cassettes, by model."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from llmcassette.model import CANCELLED
from llmcassette.providers import api_call, completion, conversation, counted_once, identify
from llmcassette.recorder.pricing import price
from llmcassette.review.arrivals import arrivals

if TYPE_CHECKING:
    from llmcassette.model import Cassette, Interaction, Response
    from llmcassette.providers import ApiCall, Completion

__all__ = ["Statistics", "Total"]


@dataclass(slots=True)
class Total:
    """Sums over interactions.

    Attributes:
        provider: such as ``openai``; empty in the total of all.
        model: such as ``gpt-4o-mini``; empty in the total of all.
        calls: the number of interactions, without polls of an answer that was asked for before.
        errors: calls whose answer is an error.
        input_tokens: tokens of requests.
        cached_tokens: input tokens that the provider read from its cache.
        output_tokens: tokens of answers.
        cost: US dollars of the answers whose price is known; ``None`` if none is.
        unpriced: answers with tokens whose price is not known.
        seconds: until the last piece of each body if that was recorded, else until the headers;
            ``None`` if no time was recorded, as in converted cassettes.
        untimed: interactions whose time was not recorded.
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
    seconds: float | None = None
    untimed: int = 0

    def merge(self, other: Total) -> None:
        """Add the sums of other interactions."""
        for name in ("calls", "errors", "input_tokens", "cached_tokens", "output_tokens"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.unpriced += other.unpriced
        self.untimed += other.untimed
        for name in ("cost", "seconds"):
            if (added := getattr(other, name)) is not None:
                setattr(self, name, (getattr(self, name) or 0.0) + added)

    def add(
        self,
        response: Response,
        answer: Completion | ApiCall | None,
        *,
        called: bool,
        counted: bool,
    ) -> None:
        """Count one interaction.

        Args:
            response: the answer as recorded.
            answer: the same, parsed; ``None`` for other HTTP.
            called: it is a call, not a poll of one.
            counted: its tokens are not those of another interaction.
        """
        self.calls += called
        unheard = not response.came and response.ended != CANCELLED
        failed = (
            unheard or response.code >= 400 or (answer is not None and answer.error is not None)
        )
        self.errors += failed
        seconds = time_of(response)
        if seconds is None:
            self.untimed += 1
        else:
            self.seconds = (self.seconds or 0.0) + seconds
        if answer is None or answer.usage is None or not counted:
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
        interactions = cassette.interactions
        answers = [
            completion(each) or api_call(each.request, each.response) for each in interactions
        ]
        counted = {id(answer) for answer in counted_once(answer for answer in answers if answer)}
        started: set[str] = set()
        for interaction, answer in zip(interactions, answers, strict=True):
            poll = answer is not None and answer.retrieved and answer.id in started
            if answer is not None and answer.id:
                started.add(answer.id)
            key = provider_and_model(interaction, answer)
            self._models.setdefault(key, Total(*key)).add(
                interaction.response, answer, called=not poll, counted=id(answer) in counted
            )

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


def time_of(response: Response) -> float | None:
    """Seconds until the end of an answer; ``None`` if they were not recorded."""
    pieces = arrivals(response)
    return pieces[-1].seconds if pieces else response.duration or None


def provider_and_model(
    interaction: Interaction, answer: Completion | ApiCall | None
) -> tuple[str, str]:
    """Provider and model of the answer, else of the request; empty for other HTTP."""
    if answer is not None and answer.model:
        return answer.provider, answer.model
    asked = conversation(interaction.request)
    identity = identify(interaction.request)
    provider = answer.provider if answer else identity.provider if identity else ""
    return provider, asked.model if asked else ""
