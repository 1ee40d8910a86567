"""The parts of messages and answers, as a page shows them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from llmcassette.providers import (
    Media,
    Other,
    ProviderTool,
    Reasoning,
    Refusal,
    Text,
    ToolCall,
    ToolResult,
)
from llmcassette.providers.jsonvalue import parse
from llmcassette.review.page.passages import Writing, json_writing, shown, writing
from llmcassette.review.texts import call_text, media_text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from llmcassette.providers import Part

__all__ = [
    "EMPTY",
    "ImageFinder",
    "PageImage",
    "PagePart",
    "call_part",
    "page_part",
    "text_part",
]

ONE_LINE: Final = 90
"""Characters of a call that is shown on one line."""

PartKind: TypeAlias = Literal[
    "text", "reasoning", "refusal", "call", "result", "provider", "media", "other", "empty"
]


@dataclass(frozen=True, slots=True)
class PageImage:
    """An image: its ``data:`` URL, or where the page has shown it; else both are empty."""

    source: str = ""
    place: str = ""


@dataclass(frozen=True, slots=True)
class PagePart:
    """A part.

    Attributes:
        kind: see ``page.html``.
        body: its text; ``None`` if it has none.
        name: of a tool, or of an unknown kind of part.
        note: a call on one line, or what is known of media.
        image: of media.
        parts: of a tool's result.
        is_error: a tool's result is an error.
    """

    kind: PartKind
    body: Writing | None = None
    name: str = ""
    note: str = ""
    image: PageImage = PageImage()
    parts: tuple[PagePart, ...] = ()
    is_error: bool = False


ImageFinder: TypeAlias = "Callable[[Media], PageImage]"

EMPTY: Final = PagePart("empty")


def page_part(part: Part, tools: Mapping[str, str], image: ImageFinder) -> PagePart:
    """A part of a message.

    Args:
        part: the part.
        tools: names of tools by the ids of their calls.
        image: finds an image.
    """
    match part:
        case Text():
            return text_part("text", part.text)
        case Reasoning():
            return text_part("reasoning", part.text)
        case Refusal():
            return text_part("refusal", part.text)
        case Media():
            return PagePart("media", note=media_text(part), image=image(part))
        case ToolCall():
            return call_part(part)
        case ToolResult():
            inner = tuple(result_part(each, tools, image) for each in part.content) or (EMPTY,)
            name = shown(part.name or tools.get(part.id, ""))
            return PagePart("result", name=name, parts=inner, is_error=part.is_error)
        case ProviderTool():
            return provider_part(part)
        case Other():
            return PagePart("other", json_writing(part.value), shown(part.kind))


def provider_part(part: ProviderTool) -> PagePart:
    """A tool that the provider ran: its arguments, its result, or both."""
    values = [each for each in (part.arguments, part.result) if each is not None]
    inner = tuple(PagePart("text", json_writing(each)) for each in values)
    return PagePart("provider", name=shown(part.name), parts=inner)


def result_part(part: Part, tools: Mapping[str, str], image: ImageFinder) -> PagePart:
    """A part of a tool's result; JSON indented."""
    if isinstance(part, Text) and isinstance(value := parse(part.text), (dict, list)):
        return PagePart("text", json_writing(value))
    return page_part(part, tools, image)


def text_part(kind: PartKind, text: str) -> PagePart:
    if kind == "text" and not text.strip():
        return EMPTY
    return PagePart(kind, writing(text) if text.strip() else None)


def call_part(call: ToolCall) -> PagePart:
    """A call on one line if it is short; else its arguments as JSON."""
    line = call_text(call, ONE_LINE)
    if len(line) <= ONE_LINE and not line.endswith("…"):
        return PagePart("call", name=shown(call.name), note=line[len(call.name) :])
    return PagePart("call", json_writing(call.arguments), shown(call.name))
