"""Cassettes of other tools: told apart by what is in them, and read into the model."""

from __future__ import annotations

import json
import re
import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

from yaml.events import (
    DocumentStartEvent,
    ScalarEvent,
    SequenceStartEvent,
    StreamEndEvent,
    StreamStartEvent,
)

from llmcassette.errors import CassetteError
from llmcassette.formats import cassetter, govcr_v1, vcrpy
from llmcassette.formats.document import TOO_DEEP, Document, Mapping, Node, Sequence
from llmcassette.formats.fields import is_null, plain_int
from llmcassette.formats.foreign import format_name, refuse
from llmcassette.formats.foreign_values import Values
from llmcassette.formats.reader import read
from llmcassette.model import Cassette, Interaction

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Imported", "Notation", "import_text"]

Notation = Literal["yaml", "json", "toml"]

_READERS: Final = {
    "vcrpy": vcrpy.read_interactions,
    "cassetter": cassetter.read_interactions,
    "go-vcr": govcr_v1.read_interactions,
}
_PAIR: Final = re.compile(r"\\(?:u(d[89ab][0-9a-f]{2})\\u(d[c-f][0-9a-f]{2})|.)")
_KNOWN_KEYS: Final = frozenset({"version", "interactions"})
_OTHER_TRAFFIC: Final = {
    "grpc_interactions": "gRPC",
    "ws_interactions": "WebSocket",
}


@dataclass(frozen=True, slots=True)
class Imported:
    """A cassette made of another tool's.

    Attributes:
        format: whose it was: ``vcrpy``, ``cassetter``, ``go-vcr 1``; or ``go-vcr 2``, which is
            read as it is.
        left_out: what the file also holds and version 2 has no place for, such as ``metadata``.
    """

    cassette: Cassette
    format: str
    left_out: tuple[str, ...] = ()


def import_text(text: str, *, path: Path | None = None, notation: Notation = "yaml") -> Imported:
    """Read a cassette of vcrpy, cassetter or go-vcr version 1; version 2, too.

    Args:
        text: the file's text.
        path: where it came from, for messages.
        notation: what it is written in. vcrpy also writes JSON, cassetter TOML.

    Raises:
        CassetteError: it is no HTTP cassette, or a broken one; it names the place.
    """
    if notation != "yaml":
        text = _as_yaml(text, path, notation)
    document = Document(text, path)
    root = _root(document)
    keys = {key.value: value for key, value in root.pairs if isinstance(key, ScalarEvent)}
    version, list_node = keys.get("version"), keys.get("interactions")
    number = None if version is None else plain_int(version)
    nodes = list_node.items if isinstance(list_node, Sequence) else []
    if number == 2:
        return Imported(read(text, path=path), "go-vcr 2")
    if "http_interactions" in keys:
        raise document.error("this is a cassette of Ruby's VCR, which is not read here", root)
    first = nodes[0] if nodes else None
    name = format_name(first)
    others = [
        f"{len(value.items)} {what}"
        for key, what in _OTHER_TRAFFIC.items()
        if isinstance(value := keys.get(key), Sequence) and value.items
    ]
    if others:
        raise document.error(
            f"holds {' and '.join(others)} interactions of cassetter; a go-vcr cassette has a "
            "place for HTTP only",
            keys[next(key for key in _OTHER_TRAFFIC if key in keys)],
        )
    if number not in (1, None) or (name is None and (nodes or number is None)):
        raise refuse(document, version, first)
    if name is None and (list_node is None or not (is_null(list_node) or _is_list(list_node))):
        raise refuse(document, version, first)
    for position, node in enumerate(nodes):
        if format_name(node) != name:
            raise document.error(
                f"is no {name} interaction, as the ones before it are", node, position
            )
    interactions = () if name is None else _READERS[name](document, nodes)
    left_out = [key for key in keys if key not in _KNOWN_KEYS | _OTHER_TRAFFIC.keys()]
    if name == "cassetter" and _has_times_of_its_own(document, nodes, interactions):
        left_out.append("recorded_at")
    return Imported(
        Cassette(interactions=interactions, path=path),
        "go-vcr 1" if name == "go-vcr" else name or "empty",
        tuple(left_out),
    )


def _is_list(node: Node) -> bool:
    return isinstance(node, Sequence)


def _has_times_of_its_own(
    document: Document, nodes: list[Node], interactions: tuple[Interaction, ...]
) -> bool:
    """Whether ``recorded_at`` tells more than the Date headers do."""
    values = Values(document)
    return any(
        "recorded_at" in values.mapping(node, "interaction")
        and "date" not in interaction.response.headers
        for node, interaction in zip(nodes, interactions, strict=True)
    )


def _root(document: Document) -> Mapping:
    event = document.next_event()
    assert isinstance(event, StreamStartEvent), event
    event = document.next_event()
    if isinstance(event, StreamEndEvent):
        raise document.error("the file is empty: no cassette")
    assert isinstance(event, DocumentStartEvent), event
    event = document.next_event()
    if isinstance(event, SequenceStartEvent):
        raise document.error(
            "holds a list, as vcrpy wrote before its version 1.0, which is not read: "
            "its own `python -m vcr.migration PATH` brings it to version 1",
            event,
        )
    node = document.read_node(event)
    if not isinstance(node, Mapping):
        raise document.error("holds plain text, where a cassette is a mapping", node)
    document.next_event()
    event = document.next_event()
    if not isinstance(event, StreamEndEvent):
        raise document.error("a second document begins here; a cassette is one", event)
    return node


def _as_yaml(text: str, path: Path | None, notation: Notation) -> str:
    """JSON is YAML but for its escapes; TOML is brought to the YAML that cassetter would write."""
    try:
        data = json.loads(text) if notation == "json" else _restored(tomllib.loads(text))
        dumped = json.dumps(data, default=str)
    except RecursionError:
        raise CassetteError(TOO_DEEP, path=path, line=1) from None  # the YAML is one line
    except ValueError as error:
        raise CassetteError(f"not {notation.upper()}: {error}", path=path) from None
    return _PAIR.sub(_one_escape, dumped).replace("\x7f", "\\x7f")


def _one_escape(found: re.Match[str]) -> str:
    """JSON's two escapes for a character above U+FFFF as YAML's one."""
    if found[1] is None:
        return found[0]
    return f"\\U{ord(bytes.fromhex(found[1] + found[2]).decode('utf-16-be')):08x}"


def _restored(data: dict[str, Any]) -> dict[str, Any]:
    """The TOML of cassetter as its YAML: ``body_type`` and ``body_content`` make a ``body``.

    A JSON body stands there as text, which is kept as it is.
    """
    interactions = data.get("interactions")
    for interaction in interactions if isinstance(interactions, list) else ():
        for message in interaction.values() if isinstance(interaction, dict) else ():
            if isinstance(message, dict) and "body_type" in message:
                kind = message.pop("body_type")
                content = message.pop("body_content", None)
                kind = "text" if kind == "json" else kind
                message["body"] = {"type": kind, "content": content}
    return data
