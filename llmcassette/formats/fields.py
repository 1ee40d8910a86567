"""Reads the fields of one mapping by type, as go-yaml fills a Go struct.

Unknown keys are ignored, null is the zero value, and a plain scalar is a string as it is spelled.
"""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, Final, TypeVar

from yaml.events import ScalarEvent

from llmcassette.formats.dialect import quotes_like_go
from llmcassette.formats.document import Document, Mapping, Node, Sequence, behind, start
from llmcassette.formats.go_strings import HIGH_BYTE, raw_bytes
from llmcassette.formats.nodes import CORE, describe, is_null, plain_int
from llmcassette.model import Headers

if TYPE_CHECKING:
    from collections.abc import Callable

    from llmcassette.errors import CassetteError

__all__ = ["Fields", "Reading"]

T = TypeVar("T")

_STR: Final = frozenset({None, "!", f"{CORE}str"})
_MAP: Final = frozenset({None, "!", f"{CORE}map"})
_SEQ: Final = frozenset({None, "!", f"{CORE}seq"})
_BINARY: Final = f"{CORE}binary"
_BOOLS: Final = {"true": True, "false": False, "yes": True, "no": False, "on": True, "off": False}
_ALIAS_FACTOR: Final = 10


class Reading:
    """State that the fields of one document share: its quoting, and how much of it was read."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.indented = False
        self._left = _ALIAS_FACTOR * (len(document.text) + 10_000)
        self._go_quotes: bool | None = None

    def spend(self, characters: int) -> bool:
        """Count characters read; ``False`` once aliases repeat the text more than tenfold."""
        self._left -= characters + 1
        return self._left >= 0

    @property
    def go_quotes(self) -> bool:
        """Whether to read an ambiguous double-quoted scalar as ``strconv.Quote``'s."""
        if self._go_quotes is None:
            self._go_quotes = not self.indented and quotes_like_go(self.document.text) is not False
        return self._go_quotes


