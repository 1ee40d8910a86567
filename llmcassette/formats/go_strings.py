r"""Go's ``strconv.Quote``, which the goccy writer uses for every double-quoted value.

YAML reads ``"\xff"`` as the character U+00FF; ``strconv.Quote`` means the byte 0xFF outside any
UTF-8 sequence. libyaml's emitter (yaml.v3) writes the control characters U+0080 to U+009F in the
same way, but with upper-case digits and next to escapes that Go does not have.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

__all__ = ["HIGH_BYTE", "go_quote", "raw_bytes"]

HIGH_BYTE: Final = re.compile(r"\\x[89a-f][0-9a-f]")
_TOKEN: Final = re.compile(
    r"""\\(?:x([0-9a-f]{2})|u([0-9a-f]{4})|U([0-9a-f]{8})|([abfnrtv\\"]))|([^\\"\r\n]+)"""
)
_SHORT: Final = {
    "a": b"\a",
    "b": b"\b",
    "f": b"\f",
    "n": b"\n",
    "r": b"\r",
    "t": b"\t",
    "v": b"\v",
    "\\": b"\\",
    '"': b'"',
}


def raw_bytes(quoted: str) -> tuple[bytes, bool] | None:
    r"""The bytes of a double-quoted scalar, if it is ``strconv.Quote``'s and has bytes ``"\xff"``.

    Returns:
        The bytes, and whether they are certain: ``"\x85"`` alone may also be the character U+0085.
        ``None`` if ``strconv.Quote`` cannot have written this, or YAML reads it correctly.
    """
    parts: list[bytes] = []
    run = bytearray()
    high = certain = False
    position, end = 1, len(quoted) - 1
    while position < end:
        token = _TOKEN.match(quoted, position, end)
        if token is None:
            return None
        position = token.end()
        byte, short_code, long_code, letter, plain = token.groups()
        certain = certain or any(
            code is not None and not code.isdigit() for code in (byte, short_code, long_code)
        )
        if byte is not None and byte >= "80":
            high = True
            run.append(int(byte, 16))
            continue
        if run:
            if not _is_broken(run):
                return None
            parts.append(bytes(run))
            run.clear()
        if byte is not None:
            parts.append(bytes([int(byte, 16)]))
        elif plain is not None:
            parts.append(plain.encode())
        elif letter is not None:
            parts.append(_SHORT[letter])
        else:
            parts.append(chr(int(short_code or long_code, 16)).encode())
    if not high or not _is_broken(run):
        return None
    parts.append(bytes(run))
    return b"".join(parts), certain


def _is_broken(run: bytearray) -> bool:
    """Whether no part of the bytes is UTF-8: Go would have written that part as characters."""
    return all("\udc80" <= c <= "\udcff" for c in run.decode("utf-8", "surrogateescape"))


def go_quote(value: bytes) -> str:
    """``strconv.Quote`` of a Go string: UTF-8, or any other bytes."""
    text = value.decode("utf-8", "surrogateescape")
    return f'"{text.translate(_RUNES)}"'


class _Runes(dict[int, str]):
    """Characters as Go quotes them, by code point; each is found out once."""

    def __missing__(self, code: int) -> str:
        rune = self[code] = _go_rune(chr(code))
        return rune


def _go_rune(character: str) -> str:
    code = ord(character)
    if character == " " or (character.isprintable() and unicodedata.category(character) != "Zs"):
        return character
    if 0xDC80 <= code <= 0xDCFF:
        return f"\\x{code - 0xDC00:02x}"
    if code < 0x80:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


_RUNES: Final = _Runes({ord(value): "\\" + letter for letter, value in _SHORT.items()})
