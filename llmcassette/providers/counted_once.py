"""Answers whose tokens count: a background answer is polled, but it was generated once."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from llmcassette.providers.call_exchange import ApiCall
from llmcassette.providers.completion import Completion

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable

__all__ = ["counted_once"]

Answer = TypeVar("Answer", bound=Completion | ApiCall)


def counted_once(answers: Iterable[Answer]) -> list[Answer]:
    """The answers without those that another one repeats.

    Of an answer and the polls that fetch it by its id, the last that states tokens stays, else the
    last.
    """
    kept: dict[Hashable, Answer] = {}
    for answer in answers:
        key: Hashable = (type(answer), answer.id) if answer.id else object()
        earlier = kept.get(key)
        if earlier is None:
            kept[key] = answer
        elif not (answer.retrieved or earlier.retrieved):
            kept[object()] = answer  # recorded once, replayed twice
        elif answer.usage is not None or earlier.usage is None:
            kept[key] = answer
    return list(kept.values())