class Fields:
    """The fields of one mapping, by name.

    Raises (every method): CassetteError, naming interaction, field and line.
    """

    __slots__ = ("_known", "_node", "_prefix", "_reading", "interaction")

    def __init__(
        self, reading: Reading, node: Node, prefix: str = "", interaction: int | None = None
    ) -> None:
        self._reading = reading
        self._prefix = prefix
        self._node = node
        self.interaction = interaction
        if not isinstance(node, Mapping) or node.event.tag not in _MAP:
            raise self._mistake(node, prefix or None, "a mapping", node)
        known: dict[str, Node] = {}
        for key, value in node.pairs:
            name = self._text(key, prefix or None, "a name")
            if name in known:
                raise self.error(f"the key {name!r} is a duplicate: remove one", name, key)
            if name == "<<" and isinstance(key, ScalarEvent) and not key.style:
                raise self.error("merge keys are not read: write the fields out", name, key)
            known[name] = value
        self._known = known

    def node(self, name: str) -> Node | None:
        """The raw value; ``None`` if it is missing or null."""
        node = self._known.get(name)
        return None if node is None or is_null(node) else node

    def mapping(self, name: str) -> Fields:
        """A required mapping."""
        node = self.node(name)
        if node is None:
            raise self.error(f"has no {name}", None, self._known.get(name))
        return Fields(self._reading, node, f"{self._prefix}{name}.", self.interaction)

    def text(self, name: str, default: str = "") -> str:
        """A string, or a plain scalar as spelled."""
        node = self.node(name)
        return default if node is None else self._text(node, self._prefix + name, "a string")

    def required_text(self, name: str) -> str:
        """A required string that is not empty."""
        value = self.text(name)
        if not value:
            raise self.error("is missing or empty", name, self._known.get(name))
        return value

    def body(self, name: str) -> bytes:
        """Text in UTF-8, ``!!binary``, or a goccy string with bytes in it."""
        node = self.node(name)
        return b"" if node is None else self._bytes(node, self._prefix + name)

    def integer(self, name: str, default: int | None) -> int:
        """A decimal integer; required if there is no default."""
        node = self.node(name)
        if node is None:
            if default is None:
                raise self.error("is missing; the file may be cut", name, self._known.get(name))
            return default
        value = plain_int(node)
        if value is None:
            raise self._mistake(node, self._prefix + name, "an integer", node)
        return value

    def boolean(self, name: str) -> bool:
        """``true`` or ``false``, or YAML 1.1's other words for them; false if missing."""
        node = self.node(name)
        if node is None:
            return False
        if isinstance(node, ScalarEvent) and node.implicit[0]:
            value = _BOOLS.get(node.value.lower())
            if value is not None:
                return value
        raise self._mistake(node, self._prefix + name, "true or false", node)

    def parsed(self, name: str, parse: Callable[[str], T], default: T) -> T:
        """A string with a syntax of its own; ``parse`` raises ValueError if it is wrong."""
        node = self.node(name)
        if node is None:
            return default
        try:
            return parse(self._text(node, self._prefix + name))
        except ValueError as error:
            raise self.error(str(error), name, node) from None

    def strings(self, name: str) -> tuple[str, ...]:
        """A list of strings."""
        node = self.node(name)
        return () if node is None else self._strings(node, self._prefix + name)

    def multi_map(self, name: str) -> Headers:
        """A mapping of names to lists of strings."""
        node = self.node(name)
        if node is None:
            return Headers()
        field = f"{self._prefix}{name}"
        if isinstance(node, Mapping) and not node.pairs:
            return Headers()
        entries = Fields(self._reading, node, f"{field}.", self.interaction)
        return Headers(
            [
                (key, () if is_null(value) else self._strings(value, f"{field}.{key}"))
                for key, value in entries._known.items()
            ]
        )

    def error(self, problem: str, name: str | None = None, at: Node | None = None) -> CassetteError:
        """An error about one field, or about the mapping itself."""
        field = self._prefix + name if name else self._prefix.removesuffix(".") or None
        return self._reading.document.error(
            problem, self._node if at is None else at, self.interaction, field
        )

    def _strings(self, node: Node, field: str) -> tuple[str, ...]:
        if not isinstance(node, Sequence) or node.event.tag not in _SEQ:
            raise self._mistake(node, field, "a list of strings", node)
        return tuple("" if is_null(item) else self._text(item, field) for item in node.items)

    def _text(self, node: Node, field: str | None, wanted: str = "a string") -> str:
        if isinstance(node, ScalarEvent) and node.tag in _STR:
            value: str = node.value
            if not self._reading.spend(len(value)):
                raise self._too_much(node, field)
            if node.style != '"' or value.isascii():
                return value
        return self._bytes(node, field, wanted).decode("utf-8", "surrogateescape")

    def _bytes(self, node: Node, field: str | None, wanted: str = "text") -> bytes:
        if not isinstance(node, ScalarEvent):
            raise self._mistake(node, field, wanted, node)
        if not self._reading.spend(len(node.value)):
            raise self._too_much(node, field)
        if node.tag == _BINARY:
            try:
                return base64.b64decode("".join(node.value.split()), validate=True)
            except (binascii.Error, ValueError):
                raise self._place(
                    "is not valid base64, as the tag !!binary requires", node, field
                ) from None
        if node.tag not in _STR:
            raise self._mistake(node, field, wanted, node)
        if node.style == '"' and not node.value.isascii():
            text = self._reading.document.text
            begin, end = start(node), behind(node)
            if HIGH_BYTE.search(text, begin, end):
                begin = text.index('"', begin)  # a tag or an anchor may stand before it
                raw = raw_bytes(text[begin:end])
                if raw is not None and (raw[1] or self._reading.go_quotes):
                    return raw[0]
        try:
            return node.value.encode()
        except UnicodeEncodeError:
            raise self._place("has half a surrogate pair, which is not text", node, field) from None

    def _mistake(self, node: Node, field: str | None, wanted: str, at: Node) -> CassetteError:
        return self._place(f"expected {wanted}, found {describe(node)}", at, field)

    def _too_much(self, node: Node, field: str | None) -> CassetteError:
        return self._place(
            f"its aliases repeat more than {_ALIAS_FACTOR} times the file's text: "
            "write the values out",
            node,
            field,
        )

    def _place(self, problem: str, at: Node, field: str | None) -> CassetteError:
        field = field.removesuffix(".") if field else None
        return self._reading.document.error(problem, at, self.interaction, field)
