"""Earlier answers in later requests: where they differ, the answer has been told already."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Final, TypeAlias

from llmcassette.providers import Reasoning, Text, ToolCall, completion, conversation
from llmcassette.review.diff.difference import Difference, Kind
from llmcassette.review.diff.words import call_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llmcassette.model import Interaction, Request
    from llmcassette.providers import Message

__all__ = ["Said", "fold_history"]

Piece: TypeAlias = tuple[str, str]

LONGEST: Final = 10_000


class Said:
    """What the models of one cassette answered, to know it again in a request."""

    def __init__(self, interactions: Sequence[Interaction]) -> None:
        self._interactions = interactions

    @cached_property
    def pieces(self) -> set[Piece]:
        """Every text and every tool call."""
        found: list[Piece] = []
        for interaction in self._interactions:
            answer = completion(interaction)
            for choice in answer.choices if answer else ():
                found.append(("text", choice.text))
                found += [("call", call_text(each, LONGEST)) for each in choice.tool_calls]
        return set(found)

    def repeats(self, message: Message) -> bool:
        """Whether a message of a request is nothing but what a model answered."""
        if message.role in {"user", "system", "developer", "tool"} or not message.parts:
            return False
        for part in message.parts:
            if isinstance(part, Text) and ("text", part.text) not in self.pieces:
                return False
            if isinstance(part, ToolCall) and ("call", call_text(part, LONGEST)) not in self.pieces:
                return False
        return all(isinstance(part, (Text, ToolCall, Reasoning)) for part in message.parts)


def fold_history(
    counted: tuple[Difference, ...], old: Request, new: Request, said: tuple[Said, Said]
) -> tuple[tuple[Difference, ...], tuple[Difference, ...]]:
    """Take out what differs in a request because an earlier answer differs.

    Returns:
        What is left, and what was taken out, as noise: where it began it counts.
    """
    if not any(each.kind is Kind.REQUEST for each in counted):
        return counted, ()
    sides = [repeated(request, held) for request, held in zip((old, new), said, strict=True)]
    both = sides[0] & sides[1]
    follows = [each for each in counted if each.kind is Kind.REQUEST and below(each.place, both)]
    left = tuple(each for each in counted if each not in follows)
    name = "earlier answers in the request"
    return left, tuple(replace(each, kind=Kind.NOISE, name=name) for each in follows)


def repeated(request: Request, said: Said) -> set[str]:
    """The paths of a request's messages that are earlier answers."""
    asked = conversation(request)
    return {each.path for each in asked.messages if said.repeats(each)} if asked else set()


def below(place: str, paths: set[str]) -> bool:
    """Whether a place is one of the paths, or in one."""
    return place in paths or any(
        place[at] in ".[" and place[:at] in paths for at in range(len(place))
    )
