"""Bodies in other text encodings than UTF-8, such as UTF-16: read, and edited in their encoding."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from llmcassette.redaction.edits import Edit, apply_edits

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Transcoded", "is_utf8", "transcoded"]

BOMS: Final = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
ANY_BOM: Final = tuple(bom for bom, _ in BOMS)
SHAPES: Final = (
    (re.compile(rb"[ -~\s]\0\0\0[ -~\s]\0\0\0"), "utf-32-le"),
    (re.compile(rb"\0\0\0[ -~\s]\0\0\0[ -~\s]"), "utf-32-be"),
    (re.compile(rb"[ -~\s]\0[ -~\s]\0"), "utf-16-le"),
    (re.compile(rb"\0[ -~\s]\0[ -~\s]"), "utf-16-be"),
)
"""How ASCII starts in an encoding without a mark; Python's ``json`` looks for the same."""

CHARSET: Final = re.compile(r";\s*charset\s*=\s*[\"']?([^\s;\"',]+)", re.IGNORECASE)
UNSPECIFIC: Final = {"utf-16": "utf-16-le", "utf-32": "utf-32-le"}
ASCII: Final = bytes(range(0x20, 0x7F)) + b"+AGE-"
"""What an encoding reads alike if ASCII is a part of it; UTF-7 reads the end as a letter."""

NO_CHARSETS: Final = frozenset({"idna", "punycode", "undefined", "mbcs", "oem"})
"""Codecs of Python that no body is written in; some take more than linear time."""


@dataclass(frozen=True)
class Transcoded:
    """A body in another encoding.

    Attributes:
        body: as stored.
        text: the same text in UTF-8; of a cut body without the character that is cut.
        charset: the name of its encoding.
    """

    body: bytes
    text: bytes
    charset: str

    def edits(self, edits: Sequence[Edit]) -> list[Edit]:
        """Edits of ``text``, sorted, as edits of ``body``."""
        found = []
        at = position = 0
        for edit in edits:
            at += len(self.encode(self.text[position : edit.start]))
            size = len(self.encode(self.text[edit.start : edit.end]))
            found.append(Edit(at, at + size, self.encode(edit.text)))
            at += size
            position = edit.end
        encoded = self.encode(apply_edits(self.text, edits))
        if apply_edits(self.body, found).startswith(encoded):
            return found
        return [Edit(0, len(self.body), encoded)]  # shift states, as in ISO-2022-JP

    def encode(self, text: bytes) -> bytes:
        return encoded(text.decode("utf-8", "surrogatepass"), self.charset)


def transcoded(body: bytes, content_type: str) -> Transcoded | None:
    """A body that is not read as UTF-8, for its byte order mark, its charset or its first bytes.

    Returns:
        ``None`` if its bytes can be searched as they are, or are not in that encoding.
    """
    charset = charset_of(body, content_type)
    if charset is None:
        return None
    try:
        decoder = codecs.getincrementaldecoder(charset)(errors_of(charset))
        text = decoder.decode(body)
        rest = decoder.getstate()[0]
        if encoded(text, charset) + rest != body:
            return None
        return Transcoded(body, text.encode("utf-8", "surrogatepass"), charset)
    except (UnicodeError, LookupError):
        return None


def charset_of(body: bytes, content_type: str) -> str | None:
    if body.startswith(ANY_BOM):
        return next(charset for bom, charset in BOMS if body.startswith(bom))
    named = CHARSET.search(content_type) if content_type else None
    if named is not None and (found := known_charset(named[1], body)):
        return found
    if b"\0" in body[:4]:
        for shape, charset in SHAPES:
            if shape.match(body):
                return charset
    return None


def known_charset(name: str, body: bytes) -> str | None:
    """The codec of a charset, if it reads this body differently than UTF-8."""
    try:
        charset = codecs.lookup(name).name
    except (LookupError, ValueError):  # a NUL in the name
        return None
    try:
        b"".decode(charset)  # raises for codecs that are no text encodings
        if charset in NO_CHARSETS:
            return None
        if ASCII.decode(charset) == ASCII.decode("ascii") and is_utf8(body):
            return None
    except LookupError:
        return None
    except UnicodeError:
        pass
    if charset in UNSPECIFIC and b"\0" in body[:1]:
        return None  # big-endian: see SHAPES
    return UNSPECIFIC.get(charset, charset)


def is_utf8(body: bytes) -> bool:
    try:
        body.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return False
    return True


def errors_of(charset: str) -> str:
    return "surrogatepass" if charset.startswith("utf-") and charset != "utf-7" else "strict"


def encoded(text: str, charset: str) -> bytes:
    return text.encode(charset, errors_of(charset))
