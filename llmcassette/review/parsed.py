"""Interactions parsed for showing: conversation, completion, price, and what they continue."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, replace
from math import fsum
from typing import TYPE_CHECKING, Final

from llmcassette.providers import api_call, completion, conversation, counted_once
from llmcassette.providers.jsonvalue import parse
from llmcassette.review.arrivals import arrivals
from llmcassette.review.repeated import KnownAnswers, value_at
from llmcassette.streams import kind, split

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llmcassette.model import Interaction, Request
    from llmcassette.providers import ApiCall, Completion, Conversation
    from llmcassette.recorder.pricing import Price

__all__ = [
    "Continuation",
    "ParsedInteraction",
    "answers",
    "has_content",
    "known_cost",
    "parse_interactions",
]

MOST_SEARCHED: Final = 50
"""How many earlier interactions are searched for one that is continued."""
RETRIED: Final = frozenset({408, 409, 425, 429})


@dataclass(frozen=True, slots=True)
class Continuation:
    """What a request repeats of an earlier one in the same file.

    Attributes:
        position: of the earlier interaction.
        messages: how many of its first messages are the same.
        answer: how many messages after these are the earlier answer.
        system: the system prompt is the same, and not empty.
        tools: the tools are the same, and not empty.
        parameters: the parameters are the same, and not empty.
        exact: the paths of messages that are the same to the last value.
    """

    position: int
    messages: int
    answer: int = 0
    system: bool = False
    tools: bool = False
    parameters: bool = False
    exact: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class ParsedInteraction:
    """One interaction.

    Attributes:
        position: in the file, from 0.
        interaction: as recorded.
        conversation: the request; ``None`` if its format is unknown.
        completion: the answer; ``None`` if its format is unknown.
        call: what this is where it is no conversation, such as embeddings; ``None`` if unknown.
        price: of the answer or the call; ``None`` if unknown.
        continues: the earlier request that this one continues.
        attempt: 1, or more if the same request failed just before.
    """

    position: int
    interaction: Interaction
    conversation: Conversation | None
    completion: Completion | None
    price: Price | None = None
    continues: Continuation | None = None
    attempt: int = 1
    call: ApiCall | None = None

    @property
    def answered(self) -> Completion | ApiCall | None:
        """The answer to a conversation, else to another call; ``None`` for other HTTP."""
        return self.completion or self.call

    @property
    def events(self) -> int:
        """The number of events of a streamed answer; 0 for other answers."""
        response = self.interaction.response
        content_type = response.headers.get("content-type")
        if kind(response.body, content_type) not in {"sse", "ndjson", "eventstream"}:
            return 0
        return len(split(response.body, content_type))

    @property
    def seconds(self) -> float | None:
        """Seconds from the request to the end of the body; ``None`` if not recorded."""
        pieces = arrivals(self.interaction.response)
        return pieces[-1].seconds if pieces else None

    @property
    def first_token(self) -> float | None:
        """Seconds to the first text, reasoning or tool call; ``None`` if not recorded."""
        pieces = arrivals(self.interaction.response)
        if not pieces or self.completion is None or not has_content(self.completion):
            return None
        first = bisect_left(pieces, True, key=lambda piece: self._has_content_at(piece.end))
        return pieces[first].seconds

    def _has_content_at(self, end: int) -> bool:
        response = self.interaction.response
        beginning = replace(response, body=response.body[:end], chunks=None)
        parsed = completion(self.interaction.request, beginning)
        return end == len(response.body) or (parsed is not None and has_content(parsed))


def has_content(answer: Completion) -> bool:
    """Whether an answer has anything that a model generated."""
    return any(
        choice.text or choice.reasoning or choice.refusal or choice.tool_calls or choice.media
        for choice in answer.choices
    )


def parse_interactions(interactions: Sequence[Interaction]) -> list[ParsedInteraction]:
    """Parse the interactions of a cassette.

    Raises:
        CassetteError: an answer is broken, which shows only when it is read.
    """
    from llmcassette.recorder.pricing import price

    parsed: list[ParsedInteraction] = []
    attempts: dict[tuple[str, str, bytes], int] = {}
    for position, interaction in enumerate(interactions):
        request, code = interaction.request, interaction.response.code
        asked, answer = conversation(request), completion(interaction)
        call = None if answer else api_call(request, interaction.response)
        paid = answer or call
        key = request.method, request.url, request.body
        attempt = attempts.get(key, 0) + 1
        attempts[key] = attempt if code in RETRIED or code >= 500 else 0
        parsed.append(
            ParsedInteraction(
                position,
                interaction,
                asked,
                answer,
                price(paid) if paid else None,
                find_continued(asked, request, parsed) if asked else None,
                attempt,
                call,
            )
        )
    return parsed


def find_continued(
    asked: Conversation, request: Request, earlier: Sequence[ParsedInteraction]
) -> Continuation | None:
    """The last earlier request whose messages this one begins with."""
    for parsed in reversed(earlier[-MOST_SEARCHED:]):
        other = parsed.conversation
        if other is None or other.format != asked.format or not other.messages:
            continue
        count = len(other.messages)
        first, rest = asked.messages[:count], asked.messages[count:]
        if not equal(first, other.messages):
            continue
        body, earlier_body = parse(request.body), parse(parsed.interaction.request.body)
        answers = KnownAnswers([parsed.interaction])
        repeats = [answers.find(each, value_at(body, each.path)) is not None for each in rest]
        answer = (*repeats, False).index(False)
        pairs = zip((*first, *asked.system), (*other.messages, *other.system), strict=False)
        exact = {
            mine.path
            for mine, theirs in pairs
            if equal(value_at(body, mine.path), value_at(earlier_body, theirs.path))
        }
        return Continuation(
            parsed.position,
            count,
            answer,
            system=bool(asked.system) and equal(asked.system, other.system),
            tools=bool(asked.tools) and equal(asked.tools, other.tools),
            parameters=same_parameters(asked, other),
            exact=frozenset(exact | {each.path for each in rest[:answer]}),
        )
    return None


def same_parameters(one: Conversation, other: Conversation) -> bool:
    """Whether the parameters are equal, and not empty."""
    some = bool(one.parameters) or one.stream
    return some and one.stream == other.stream and equal(one.parameters, other.parameters)


def equal(one: object, other: object) -> bool:
    try:
        return one == other
    except RecursionError:  # nested too deep
        return False


def known_cost(parsed: Sequence[ParsedInteraction]) -> float | None:
    """US dollars; ``None`` unless the price of every answer with usage is known."""
    from llmcassette.recorder.pricing import price

    billed = [one for one in answers(parsed) if one.usage]
    amounts = [found.amount for one in billed if (found := price(one)) is not None]
    return fsum(amounts) if amounts and len(amounts) == len(billed) else None


def answers(parsed: Sequence[ParsedInteraction]) -> list[Completion | ApiCall]:
    """The answers of models and other calls, each once even if it was polled."""
    return counted_once(one.answered for one in parsed if one.answered)
