"""Images in the bodies of a cassette, as ``data:`` URLs."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote_to_bytes

from llmcassette.providers.jsonvalue import parse
from llmcassette.providers.payload import read_payload
from llmcassette.streams import kind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from llmcassette.model import Interaction, Response
    from llmcassette.providers import Media

__all__ = ["Pictures"]

TYPES: Final = frozenset(
    f"image/{name}" for name in ("avif", "bmp", "gif", "jpeg", "jpg", "png", "webp")
)
"""What browsers show and that holds pixels only; SVG may hold anything."""
MOST_BYTES: Final = 20_000_000
"""Of all images of a page."""
LEAST_TEXT: Final = 32
BASE64: Final = re.compile(r"[A-Za-z0-9+/_\-\s]+={0,2}\s*")


class Pictures:
    """Finds images, each once in a page, up to a total of ``MOST_BYTES``."""

    def __init__(self) -> None:
        self._room = MOST_BYTES
        self._places: dict[str, str] = {}
        self._interaction: Interaction | None = None
        self._embedded: dict[str, bytes] = {}

    def source(self, media: Media, interaction: Interaction, place: str) -> str:
        """The ``data:`` URL of an image; empty where it can't be shown.

        Args:
            media: the image.
            interaction: has it in its request or answer.
            place: where the page shows it; see ``place_of``.
        """
        if media.media_type not in TYPES or not media.digest or media.digest in self._places:
            return ""
        if interaction is not self._interaction:
            self._interaction, self._embedded = interaction, embedded(interaction)
        content = self._embedded.get(media.digest)
        return "" if content is None else self._url(content, media.media_type, place, media.digest)

    def body(self, response: Response, place: str) -> str:
        """The ``data:`` URL of an answer that is an image itself; else empty."""
        media_type = response.headers.get("content-type", "").partition(";")[0].strip().lower()
        if media_type not in TYPES:
            return ""
        return self._url(response.body, media_type, place, digest_of(response.body))

    def place_of(self, media: Media) -> str:
        """Where the page has shown the same image; empty if it has not."""
        return self._places.get(media.digest, "")

    def _url(self, content: bytes, media_type: str, place: str, digest: str) -> str:
        if len(content) > self._room:
            return ""
        self._room -= len(content)
        self._places[digest] = place
        return f"data:{media_type};base64,{base64.b64encode(content).decode()}"


def embedded(interaction: Interaction) -> dict[str, bytes]:
    """What is in the strings of both bodies, as base64 or ``data:`` URLs, by its digest."""
    response = interaction.response
    framing = kind(response.body, response.headers.get("content-type"))
    documents = read_payload(response.body, framing).documents
    values = [parse(interaction.request.body), *(each.value for each in documents)]
    found = (decoded(text) for text in strings(values))
    return {digest_of(content): content for content in found if content}


def strings(value: object) -> Iterator[str]:
    """All strings in a JSON value that are not short."""
    left = [value]
    while left:
        match left.pop():
            case str() as text if len(text) >= LEAST_TEXT:
                yield text
            case list() as items:
                left += items
            case dict() as members:
                left += members.values()


def decoded(text: str) -> bytes:
    """The content of a ``data:`` URL (RFC 2397) or of base64 in either alphabet; else empty."""
    if text[:5].lower() == "data:":
        head, _, data = text[5:].partition(",")
        if ";base64" not in head:
            return unquote_to_bytes(data.encode("utf-8", "surrogatepass"))
        text = data
    if not BASE64.fullmatch(text):
        return b""
    plain = text.replace("-", "+").replace("_", "/").rstrip("=")
    try:
        return base64.b64decode(plain + "=" * (-len(plain) % 4))
    except (binascii.Error, ValueError):
        return b""


def digest_of(content: bytes) -> str:
    """As in ``Media.digest``."""
    return hashlib.sha256(content).hexdigest()[:16]
