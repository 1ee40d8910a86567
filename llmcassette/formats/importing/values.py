"""Reads the values of other tools' YAML files by the meaning they have there.

No Python object is ever built: a few well-known tags of Python's dumpers are read as data.
"""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from yaml.events import ScalarEvent

from llmcassette.formats.document import Mapping, Node, Sequence
from llmcassette.formats.nodes import CORE, describe, is_null, plain_int
from llmcassette.model import Headers

if TYPE_CHECKING:
    from llmcassette.errors import CassetteError
    from llmcassette.formats.document import Document

__all__ = ["Values", "canonical_headers", "coded_as", "content_length", "host_of", "join_status"]

_BINARY: Final = frozenset({f"{CORE}binary", f"{CORE}python/bytes"})
_SCALAR: Final = frozenset(
    {
        None,
        "!",
        *(f"{CORE}{name}" for name in ("str", "int", "float", "bool", "null", "timestamp")),
        *(f"{CORE}python/{name}" for name in ("str", "unicode", "int", "long", "float", "bool")),
    }
)
_LISTS: Final = frozenset({None, "!", f"{CORE}seq", f"{CORE}python/tuple", f"{CORE}python/list"})
_MAPPINGS: Final = frozenset({None, "!", f"{CORE}map", f"{CORE}omap", f"{CORE}python/dict"})
_FILES: Final = frozenset(f"{CORE}python/object/new:_io.{name}" for name in ("BytesIO", "StringIO"))
_ITERATOR: Final = f"{CORE}python/object/apply:builtins.iter"
_TENFOLD: Final = 10


