"""The interactions of a cassette, each read once: what was asked, what was answered."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, replace
from itertools import accumulate, islice
from typing import TYPE_CHECKING, Final

from llmcassette.providers import ToolCall, completion, conversation
from llmcassette.review.diff.words import call_text
from llmcassette.streams import kind, split
from llmcassette.streams.cuts import recorded

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llmcassette.model import Interaction
    from llmcassette.providers import Completion, Conversation, Message
    from llmcassette.recorder.pricing import Price

__all__ = ["Reading", "readings"]

FARTHEST_BACK: Final = 50
LONGEST_CALL: Final = 10_000
RETRIED: Final = frozenset({408, 409, 425, 429})


@dataclass(frozen=True, slots=True)
class Before:
    """What a request has in common with an earlier one of the same file.

    Attributes:
        position: of the earlier interaction.
        messages: how many messages are the same, from the first on.
        answer: how many messages behind them are what it answered.
        system, tools, parameters: these are the same, and not empty.
    """

    position: int
    messages: int
    answer: int = 0
    system: bool = False
    tools: bool = False
    parameters: bool = False


@dataclass(frozen=True, slots=True)
class Reading:
    """One interaction, read.

    Attributes:
        position: in the file, from 0.
        asked: ``None`` where the request is in no format known here.
        answered: ``None`` where the answer is in none.
        price: where it is known.
        before: the earlier interaction that this one goes on from.
        attempt: 1, or more where the same request failed just before.
    """

    position: int
    interaction: Interaction
    asked: Conversation | None
    answered: Completion | None
    price: Price | None
    before: Before | None = None
    attempt: int = 1

    @property
    def events(self) -> int:
        """How many events a streamed answer has; 0 for one that is no stream."""
        response = self.interaction.response
        content_type = response.headers.get("content-type")
        if kind(response.body, content_type) not in {"sse", "ndjson", "eventstream"}:
            return 0
        return len(split(response.body, content_type))

    @property
    def arrivals(self) -> list[tuple[int, float]]:
        """For each recorded piece of the body its end, in bytes, and when it came, in seconds.

        Empty where pieces were not recorded, or the body has been edited since.
        """
        response = self.interaction.response
        if not response.chunks or recorded(response) is None:
            return []
        ends = accumulate(chunk.size for chunk in response.chunks)
        times = accumulate((chunk.gap for chunk in response.chunks), initial=response.duration)
        return list(zip(ends, islice(times, 1, None), strict=True))

    @property
    def first_token(self) -> float | None:
        """Seconds until some of the answer was there: text, a thought, or a tool call."""
        arrivals = self.arrivals
        if not arrivals or self.answered is None or not has_content(self.answered):
            return None
        return arrivals[bisect_left(arrivals, True, key=lambda held: self._begun(held[0]))][1]

    def _begun(self, end: int) -> bool:
        response = self.interaction.response
        cut = replace(response, body=response.body[:end], chunks=None)
        answered = completion(self.interaction.request, cut)
        return end == len(response.body) or (answered is not None and has_content(answered))


def has_content(answered: Completion) -> bool:
    """Whether there is anything that a model has said."""
    return any(
        each.text or each.reasoning or each.refusal or each.tool_calls or each.media
        for each in answered.choices
    )


def readings(interactions: Sequence[Interaction]) -> list[Reading]:
    """Read all of a cassette.

    Raises:
        CassetteError: an answer was left unread until now, and is broken.
    """
    from llmcassette.recorder.pricing import price

    found: list[Reading] = []
    attempts: dict[tuple[str, str, bytes], int] = {}
    for position, interaction in enumerate(interactions):
        asked, answered = conversation(interaction.request), completion(interaction)
        request = interaction.request
        key = request.method, request.url, request.body
        attempt = attempts.get(key, 0) + 1
        code = interaction.response.code
        attempts[key] = attempt if code in RETRIED or code >= 500 else 0
        found.append(
            Reading(
                position,
                interaction,
                asked,
                answered,
                price(answered) if answered else None,
                continues(asked, found) if asked else None,
                attempt,
            )
        )
    return found


def continues(asked: Conversation, earlier: Sequence[Reading]) -> Before | None:
    """The last earlier request whose messages this one begins with."""
    for reading in reversed(earlier[-FARTHEST_BACK:]):
        other = reading.asked
        if other is None or other.format != asked.format or not other.messages:
            continue
        count = len(other.messages)
        if len(asked.messages) >= count and same(asked.messages[:count], other.messages):
            return Before(
                reading.position,
                count,
                repeated(asked.messages[count:], reading.answered),
                system=bool(asked.system) and same(asked.system, other.system),
                tools=bool(asked.tools) and same(asked.tools, other.tools),
                parameters=same_parameters(asked, other),
            )
    return None


def same_parameters(one: Conversation, other: Conversation) -> bool:
    """The same, and not nothing."""
    some = bool(one.parameters) or one.stream
    return some and one.stream == other.stream and same(one.parameters, other.parameters)


def same(one: object, other: object) -> bool:
    try:
        return one == other
    except RecursionError:  # nested too deep to be compared
        return False


def repeated(messages: Sequence[Message], answered: Completion | None) -> int:
    """How many messages, from the first on, say what was answered."""
    if answered is None:
        return 0
    texts = {choice.text for choice in answered.choices}
    made = [call for choice in answered.choices for call in choice.tool_calls]
    calls = {call_text(call, LONGEST_CALL) for call in made}
    for number, message in enumerate(messages):
        mine = {call_text(p, LONGEST_CALL) for p in message.parts if isinstance(p, ToolCall)}
        known = bool(message.parts) and message.role not in {"user", "tool"}
        if not known or (message.text and message.text not in texts):
            return number
        if not (message.text or mine) or not mine <= calls:
            return number
    return len(messages)
