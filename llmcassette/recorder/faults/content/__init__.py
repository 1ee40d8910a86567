"""What goes wrong in the content: one small file a wire format, and what they share here.

A format that is not among ``FORMATS`` has none of these faults, and says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Final, Protocol, cast

from llmcassette.providers import Completion, completion
from llmcassette.providers.jsonvalue import text
from llmcassette.recorder.faults.documents import rewritten
from llmcassette.recorder.faults.laid import Laid, NotHereError, edited

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator, Mapping

    from llmcassette.providers.jsonvalue import JSON
    from llmcassette.recorder.faults.documents import Document, Rewrite
    from llmcassette.recorder.faults.laid import Target

__all__ = ["CONTENT", "Format", "Slot"]

FORMATS: Final = (
    "anthropic",
    "bedrock",
    "cohere",
    "gemini",
    "ollama",
    "openai_chat",
    "openai_responses",
)


@dataclass(frozen=True, slots=True)
class Slot:
    """A place in a document that holds arguments of a tool call, as text.

    Attributes:
        holder: the object with the text.
        key: its member.
        call: tells the call from others of the answer.
        is_whole: all of the arguments are repeated here; else a piece of them, as a stream goes.
    """

    holder: dict[str, JSON]
    key: str
    call: Hashable
    is_whole: bool = False

    @property
    def text(self) -> str:
        return text(self.holder[self.key])


class Format(Protocol):
    """What a module of this package has."""

    @property
    def REASONS(self) -> Mapping[str, str]:  # noqa: N802 (a module's constant)
        """The provider's word for a reason to stop, where it is not ours."""
        ...

    @property
    def MALFORMED_CALL(self) -> Rewrite | None:  # noqa: N802
        """What tells that the model's call was no JSON, where a provider never passes it on."""
        ...

    def finish(self, item: Document, reason: str, /) -> bool:
        """Put another reason to stop; whether there was one."""
        ...

    def arguments(self, item: Document, /) -> Iterator[Slot]:
        """The arguments of tool calls in a document."""
        ...

    def emptying(self) -> Rewrite:
        """What takes all that the model said out of an answer."""
        ...

    def refusing(self, words: str, /) -> Rewrite:
        """What puts a refusal in the place of what the model said."""
        ...


def finish_reason(target: Target, spoken: Format) -> Rewrite:
    """Another reason to stop."""
    said = str(target.fault.options["reason"])
    reason = spoken.REASONS.get(said, said)
    return lambda _, item: [item] if spoken.finish(item, reason) else None


def cut_arguments(target: Target, spoken: Format) -> Rewrite:
    """Arguments that end in the middle; the last call's, for it is what is cut in reality."""
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
    texts = {call: said for call, said in (wholes | pieces).items() if len(said) > 1}
    if not texts:
        raise NotHereError("has no tool call whose arguments are text")
    call, said = list(texts.items())[-1]
    kept = said[: len(said) // 2]
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


def lay(target: Target) -> Laid:
    """Lay a fault of the content over an answer.

    Raises:
        NotHereError: the answer has nothing that could go wrong so.
    """
    answer = completion_of(target)
    if answer.format not in FORMATS:
        raise NotHereError(f"is in the format {answer.format}, which has no such fault")
    spoken = cast("Format", import_module(f"{__name__}.{answer.format}"))
    edits = list(rewritten(target.response, REWRITES[target.fault.name](target, spoken)))
    if not edits:
        raise NotHereError("has nothing of it")
    return Laid(response=edited(target.response, edits))


def completion_of(target: Target) -> Completion:
    """What the model answered.

    Raises:
        NotHereError: it did not.
    """
    answer = completion(target.request, target.response)
    if answer is None or answer.error is not None:
        raise NotHereError("is no model's")
    return answer


REWRITES: Final[dict[str, Callable[[Target, Format], Rewrite]]] = {
    "finish_reason": finish_reason,
    "cut_arguments": cut_arguments,
    "refusal": lambda target, spoken: spoken.refusing(str(target.fault.options["text"])),
    "empty_answer": lambda _, spoken: spoken.emptying(),
}
CONTENT: Final[dict[str, Callable[[Target], Laid]]] = dict.fromkeys(REWRITES, lay)
