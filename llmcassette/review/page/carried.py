"""What each event of a stream adds to the answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

from llmcassette.providers import Reasoning, Refusal, Text, ToolCall
from llmcassette.providers.jsonvalue import obj
from llmcassette.providers.payload import Payload, read_payload
from llmcassette.providers.registry import format_by_name
from llmcassette.review.texts import call_text
from llmcassette.streams import kind

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from llmcassette.providers import Part
    from llmcassette.review.events import Event
    from llmcassette.review.parsed import ParsedInteraction

__all__ = ["Carried", "Content", "carried"]

Content: TypeAlias = Literal["reasoning", "text", "call", "other"]


class Carried(NamedTuple):
    """A piece of an answer."""

    content: Content
    text: str


def carried(parsed: ParsedInteraction, events: Sequence[Event]) -> Iterator[list[Carried]]:
    """What each event adds. The events that repeat a finished part at its end add nothing."""
    answer, response = parsed.completion, parsed.interaction.response
    if answer is None:
        yield from ([] for _ in events)
        return
    dialect = format_by_name(answer.format)
    framing = kind(response.body, response.headers.get("content-type"))
    repeats = Repeats()
    for event in events:
        body = response.body[event.offset : event.offset + event.size]
        documents = read_payload(body, framing).documents
        choices = dialect.answer(Payload(documents, streamed=True)).choices()
        found = [piece for choice in choices for part in choice.parts for piece in pieces(part)]
        is_delta = any(str(obj(each.value).get("type")).endswith("delta") for each in documents)
        if answer.format == "openai_responses" and not is_delta:
            found = [piece for piece in found if not repeats.has(piece)]
        for piece in found:
            repeats.add(piece)
        yield found


def pieces(part: Part) -> Iterator[Carried]:
    """A part of an answer, as far as an event has it."""
    match part:
        case Text() | Refusal():
            yield Carried("text", part.text)
        case Reasoning():
            yield Carried("reasoning", part.text)
        case ToolCall():
            yield Carried("call", call_piece(part))


def call_piece(call: ToolCall) -> str:
    """The name and the arguments of a call."""
    if call.name and (call.raw or not call.arguments):
        return f"→ {call.name} {call.raw}"
    return call.raw or f"→ {call_text(call)}"


class Repeats:
    """Recognizes a piece that repeats everything of its kind since the last one, or from the start.

    OpenAI's Responses end each item with the whole item, and the stream with the whole response.
    """

    def __init__(self) -> None:
        self._item: dict[Content, str] = {}
        self._whole: dict[Content, str] = {}

    def add(self, piece: Carried) -> None:
        """Note a piece of the answer."""
        for texts in (self._item, self._whole):
            texts[piece.content] = texts.get(piece.content, "") + piece.text

    def has(self, piece: Carried) -> bool:
        """Whether the piece is a repetition; then the next item begins."""
        texts = self._item.get(piece.content, ""), self._whole.get(piece.content, "")
        if not piece.text or piece.text not in texts:
            return False
        self._item[piece.content] = ""
        return True
