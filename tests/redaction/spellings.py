"""Ways to spell a secret, each with the way in which a reader reads it."""

from __future__ import annotations

import base64
import gzip
import html
import json
import zlib
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote, unquote

import brotli
from backports import zstd

if TYPE_CHECKING:
    from collections.abc import Callable


class Spelling(NamedTuple):
    """``write`` spells a text, ``read`` reads it again."""

    write: Callable[[str], str]
    read: Callable[[str], str]


def deflated(data: bytes) -> bytes:
    return zlib.compress(data, wbits=-15)


def inflated(data: bytes) -> bytes:
    return zlib.decompress(data, wbits=-15)


COMPRESSIONS: dict[str, tuple[Callable[[bytes], bytes], Callable[[bytes], bytes]]] = {
    "gzip": (gzip.compress, gzip.decompress),
    "zlib": (zlib.compress, zlib.decompress),
    "raw deflate": (deflated, inflated),
    "br": (brotli.compress, brotli.decompress),
    "zstd": (zstd.compress, zstd.decompress),
}


def base64_of(data: bytes) -> str:
    return base64.b64encode(data).decode()


def spelling(write: Callable[[bytes], str], read: Callable[[str], bytes]) -> Spelling:
    return Spelling(
        lambda text: write(text.encode()),
        lambda text: read(text).decode("utf-8", "replace"),
    )


def in_base64(lead: str) -> Spelling:
    return Spelling(
        lambda text: base64_of(f"{lead}{text}".encode()),
        lambda text: base64.b64decode(text).decode("utf-8", "replace"),
    )


def entities(form: str) -> Spelling:
    return Spelling(
        lambda text: "".join(form.format(ord(letter)) for letter in text),
        html.unescape,
    )


def compressed(name: str) -> Spelling:
    compress, decompress = COMPRESSIONS[name]
    return spelling(
        lambda data: base64_of(compress(data)), lambda text: decompress(base64.b64decode(text))
    )


def in_charset(charset: str) -> Spelling:
    return Spelling(
        lambda text: base64_of(text.encode(charset)),
        lambda text: base64.b64decode(text).decode(charset, "replace"),
    )


def percent_all(text: str) -> str:
    return "".join(f"%{byte:02x}" for byte in text.encode())


def chain(*spellings: Spelling) -> Spelling:
    def write(text: str) -> str:
        for each in spellings:
            text = each.write(text)
        return text

    def read(text: str) -> str:
        for each in reversed(spellings):
            text = each.read(text)
        return text

    return Spelling(write, read)


SENTENCE = Spelling(lambda text: f"My key is {text} and that's it: keep it safe.", str)
PLAIN = Spelling(str, str)
PERCENT = Spelling(lambda text: quote(text, safe=""), unquote)
JSON = Spelling(lambda text: json.dumps({"key": text}), lambda text: json.loads(text)["key"])
BASE64 = spelling(base64_of, base64.b64decode)
MIME = spelling(lambda data: base64.encodebytes(data * 3).decode(), lambda t: base64.b64decode(t))
HTML = Spelling(html.escape, html.unescape)
HEX = spelling(bytes.hex, bytes.fromhex)

_SPELLINGS = {
    "plain": PLAIN,
    "percent": PERCENT,
    "percent, all": Spelling(percent_all, unquote),
    "percent twice": chain(PERCENT, PERCENT),
    "JSON": JSON,
    "JSON in JSON": chain(JSON, JSON),
    "Base64": in_base64(""),
    "Base64 after one byte": in_base64("-"),
    "Base64 after two bytes": in_base64("--"),
    "Base64 for URLs": spelling(
        lambda data: base64.urlsafe_b64encode(data).decode(), base64.urlsafe_b64decode
    ),
    "Base64 in lines": MIME,
    "Base64 twice": chain(BASE64, BASE64),
    "JSON in Base64": chain(JSON, BASE64),
    "hex": HEX,
    "hex, upper": spelling(lambda data: data.hex().upper(), bytes.fromhex),
    "hex in Base64": chain(HEX, BASE64),
    "HTML": HTML,
    "HTML twice": chain(HTML, HTML),
    "decimal entities": entities("&#{};"),
    "hex entities": entities("&#x{:X};"),
    "entities in Base64": chain(entities("&#{};"), BASE64),
    "percent and HTML": chain(HTML, PERCENT),
    **{f"{name} in Base64": compressed(name) for name in COMPRESSIONS},
    "Base64 in gzip in Base64": chain(BASE64, compressed("gzip")),
    "gzip in hex": spelling(
        lambda data: gzip.compress(data).hex(), lambda text: gzip.decompress(bytes.fromhex(text))
    ),
    "UTF-16 in Base64": in_charset("utf-16-le"),
    "UTF-32 in Base64": in_charset("utf-32-be"),
}

SPELLINGS = {name: chain(SENTENCE, each) for name, each in _SPELLINGS.items()}
