"""Faults in the content of an answer, whatever its wire format.

A format that is not among ``FORMATS`` has none of these faults, and the error names it.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Final, Protocol, cast

from llmcassette.providers import Completion, completion
from llmcassette.recorder.faults.answer import Faulty, NotApplicableError, edited
from llmcassette.recorder.faults.documents import rewritten

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator, Mapping

    from llmcassette.recorder.faults.answer import Target
    from llmcassette.recorder.faults.content.slot import Slot
    from llmcassette.recorder.faults.documents import Document, Rewrite

__all__ = ["cut_arguments", "empty_answer", "finish_reason", "refusal"]

FORMATS: Final = (
    "anthropic",
    "bedrock",
    "cohere",
    "gemini",
    "ollama",
    "openai_chat",
    "openai_responses",
)


def finish_reason(target: Target) -> Faulty:
    """Another reason to stop."""
    return _rewritten(target, other_reason)


def cut_arguments(target: Target) -> Faulty:
    """Arguments of a tool call that end in the middle."""
    return _rewritten(target, half_the_arguments)


def refusal(target: Target) -> Faulty:
    """A refusal instead of an answer."""
    words = str(target.fault.options["text"])
    return _rewritten(target, lambda _, spoken: spoken.refusing(words))


def empty_answer(target: Target) -> Faulty:
    """An answer without text and calls."""
    return _rewritten(target, lambda _, spoken: spoken.emptying())


class Format(Protocol):
    """What the module of a wire format has."""

    @property
    def REASONS(self) -> Mapping[str, str]:  # noqa: N802 (a module's constant)
        """The provider's words for reasons to stop, where they are not ours."""
        ...

    @property
    def MALFORMED_CALL(self) -> Rewrite | None:  # noqa: N802
        """Answers that the model's call was no JSON, where a provider never passes it on."""
        ...

    def finish(self, item: Document, reason: str, /) -> bool:
        """Replace the reason to stop; returns whether there was one."""
        ...

    def arguments(self, item: Document, /) -> Iterator[Slot]:
        """Where arguments of tool calls stand in a document."""
        ...

    def emptying(self) -> Rewrite:
        """Removes all that the model wrote from an answer."""
        ...

    def refusing(self, words: str, /) -> Rewrite:
        """Replaces all that the model wrote by a refusal."""
        ...


def other_reason(target: Target, spoken: Format) -> Rewrite:
    """Another reason to stop."""
    given = str(target.fault.options["reason"])
    reason = spoken.REASONS.get(given, given)
    return lambda _, item: [item] if spoken.finish(item, reason) else None


def half_the_arguments(target: Target, spoken: Format) -> Rewrite:
    """Arguments of the last call that end in the middle: it is the last that is cut in reality."""
    pieces: dict[Hashable, str] = {}
    wholes: dict[Hashable, str] = {}

    def note(_: str, item: Document) -> None:
        for slot in spoken.arguments(item):
            if slot.is_whole:
                wholes[slot.call] = slot.text
            else:
                pieces[slot.call] = pieces.get(slot.call, "") + slot.text

    if spoken.MALFORMED_CALL is not None and completion_of(target).tool_calls:
        return spoken.MALFORMED_CALL
    list(rewritten(target.response, note))
    texts = {call: words for call, words in (wholes | pieces).items() if len(words) > 1}
    if not texts:
        raise NotApplicableError("has no tool call whose arguments are text")
    call, words = list(texts.items())[-1]
    kept = words[: len(words) // 2]
    left = len(kept)

    def rewrite(_: str, item: Document) -> list[Document] | None:
        nonlocal left
        changed = False
        for slot in spoken.arguments(item):
            if slot.call == call:
                changed = True
                if slot.is_whole:
                    slot.holder[slot.key] = kept if slot.text else ""
                else:
                    slot.holder[slot.key], rest = slot.text[:left], len(slot.text)
                    left = max(0, left - rest)
        return [item] if changed else None

    return rewrite


def _rewritten(target: Target, rewrite: Callable[[Target, Format], Rewrite]) -> Faulty:
    """Rewrite an answer in its wire format.

    Raises:
        NotApplicableError: the answer has nothing to rewrite.
    """
    answer = completion_of(target)
    if answer.format not in FORMATS:
        raise NotApplicableError(f"is in the format {answer.format}, which has no such fault")
    spoken = cast("Format", import_module(f"{__package__}.{answer.format}"))
    edits = list(rewritten(target.response, rewrite(target, spoken)))
    if not edits:
        raise NotApplicableError("has nothing of it")
    return Faulty(response=edited(target.response, edits))


def completion_of(target: Target) -> Completion:
    """What the model answered.

    Raises:
        NotApplicableError: it did not.
    """
    answer = completion(target.request, target.response)
    if answer is None or answer.error is not None:
        raise NotApplicableError("is no model's")
    return answer