class Values:
    """Reads the values of one interaction.

    Raises (every method): CassetteError, naming interaction, field and line.
    """

    def __init__(self, document: Document, interaction: int | None = None) -> None:
        self.document = document
        self.interaction = interaction
        self._left = _TENFOLD * (len(document.text) + 10_000)

    def mapping(self, node: Node | None, field: str) -> dict[str, Node]:
        """The values of a mapping by name; empty for null."""
        if node is None or is_null(node):
            return {}
        if not isinstance(node, Mapping) or node.event.tag not in _MAPPINGS:
            raise self.mistake(node, field, "a mapping")
        found: dict[str, Node] = {}
        for key, value in node.pairs:
            name = self.text(key, field)
            if name in found:
                raise self.error(f"the key {name!r} is a duplicate: remove one", key, field)
            found[name] = value
        return found

    def required(self, values: dict[str, Node], name: str, field: str, at: Node) -> Node:
        """A required value that is not null."""
        node = values.get(name)
        if node is None or is_null(node):
            raise self.error(f"has no {name}", at, field)
        return node

    def text(self, node: Node, field: str) -> str:
        """Text; a number or another plain value as it is spelled; bytes decoded."""
        if isinstance(node, ScalarEvent) and node.tag in _BINARY:
            data = self.data(node, field)
            try:
                return data.decode()
            except UnicodeDecodeError:
                return data.decode("latin-1")
        return self.plain(node, field)

    def data(self, node: Node, field: str) -> bytes:
        """Bytes: from base64 if the tag says so, else text in UTF-8."""
        if isinstance(node, ScalarEvent) and node.tag in _BINARY:
            self.spend(len(node.value), node, field)
            return self.base64(node.value, node, field)
        try:
            return self.plain(node, field).encode()
        except UnicodeEncodeError:
            raise self.error("has half a surrogate pair, which is not text", node, field) from None

    def base64(self, text: str, node: Node, field: str) -> bytes:
        try:
            return base64.b64decode("".join(text.split()), validate=True)
        except (binascii.Error, ValueError):
            raise self.error("is not valid base64", node, field) from None

    def plain(self, node: Node, field: str) -> str:
        """A scalar as it is spelled."""
        if not isinstance(node, ScalarEvent) or node.tag not in _SCALAR:
            raise self.mistake(node, field, "a string")
        self.spend(len(node.value), node, field)
        return "" if is_null(node) else str(node.value)

    def integer(self, node: Node, field: str) -> int:
        """An integer, also one in quotes."""
        number = plain_int(node)
        if number is None:
            text = self.plain(node, field)
            if not (text.isascii() and text.isdecimal() and len(text) < 10):
                raise self.mistake(node, field, "an integer")
            number = int(text)
        return number

    def items(self, node: Node) -> list[Node] | None:
        """The items of a list, a tuple or a dumped iterator; ``None`` for anything else."""
        if isinstance(node, Mapping) and node.event.tag == _ITERATOR:
            args = _value(node, "args")
            if isinstance(args, Sequence) and args.items:
                node = args.items[0]
        if isinstance(node, Sequence) and node.event.tag in _LISTS:
            return node.items
        return None

    def buffer(self, node: Node) -> Node | None:
        """The content of an in-memory file that was dumped; ``None`` for anything else."""
        if isinstance(node, Mapping) and node.event.tag in _FILES:
            state = _value(node, "state")
            if isinstance(state, Sequence) and state.items:
                return state.items[0]
        return None

    def headers(self, node: Node | None, field: str) -> Headers:
        """Header fields: a mapping or a list of pairs, with one value each or several."""
        if node is None or is_null(node):
            return Headers()
        rows = self.items(node)
        if rows is None:
            found = [(key, value) for key, value in self.mapping(node, field).items()]
        else:
            found = []
            for row in rows:
                pair = self.items(row)
                if pair is None or len(pair) != 2:
                    raise self.mistake(row, field, "a pair of a name and its values")
                found.append((self.text(pair[0], field), pair[1]))
        return canonical_headers(
            [(name, self.header_values(value, f"{field}.{name}")) for name, value in found]
        )

    def header_values(self, node: Node, field: str) -> tuple[str, ...]:
        items = self.items(node)
        return tuple(self.text(item, field) for item in ([node] if items is None else items))

    def spend(self, characters: int, node: Node, field: str) -> None:
        """Count characters read; aliases must not repeat the text more than tenfold."""
        self._left -= characters + 1
        if self._left < 0:
            raise self.error(
                f"its aliases repeat more than {_TENFOLD} times the file's text: "
                "write the values out",
                node,
                field,
            )

    def mistake(self, node: Node, field: str, wanted: str) -> CassetteError:
        return self.error(f"expected {wanted}, found {describe(node)}", node, field)

    def error(self, problem: str, at: Node | None, field: str | None) -> CassetteError:
        return self.document.error(problem, at, self.interaction, field)


def _value(node: Mapping, name: str) -> Node | None:
    return next(
        (v for k, v in node.pairs if isinstance(k, ScalarEvent) and k.value == name),
        None,
    )


def canonical_headers(pairs: list[tuple[str, tuple[str, ...]]]) -> Headers:
    """Header fields with names as Go spells them, so that go-vcr finds them; in their order."""
    return Headers(
        [("-".join(part.capitalize() for part in name.split("-")), value) for name, value in pairs]
    )


def content_length(headers: Headers) -> int:
    """The header's value; -1 if it is missing or not a number."""
    text = headers.get("content-length", "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 18 else -1


def coded_as(headers: Headers) -> tuple[str, ...]:
    """The transfer codings, which go-vcr keeps in a field of their own."""
    codings = headers.get("transfer-encoding", "").split(",")
    return tuple(filter(None, (coding.strip() for coding in codings)))


def host_of(url: str) -> str:
    """Host and port of a URL, without credentials; empty if it is not a URL."""
    try:
        return urlsplit(url).netloc.rpartition("@")[2]
    except ValueError:
        return ""


def join_status(code: int, reason: str) -> str:
    """``200 OK``, or ``200`` if no reason is known."""
    return f"{code} {reason}".rstrip()
