"""A changed answer counts once, not again in the later requests that repeat it."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Final

from llmcassette.providers import Reasoning, Text, ToolCall, completion, conversation
from llmcassette.review.diff.results import Difference, Kind
from llmcassette.review.texts import call_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llmcassette.model import Interaction, Request
    from llmcassette.providers import Message

__all__ = ["Answers", "without_repeated_answers"]

LONGEST_CALL: Final = 10_000


class Answers:
    """The answers of one cassette, to recognize them in later requests."""

    def __init__(self, interactions: Sequence[Interaction]) -> None:
        self._interactions = interactions

    @cached_property
    def _texts_and_calls(self) -> tuple[set[str], set[str]]:
        texts: set[str] = set()
        calls: set[str] = set()
        for interaction in self._interactions:
            answer = completion(interaction)
            for choice in answer.choices if answer else ():
                texts.add(choice.text)
                calls.update(call_text(call, LONGEST_CALL) for call in choice.tool_calls)
        return texts, calls

    def paths_in(self, request: Request) -> set[str]:
        """The paths of the messages of a request that are answers."""
        asked = conversation(request)
        return {one.path for one in asked.messages if self._has(one)} if asked else set()

    def _has(self, message: Message) -> bool:
        if message.role in {"user", "system", "developer", "tool"} or not message.parts:
            return False
        texts, calls = self._texts_and_calls
        for part in message.parts:
            if isinstance(part, Text):
                known = part.text in texts
            elif isinstance(part, ToolCall):
                known = call_text(part, LONGEST_CALL) in calls
            else:
                known = isinstance(part, Reasoning)
            if not known:
                return False
        return True


def without_repeated_answers(
    differences: tuple[Difference, ...],
    requests: tuple[Request, Request],
    answers: tuple[Answers, Answers],
) -> tuple[tuple[Difference, ...], tuple[Difference, ...]]:
    """Separate the differences of earlier answers that both requests repeat.

    Args:
        differences: of two interactions.
        requests: the old and the new request.
        answers: of the old and the new cassette.

    Returns:
        The other differences, and the separated ones as noise: they count where the answer is.
    """
    if not any(each.kind is Kind.REQUEST for each in differences):
        return differences, ()
    paths = answers[0].paths_in(requests[0]) & answers[1].paths_in(requests[1])
    repeated = [
        each for each in differences if each.kind is Kind.REQUEST and is_below(each.place, paths)
    ]
    others = tuple(each for each in differences if each not in repeated)
    name = "earlier answers in the request"
    return others, tuple(replace(each, kind=Kind.NOISE, name=name) for each in repeated)


def is_below(place: str, paths: set[str]) -> bool:
    """Whether a place is one of the paths, or inside one."""
    return place in paths or any(
        place[at] in ".[" and place[:at] in paths for at in range(len(place))
    )
