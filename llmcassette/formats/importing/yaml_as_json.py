"""A YAML tree as JSON text: some tools store a JSON body as YAML. Iterative at any depth."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final, Literal

import yaml
from yaml.events import ScalarEvent

from llmcassette.formats.document import Mapping, Node
from llmcassette.formats.nodes import CORE

if TYPE_CHECKING:
    from llmcassette.formats.importing.values import Values

__all__ = ["Schema", "json_text"]

Schema = Literal["YAML 1.1", "YAML 1.2"]

_TEXT: Final = frozenset({"!", f"{CORE}str", f"{CORE}python/str", f"{CORE}python/unicode"})
_JSON_NUMBER: Final = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?")
_NUMBER_1_2: Final = re.compile(
    r"[-+]?(?:[0-9]+|(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|0o[0-7]+|0x[0-9a-fA-F]+)"
)
_SPECIAL: Final = re.compile(r"([-+]?)\.(inf|nan)", re.IGNORECASE)
_WORDS_1_2: Final = {
    word: value
    for value, words in {
        "null": ("", "~", "null", "Null", "NULL"),
        "true": ("true", "True", "TRUE"),
        "false": ("false", "False", "FALSE"),
    }.items()
    for word in words
}
_SPECIALS: Final = {"inf": "Infinity", "+inf": "Infinity", "-inf": "-Infinity"}


def json_text(
    node: Node, values: Values, field: str, *, schema: Schema, compact: bool = False
) -> bytes:
    """The JSON text of a tree. Numbers keep their spelling if it is valid in JSON.

    Args:
        node: the tree.
        values: for messages, and for the bound on aliases.
        field: for messages.
        schema: the meaning of plain scalars: Python's tools follow YAML 1.1, Rust's 1.2.
        compact: without spaces after ``,`` and ``:``; else as Python's ``json.dumps``.

    Raises:
        CassetteError: the tree has a value that JSON lacks.
    """
    comma, colon = (",", ":") if compact else (", ", ": ")
    parts: list[str] = []
    # Nodes and punctuation still to be written, the next one last.
    waiting: list[Node | str] = [node]
    while waiting:
        item = waiting.pop()
        if isinstance(item, str):
            parts.append(item)
        elif isinstance(item, ScalarEvent):
            parts.append(_scalar(item, values, field, schema))
        elif isinstance(item, Mapping):
            inside: list[Node | str] = ["{"]
            for number, (key, value) in enumerate(values.mapping(item, field).items()):
                values.spend(0, item, field)
                inside += [(comma if number else "") + _quoted(key) + colon, value]
            waiting += reversed([*inside, "}"])
        else:
            items = values.items(item)
            if items is None:
                raise values.mistake(item, field, "a JSON value")
            inside = ["["]
            for number, entry in enumerate(items):
                values.spend(0, item, field)
                inside += [comma if number else "", entry]
            waiting += reversed([*inside, "]"])
    return "".join(parts).encode()


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _scalar(node: ScalarEvent, values: Values, field: str, schema: Schema) -> str:
    if not node.implicit[0] and (node.tag is None or node.tag in _TEXT):
        return _quoted(values.plain(node, field))
    values.plain(node, field)  # refuses tags that JSON lacks
    text: str = node.value
    kind = _kind_1_2(text) if schema == "YAML 1.2" else _kind_1_1(node)
    if kind == "number":
        return _number(text, schema)
    return _quoted(text) if kind == "text" else kind


def _kind_1_2(text: str) -> str:
    """``text``, ``number``, or a JSON word."""
    word = _WORDS_1_2.get(text)
    if word is not None:
        return word
    return "number" if _NUMBER_1_2.fullmatch(text) or _SPECIAL.fullmatch(text) else "text"


def _kind_1_1(node: ScalarEvent) -> str:
    """The same by PyYAML's patterns; a date is text as it is spelled."""
    tag = node.tag if node.tag not in (None, "!") else _resolved(node.value)
    name = tag.removeprefix(CORE).removeprefix("python/")
    if name == "bool":
        return "true" if node.value.lower() in ("yes", "true", "on") else "false"
    if name == "null":
        return "null"
    return "number" if name in ("int", "long", "float") else "text"


def _resolved(text: str) -> str:
    resolvers = yaml.SafeLoader.yaml_implicit_resolvers
    for tag, pattern in (*resolvers.get(text[:1], ()), *resolvers.get(None, ())):
        if pattern.match(text):
            return str(tag)
    return f"{CORE}str"


def _number(text: str, schema: Schema) -> str:
    if _JSON_NUMBER.fullmatch(text):
        return text
    special = _SPECIAL.fullmatch(text)
    if special:
        return _SPECIALS.get(special[0].replace(".", "").lower(), "NaN")
    if schema == "YAML 1.2":
        if text[:2] in ("0o", "0x"):
            return str(int(text, 0))
        whole = text.lstrip("+-").isdecimal()
        return str(int(text)) if whole else repr(float(text))
    loader = yaml.SafeLoader("")
    scalar = yaml.ScalarNode(f"{CORE}int", text)
    if "." not in text:
        return str(loader.construct_yaml_int(scalar))
    return repr(loader.construct_yaml_float(scalar))
