"""Bodies that are no conversation, as a page shows them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from llmcassette.providers.jsonvalue import parse
from llmcassette.review.numbers import joined, size
from llmcassette.review.page.parts import PageImage
from llmcassette.review.page.passages import Writing, json_writing, shown, writing
from llmcassette.review.texts import body_text, hexadecimal

if TYPE_CHECKING:
    from llmcassette.model import Headers, Request, Response
    from llmcassette.providers import ApiCall
    from llmcassette.review.page.parts import ImageFinder

__all__ = ["Body", "request_body", "response_body"]


@dataclass(frozen=True, slots=True)
class Body:
    """A body that is no conversation."""

    note: str
    text: Writing | None
    images: tuple[PageImage, ...] = ()


def body(content: bytes, headers: Headers, note: str) -> Body | None:
    """A body as it is; JSON indented.

    Args:
        content: the body.
        headers: of its message.
        note: what it is; empty if that is unknown.
    """
    if not content:
        return None
    media_type = shown(headers.get("content-type", ""))
    note = joined([note, media_type, size(len(content))])
    text = body_text(content)
    if text is None:
        return Body(note, writing(hexadecimal(content), is_code=True))
    value = parse(content)
    structured = isinstance(value, (dict, list))
    return Body(note, json_writing(value) if structured else writing(text, is_code=True))


def request_body(request: Request, call: ApiCall | None) -> Body | None:
    """A request that is no conversation."""
    return body(request.body, request.headers, shown(call.asked) if call else "")


def response_body(
    response: Response, call: ApiCall | None, picture: str, image: ImageFinder
) -> Body | None:
    """An answer that is no conversation: an image, what a call gave, or the body as it is.

    Args:
        response: the answer.
        call: the call, if it is a known one.
        picture: the answer as a ``data:`` URL, if it is an image.
        image: finds the images in it.
    """
    found = body(response.body, response.headers, shown(call.answered) if call else "")
    if found is None:
        return None
    if picture:
        return Body(found.note, None, (PageImage(picture),))
    if call is None:
        return found
    images = tuple(image(media) for media in call.media)
    # Vectors and images in base64 are no reading.
    return Body(found.note, None if call.kind == "embeddings" or images else found.text, images)
