"""``Media`` from the bodies of requests and answers: kind, size and digest, not the bytes."""

from __future__ import annotations

import base64
import binascii
import hashlib
import mimetypes
from typing import Final, Literal, TypeAlias
from urllib.parse import unquote_to_bytes

from llmcassette.providers.parts import Media

__all__ = ["Kind", "inline", "kind_of", "named", "of_bytes", "referred"]

Kind: TypeAlias = Literal["image", "audio", "video", "file"]


def kind_of(media_type: str) -> Kind:
    """The kind of a media type such as ``image/png``."""
    match media_type.partition("/")[0]:
        case "image":
            return "image"
        case "audio":
            return "audio"
        case "video":
            return "video"
        case _:
            return "file"


def inline(
    data: str, media_type: str, path: str, *, kind: Kind | None = None, name: str = ""
) -> Media:
    """Media in the body: base64 in either alphabet, with or without padding."""
    kind = kind or kind_of(media_type)
    try:
        plain = data.replace("-", "+").replace("_", "/").rstrip("=")
        content = base64.b64decode(plain + "=" * (-len(plain) % 4))
    except (binascii.Error, ValueError):
        return Media(kind, media_type, name=name, path=path)
    return of_bytes(content, media_type, kind, path=path, name=name)


def of_bytes(
    content: bytes, media_type: str, kind: Kind, *, path: str = "", name: str = ""
) -> Media:
    """Media by its bytes."""
    digest = hashlib.sha256(content).hexdigest()[:16]
    return Media(kind, media_type, len(content), digest, name=name, path=path)


def referred(
    url: str, path: str, *, kind: Kind | None = None, media_type: str = "", name: str = ""
) -> Media:
    """Media behind a URL, in a ``data:`` URL (RFC 2397), or uploaded before, by its id."""
    if url[:5].lower() == "data:":
        head, _, data = url[5:].partition(",")
        given, *options = head.split(";")
        if "base64" in options:
            return inline(data, given or media_type, path, kind=kind, name=name)
        content = unquote_to_bytes(data.encode("utf-8", "surrogatepass"))
        return of_bytes(content, given, kind or kind_of(given), path=path, name=name)
    return Media(kind or kind_of(media_type), media_type, url=url, name=name, path=path)


def named(extension: str, kind: Kind) -> str:
    """The media type of a format such as ``png``, ``mp3`` or ``pdf``; empty if unknown."""
    if kind == "file":
        return KNOWN.guess_type(f"x.{extension}")[0] or ""
    return f"{kind}/{SPELLED.get(extension, extension)}" if extension else ""


KNOWN: Final = mimetypes.MimeTypes()
"""Python's own table, without that of the operating system."""
SPELLED: Final = {"jpg": "jpeg", "mp3": "mpeg"}
