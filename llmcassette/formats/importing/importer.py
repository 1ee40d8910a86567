"""Recognises the cassettes of other tools by their content, and reads them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from yaml.events import (
    DocumentStartEvent,
    ScalarEvent,
    SequenceStartEvent,
    StreamEndEvent,
    StreamStartEvent,
)

from llmcassette.formats.document import Document, Mapping, Node, Sequence
from llmcassette.formats.importing import cassetter, govcr_v1, vcrpy
from llmcassette.formats.importing.notations import as_yaml
from llmcassette.formats.importing.values import Values
from llmcassette.formats.nodes import is_null, plain_int
from llmcassette.formats.reader import SECOND_DOCUMENT, read
from llmcassette.formats.refusal import format_name, refuse
from llmcassette.model import Cassette, Interaction

if TYPE_CHECKING:
    from pathlib import Path

    from llmcassette.formats.importing.notations import Notation

__all__ = ["Imported", "import_text"]

_READERS: Final = {
    "vcrpy": vcrpy.read_interactions,
    "cassetter": cassetter.read_interactions,
    "go-vcr": govcr_v1.read_interactions,
}
_KNOWN_KEYS: Final = frozenset({"version", "interactions"})
_OTHER_TRAFFIC: Final = {
    "grpc_interactions": "gRPC",
    "ws_interactions": "WebSocket",
}


@dataclass(frozen=True, slots=True)
class Imported:
    """A cassette that was read from another tool's file.

    Attributes:
        format: ``vcrpy``, ``cassetter``, ``go-vcr 1``, ``go-vcr 2``, or ``empty``.
        left_out: keys of the file that version 2 has no place for, such as ``metadata``.
    """

    cassette: Cassette
    format: str
    left_out: tuple[str, ...] = ()


def import_text(text: str, *, path: Path | None = None, notation: Notation = "yaml") -> Imported:
    """Read a cassette of vcrpy, cassetter or go-vcr (version 1 or 2).

    Args:
        text: the file's text.
        path: the file's path, for messages.
        notation: the file's notation: vcrpy also writes JSON, and cassetter TOML.

    Raises:
        CassetteError: it is not an HTTP cassette, or a broken one; names the place.
    """
    if notation != "yaml":
        text = as_yaml(text, path, notation)
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
            f"has {' and '.join(others)} interactions of cassetter; a go-vcr cassette can have "
            "only HTTP",
            keys[next(key for key in _OTHER_TRAFFIC if key in keys)],
        )
    if number not in (1, None) or (name is None and (nodes or number is None)):
        raise refuse(document, root, version, first)
    if name is None and (list_node is None or not (is_null(list_node) or _is_list(list_node))):
        raise refuse(document, root, version, first)
    for position, node in enumerate(nodes):
        if format_name(node) != name:
            raise document.error(
                f"is not a {name} interaction, unlike those before it", node, position
            )
    interactions = () if name is None else _READERS[name](document, nodes)
    left_out = [key for key in keys if key not in _KNOWN_KEYS | _OTHER_TRAFFIC.keys()]
    if name == "cassetter" and _has_times_without_date(document, nodes, interactions):
        left_out.append("recorded_at")
    return Imported(
        Cassette(interactions=interactions, path=path),
        "go-vcr 1" if name == "go-vcr" else name or "empty",
        tuple(left_out),
    )


def _is_list(node: Node) -> bool:
    return isinstance(node, Sequence)


def _has_times_without_date(
    document: Document, nodes: list[Node], interactions: tuple[Interaction, ...]
) -> bool:
    """Whether ``recorded_at`` is the only time of an answer: it has no Date header."""
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
        raise document.error("the file is empty: no cassette", 0)
    assert isinstance(event, DocumentStartEvent), event
    event = document.next_event()
    if isinstance(event, SequenceStartEvent):
        raise document.error(
            "this is the format of vcrpy before its version 1.0, which is not read; "
            "migrate it with vcrpy's `python -m vcr.migration PATH`",
            event,
        )
    node = document.read_node(event)
    if not isinstance(node, Mapping):
        raise document.error("expected a mapping, found plain text", node)
    document.next_event()
    event = document.next_event()
    if not isinstance(event, StreamEndEvent):
        raise document.error(SECOND_DOCUMENT, event)
    return node
